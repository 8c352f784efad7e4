"""Signing in: uniform answers, guessing that slows down, ways back in."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from peerspace.accounts.events import SessionsEnded
from peerspace.accounts.links import create_link, link_account, use_link
from peerspace.accounts.models import Account, SignInAttempt
from peerspace.accounts.passphrases import Passphrases
from peerspace.accounts.recovery import codes_left, new_codes
from peerspace.accounts.sessions import signed_in_by
from peerspace.accounts.signing import (
    FREE_OF_A_NAME,
    SignInOrigin,
    account_by_name,
    change_passphrase,
    opens,
    purge_attempts,
    recover,
    renew_codes,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from peerspace.kernel.actor import Actor, Origin, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, Invalid, NotAllowed, NotFound, PeerSpaceError, TooMany
from peerspace.kernel.uow import Database
from tests.people import People

PHRASE = "three words here"
NEW = "another long one"


@pytest.fixture
def ann(database: Database, people: People, cheap: Passphrases) -> Actor:
    """Ann, who has a passphrase."""
    person = people.add("Ann")
    with database.write(person) as uow:
        uow.session.get_one(Account, person.account_id).passphrase_hash = cheap.hash(PHRASE)
    return person


def _who(database: Database, secret: str) -> int | None:
    with database.read(guest()) as uow:
        person = signed_in_by(uow, secret)
    return person.account_id if person else None


def _refusal(database: Database, cheap: Passphrases, name: object, phrase: object) -> PeerSpaceError:
    with pytest.raises(PeerSpaceError) as refused:
        sign_in(database, cheap, guest(), name, phrase)
    return refused.value


@pytest.mark.parametrize("name", ["Ann", "ANN", " a n n "])
def test_signing_in(database: Database, ann: Actor, cheap: Passphrases, name: str) -> None:
    assert _who(database, sign_in(database, cheap, guest(), name, PHRASE)) == ann.account_id


def test_unknown_and_known_names_get_the_same_answer(
    database: Database, ann: Actor, people: People, cheap: Passphrases
) -> None:
    people.add("Empty")
    refusals = [
        _refusal(database, cheap, "Ann", "wrong"),
        _refusal(database, cheap, "Nobody", "wrong"),
        _refusal(database, cheap, "Empty", ""),
        _refusal(database, cheap, "", ""),
        _refusal(database, cheap, None, None),
        _refusal(database, cheap, ["Ann"], {"a": 1}),
        _refusal(database, cheap, "Ann\x00", PHRASE + "\x00"),
        _refusal(database, cheap, "x" * 100_000, "y" * 100_000),
    ]
    assert {(type(one), one.key, str(one.values)) for one in refusals} == {(Invalid, "sign_in_wrong", "{}")}


def test_an_unknown_name_is_verified_like_a_known_one(database: Database, ann: Actor) -> None:
    asked: list[str] = []

    class Counting(Passphrases):
        def verify(self, hashed: str, passphrase: str) -> bool:
            asked.append(passphrase)
            return super().verify(hashed, passphrase)

    counting = Counting(time_cost=1, memory_kib=8, lanes=1)
    for name in ("Ann", "Nobody"):
        _refusal(database, counting, name, "wrong")
    assert asked == ["wrong", "wrong"]


def test_verifying_happens_outside_any_unit_of_work(database: Database, ann: Actor) -> None:
    held: list[int] = []
    pool = database.engine.pool

    class Watching(Passphrases):
        def verify(self, hashed: str, passphrase: str) -> bool:
            held.append(pool.checkedout())  # type: ignore[attr-defined]
            return super().verify(hashed, passphrase)

    sign_in(database, Watching(time_cost=1, memory_kib=8, lanes=1), guest(), "Ann", PHRASE)
    assert held == [0]


@pytest.mark.parametrize("name", ["Ann", "Nobody"])
def test_guessing_slows_down_alike_for_any_name(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock, name: str
) -> None:
    for _ in range(5):
        assert _refusal(database, cheap, name, "wrong").key == "sign_in_wrong"
    slow = _refusal(database, cheap, name, PHRASE)
    assert isinstance(slow, TooMany)
    assert slow.values == {"retry_after": 2}
    clock.move(2)
    for wait in (4, 8, 16, 32, 60, 60):
        assert _refusal(database, cheap, name, "wrong").key == "sign_in_wrong"
        assert _refusal(database, cheap, name, "wrong").values == {"retry_after": wait}
        clock.move(wait)


def test_the_right_one_after_the_wait_forgets_the_failures(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock
) -> None:
    for _ in range(5):
        _refusal(database, cheap, "Ann", "wrong")
    clock.move(2)
    assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE)) == ann.account_id
    assert _refusal(database, cheap, "Ann", "wrong").key == "sign_in_wrong"


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_nobody_waits_for_a_clock_that_was_set_back(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock, back: timedelta
) -> None:
    for _ in range(5):
        _refusal(database, cheap, "Ann", "wrong")
    clock.move(-back)
    assert _refusal(database, cheap, "Ann", "wrong").key == "sign_in_wrong", "and it counts"
    assert _refusal(database, cheap, "Ann", PHRASE).values == {"retry_after": 4}
    clock.move(4)
    assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE)) == ann.account_id


def test_failures_are_forgotten_and_hold_no_name(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock
) -> None:
    _refusal(database, cheap, "Ann", "wrong")
    with database.write(installation(Origin.JOB)) as uow:
        counted = uow.session.scalars(select(SignInAttempt.name_hash)).all()
        assert len(counted) == 2  # of this name from there, and of this name from anywhere
        assert all(re.fullmatch("[0-9a-f]{64}", one) for one in counted)
        assert purge_attempts(uow) == 0
    clock.move(timedelta(hours=1, seconds=1))
    with database.write(installation(Origin.JOB)) as uow:
        assert purge_attempts(uow) == 2
        assert uow.session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


@pytest.mark.parametrize(
    ("status", "may"),
    [("waiting", True), ("declined", True), ("suspended", True), ("ended", True), ("left", False)],
)
def test_who_may_sign_in(database: Database, ann: Actor, cheap: Passphrases, status: str, may: bool) -> None:
    with database.write(ann) as uow:
        uow.session.execute(update(Account).values(status=status))
    if may:
        assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE)) == ann.account_id
    else:
        assert _refusal(database, cheap, "Ann", PHRASE).key == "sign_in_wrong"


def test_an_outdated_hash_is_made_again(database: Database, ann: Actor) -> None:
    dearer = Passphrases(time_cost=2, memory_kib=16, lanes=1)
    sign_in(database, dearer, guest(), "Ann", PHRASE)
    with database.read(ann) as uow:
        hashed = uow.session.get_one(Account, ann.account_id).passphrase_hash
    assert not dearer.outdated(hashed)
    assert dearer.verify(hashed, PHRASE)


def test_signing_out_here_and_everywhere(database: Database, ann: Actor, cheap: Passphrases) -> None:
    secrets = [sign_in(database, cheap, guest(), "Ann", PHRASE) for _ in range(3)]
    with database.read(guest()) as uow:
        here = signed_in_by(uow, secrets[0])
    assert here is not None
    with database.write(here.actor()) as uow:
        sign_out(uow)
    assert [_who(database, one) is not None for one in secrets] == [False, True, True]
    with database.read(guest()) as uow:
        other = signed_in_by(uow, secrets[1])
    assert other is not None
    with database.write(other.actor()) as uow:
        sign_out_everywhere(uow, but_here=True)
    assert [_who(database, one) is not None for one in secrets] == [False, True, False]
    with database.write(other.actor()) as uow:
        sign_out_everywhere(uow)
    assert _who(database, secrets[1]) is None


def test_changing_the_passphrase_ends_every_session(
    database: Database, ann: Actor, cheap: Passphrases
) -> None:
    heard: list[SessionsEnded] = []
    database.listeners.after_commit(SessionsEnded, heard.append)
    before = [sign_in(database, cheap, guest(), "Ann", PHRASE) for _ in range(2)]
    for old, new, field in (
        ("wrong", NEW, "old"),
        (None, NEW, "old"),
        (PHRASE, "short", "new"),
        (PHRASE, None, "new"),
    ):
        with pytest.raises(Invalid) as refused:
            change_passphrase(database, cheap, ann, old, new)
        assert list(refused.value.fields) == [field]
    assert heard == []
    fresh = change_passphrase(database, cheap, ann, PHRASE, NEW)
    assert heard == [SessionsEnded(ann.require_account(), None, "passphrase_changed")]
    assert [_who(database, one) for one in before] == [None, None]
    assert _who(database, fresh) == ann.account_id
    assert _refusal(database, cheap, "Ann", PHRASE).key == "sign_in_wrong"
    assert _who(database, sign_in(database, cheap, guest(), "Ann", NEW)) == ann.account_id


def test_a_guest_has_no_passphrase_to_change(database: Database, cheap: Passphrases) -> None:
    with pytest.raises(NotAllowed):
        change_passphrase(database, cheap, guest(), PHRASE, NEW)


def test_a_recovery_code_works_once(database: Database, ann: Actor, cheap: Passphrases) -> None:
    with database.write(ann) as uow:
        codes = new_codes(uow, ann.require_account())
    assert len(set(codes)) == 8
    before = sign_in(database, cheap, guest(), "Ann", PHRASE)
    secret = recover(database, cheap, guest(), "ann", f" {codes[0].upper()} ", NEW)
    assert _who(database, secret) == ann.account_id
    assert _who(database, before) is None
    with pytest.raises(Invalid) as again:
        recover(database, cheap, guest(), "ann", codes[0], PHRASE)
    assert again.value.fields == {"code": "recovery_wrong"}
    with database.read(ann) as uow:
        assert codes_left(uow, ann.require_account()) == 7


def test_codes_are_the_owners_alone(
    database: Database, ann: Actor, people: People, cheap: Passphrases
) -> None:
    ben = people.add("Ben")
    with database.write(ben) as uow:
        codes = new_codes(uow, ben.require_account())
    for name, code in (
        ("Ann", codes[0]),
        ("Nobody", codes[0]),
        ("Ben", ""),
        ("Ben", None),
        (None, "x" * 100_000),
    ):
        with pytest.raises(Invalid) as refused:
            recover(database, cheap, guest(), name, code, NEW)
        assert refused.value.fields == {"code": "recovery_wrong"}


def test_new_codes_replace_the_unused_ones(database: Database, ann: Actor, cheap: Passphrases) -> None:
    with database.write(ann) as uow:
        old = new_codes(uow, ann.require_account())
        new = new_codes(uow, ann.require_account())
    with pytest.raises(Invalid):
        recover(database, cheap, guest(), "Ann", old[0], NEW)
    assert _who(database, recover(database, cheap, guest(), "Ann", new[0], NEW)) == ann.account_id


def test_a_code_works_whatever_strangers_tried(database: Database, ann: Actor, cheap: Passphrases) -> None:
    with database.write(ann) as uow:
        codes = new_codes(uow, ann.require_account())
    for _ in range(10):
        with pytest.raises(PeerSpaceError):
            recover(database, cheap, guest(), "Ann", "aaaa-bbbb-cccc-dddd", NEW)
        with pytest.raises(PeerSpaceError):
            sign_in(database, cheap, guest(), "Ann", "wrong")
    assert _who(database, recover(database, cheap, guest(), "Ann", codes[0], NEW)) == ann.account_id


def test_a_stranger_locks_nobody_out(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock
) -> None:
    def wrong(key: str) -> str:
        with pytest.raises(PeerSpaceError) as refused:
            sign_in(database, cheap, guest(), "Ann", "wrong", SignInOrigin(key))
        return refused.value.key

    for _ in range(5):
        assert wrong("stranger") == "sign_in_wrong"
    assert wrong("stranger") == "sign_in_slow"
    for asked_from in (SignInOrigin("elsewhere"), SignInOrigin("device", known=True)):
        assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE, asked_from)) == ann.account_id
    for number in range(FREE_OF_A_NAME + 1):
        wrong(f"stranger {number}")
    assert wrong("one more") == "sign_in_slow"
    with pytest.raises(TooMany):
        sign_in(database, cheap, guest(), "Ann", PHRASE, SignInOrigin("stranger", known=False))
    at_home = SignInOrigin("device", known=True)
    assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE, at_home)) == ann.account_id
    fresh = change_passphrase(database, cheap, ann, PHRASE, NEW)
    assert _who(database, fresh) == ann.account_id


def test_a_known_place_has_its_own_budget_of_wrong_ones(
    database: Database, ann: Actor, cheap: Passphrases
) -> None:
    known = SignInOrigin("device", known=True)
    for _ in range(5):
        with pytest.raises(Invalid):
            sign_in(database, cheap, guest(), "Ann", "wrong", known)
    with pytest.raises(TooMany):
        sign_in(database, cheap, guest(), "Ann", PHRASE, known)
    assert (
        _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE, SignInOrigin("device")))
        == ann.account_id
    )


def test_ones_own_passphrase_is_guessed_slowly_too(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock
) -> None:
    with database.write(ann) as uow:
        new_codes(uow, ann.require_account())
    for _ in range(3):
        with pytest.raises(Invalid):
            change_passphrase(database, cheap, ann, "wrong", NEW)
    for _ in range(2):
        with pytest.raises(Invalid):
            renew_codes(database, cheap, ann, "wrong")
    with pytest.raises(TooMany):
        change_passphrase(database, cheap, ann, PHRASE, NEW)
    with pytest.raises(TooMany):
        renew_codes(database, cheap, ann, PHRASE)
    assert _who(database, sign_in(database, cheap, guest(), "Ann", PHRASE)) == ann.account_id
    clock.move(2)
    change_passphrase(database, cheap, ann, PHRASE, NEW)


def test_codes_are_renewed_with_the_passphrase(database: Database, ann: Actor, cheap: Passphrases) -> None:
    first = renew_codes(database, cheap, ann, None)
    for wrong in (None, "", "wrong", ["x"]):
        with pytest.raises(Invalid) as refused:
            renew_codes(database, cheap, ann, wrong)
        assert list(refused.value.fields) == ["passphrase"]
    assert _who(database, recover(database, cheap, guest(), "Ann", first[0], PHRASE)) == ann.account_id
    again = renew_codes(database, cheap, ann, PHRASE)
    assert set(first).isdisjoint(again)
    with pytest.raises(Invalid):
        recover(database, cheap, guest(), "Ann", first[1], NEW)


def test_a_one_time_link(database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock) -> None:
    command = installation(Origin.COMMAND)
    with database.write(command) as uow:
        first = create_link(uow, ann.require_account())
        token = create_link(uow, ann.require_account())
    with database.read(guest()) as uow:
        assert link_account(uow, token).pseudonym == "Ann"
        for wrong in (first, token + "x", "", "\x7f" * 5_000):
            with pytest.raises(BadRequest, match="link_over"):
                link_account(uow, wrong)
    with database.write(guest()) as uow:
        assert use_link(uow, token, cheap.hash(NEW)).id == ann.account_id
    assert _who(database, sign_in(database, cheap, guest(), "Ann", NEW)) == ann.account_id
    with database.write(guest()) as uow, pytest.raises(BadRequest, match="link_over"):
        use_link(uow, token, cheap.hash(PHRASE))
    with database.write(command) as uow:
        late = create_link(uow, ann.require_account())
    clock.move(timedelta(days=3, seconds=1))
    with database.read(guest()) as uow, pytest.raises(BadRequest, match="link_over"):
        link_account(uow, late)


def test_finding_somebody_by_name(database: Database, ann: Actor) -> None:
    with database.read(guest()) as uow:
        assert account_by_name(uow, "A N N").id == ann.account_id
        with pytest.raises(NotFound):
            account_by_name(uow, "Nobody")


def test_joining_tells_no_passphrase_by_trying(
    database: Database, ann: Actor, cheap: Passphrases, clock: HeldClock
) -> None:
    """A form that comes twice signs in; whoever guesses that way gets as many tries as at the door."""
    with database.read(ann) as uow:
        account = uow.session.get_one(Account, ann.account_id)
    for _ in range(10):
        assert opens(database, cheap, guest(), account, PHRASE), "the right one costs nothing"
    assert not any(opens(database, cheap, guest(), account, f"guess {number}") for number in range(5))
    assert not opens(database, cheap, guest(), account, PHRASE)
    clock.move(timedelta(hours=1, seconds=1))
    assert opens(database, cheap, guest(), account, PHRASE)


def test_a_burst_is_counted_before_it_is_checked(database: Database, ann: Actor, cheap: Passphrases) -> None:
    """Sixty guesses that come together: as many are checked as one after the other, and the others are told to wait."""
    checked: list[str] = []
    everybody = threading.Barrier(60)

    class Slow(Passphrases):
        """Verifies only after every other try was answered or waits here too, as a real hash would."""

        def verify(self, hashed: str, passphrase: str) -> bool:
            checked.append(passphrase)
            all_in.wait(20)
            return super().verify(hashed, passphrase)

    slow = Slow(time_cost=1, memory_kib=8, lanes=1)
    all_in = threading.Event()
    told: list[str] = []

    def guess(number: int) -> None:
        everybody.wait(20)
        try:
            sign_in(database, slow, guest(), "Ann", f"guess {number}")
        except PeerSpaceError as refused:
            told.append(refused.key)
        if len(told) + len(checked) >= 60:
            all_in.set()

    tries = [threading.Thread(target=guess, args=(number,)) for number in range(60)]
    for one in tries:
        one.start()
    for one in tries:
        one.join(60)
    assert len(checked) == 5
    assert (told.count("sign_in_wrong"), told.count("sign_in_slow")) == (5, 55)
