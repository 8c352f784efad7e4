"""Giving, declining, withdrawing, stopping, erasing, running out: records are only added, periods follow them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from peerspace.accounts.events import AccountStatusChanged
from peerspace.accounts.models import Account
from peerspace.consent import fold, queries, service
from peerspace.consent.ledger import Ledger, LedgerBroken, keep_ledger, ledger_beside
from peerspace.consent.models import ConsentNotice, ConsentRecord, Participant
from peerspace.consent.notices import Shown, ensure_defaults
from peerspace.consent.periods import live_period
from peerspace.consent.receipts import verify_receipt
from peerspace.consent.scopes import NAMES, in_order
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from peerspace.research.consent_in_force import consent_in_force
from peerspace.research.models import UsageEvent
from peerspace.research.participants import consent_basis, still_stands
from peerspace.research.rows import make_row
from tests.people import People
from tests.saying import publish_notice


def _choose(database: Database, actor: Actor, *scopes: str, notice: int = 1) -> service.Choice:
    with database.write(actor) as uow:
        return service.choose(uow, scopes, shown=Shown(notice), old_enough=True)


def _records(database: Database, actor: Actor) -> list[tuple[str, tuple[str, ...]]]:
    """What each act said, event by event."""
    with database.read(actor) as uow:
        return [
            (event, tuple(in_order(scopes)))
            for record in service.records_of(uow, actor.require_account())
            for event in ("given", "renewed", "withdrawn", "declined", "expired")
            if (scopes := fold.said(record, (event,)))
        ]


def _acts(database: Database, actor: Actor) -> list[str]:
    with database.read(actor) as uow:
        return [record.event for record in service.records_of(uow, actor.require_account())]


def _state(database: Database, actor: Actor) -> str:
    with database.read(actor) as uow:
        return queries.form_state(uow)


def _periods(database: Database, actor: Actor) -> list[Participant]:
    with database.read(actor) as uow:
        found = queries.periods_of(uow, actor.require_account())
        uow.session.expunge_all()
        return found


def test_a_choice_adds_what_changed_and_nothing_else(database: Database, people: People) -> None:
    ada = people.add("ada")
    first = _choose(database, ada, "usage", "time")
    assert first.in_force == {"usage", "time"}
    rest = tuple(name for name in NAMES if name not in ("usage", "time"))
    assert _records(database, ada) == [("given", ("usage", "time")), ("declined", rest)]
    assert _choose(database, ada, "usage", "time").records == ()
    assert _choose(database, ada, "usage", "interactions").in_force == {"usage", "interactions"}
    assert _records(database, ada)[2:] == [("given", ("interactions",)), ("withdrawn", ("time",))]
    assert _acts(database, ada) == ["changed", "changed"]  # one act, one record


@pytest.mark.invariant(3)
def test_a_form_from_before_gives_nothing_again(database: Database, people: People, clock: HeldClock) -> None:
    ada = people.add("ada")
    _choose(database, ada, *NAMES)
    drawn = Shown(1, state=_state(database, ada))
    with database.write(ada) as uow:
        service.stop_and_erase(uow, shown=drawn)
    for act in (
        lambda uow: service.choose(uow, NAMES, shown=drawn, old_enough=True),
        lambda uow: service.give(uow, ["usage"], shown=drawn, old_enough=True),
        lambda uow: service.renew(uow, shown=drawn, old_enough=True),
    ):
        with pytest.raises(Conflict) as caught, database.write(ada) as uow:
            act(uow)
        assert caught.value.key == "consent_changed_meanwhile"
    assert _acts(database, ada) == ["given", "withdrawn"]
    # Drawn before anything was answered: as old.
    with pytest.raises(Conflict), database.write(ada) as uow:
        service.choose(uow, NAMES, shown=Shown(1, state=""), old_enough=True)
    # A yes that has run out is a change too, before the job has recorded it.
    _choose(database, ada, "usage")
    drawn = Shown(1, state=_state(database, ada))
    clock.move(fold.VALID_FOR + timedelta(seconds=1))
    with pytest.raises(Conflict), database.write(ada) as uow:
        service.choose(uow, ["usage"], shown=drawn, old_enough=True)


@pytest.mark.invariant(3)
def test_the_same_form_sent_twice_is_one_act(database: Database, people: People, clock: HeldClock) -> None:
    ada = people.add("ada")
    for state in ("", ""):
        with database.write(ada) as uow:
            shown = Shown(1, state=state)
            assert service.choose(uow, ["usage"], shown=shown, old_enough=True).in_force == {"usage"}
    drawn = Shown(1, state=_state(database, ada))
    for _ in range(2):
        with database.write(ada) as uow:
            (record,) = service.renew(uow, shown=drawn, old_enough=True).records
            assert record.event == "renewed"
    drawn = Shown(1, state=_state(database, ada))
    for act in (service.stop, service.stop_and_erase, service.stop_and_erase):
        with database.write(ada) as uow:
            assert act(uow, shown=drawn).in_force == frozenset()
    assert _acts(database, ada) == ["changed", "renewed", "withdrawn"]


@pytest.mark.invariant(4)
def test_a_no_is_never_too_late_and_erasing_asks_about_a_later_yes(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage")
    drawn = Shown(1, state=_state(database, ada))
    _choose(database, ada, "usage", "time")
    with pytest.raises(Conflict) as caught, database.write(ada) as uow:
        service.stop_and_erase(uow, shown=drawn)
    assert caught.value.key == "consent_given_meanwhile"
    with database.write(ada) as uow:
        assert service.stop(uow, shown=drawn).in_force == frozenset()
    with database.write(ada) as uow:
        service.stop_and_erase(uow, shown=Shown(1, state=_state(database, ada)))
    assert _periods(database, ada) == []


@pytest.mark.invariant(3)
def test_choices_are_dated_one_after_the_other_whatever_the_clock_does(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    for scopes in (("usage",), ("usage", "time"), ("usage",), ()):
        _choose(database, ada, *scopes)
        clock.move(timedelta(hours=-1))
    with database.read(ada) as uow:
        times = [record.at for record in service.records_of(uow, ada.require_account())]
        ends = [period.to_at for period in queries.periods_of(uow, ada.require_account())]
    assert times == sorted(set(times))
    assert ends == [times[-1]]


@pytest.mark.invariant(3)
def test_the_scopes_kept_for_capture_are_the_fold(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    for scopes in (("usage",), ("usage", "time", "detailed", "linkage"), ("usage", "detailed"), (), NAMES):
        _choose(database, ada, *scopes)
        clock.move(60)
        with database.write(ada) as uow:
            folded = service.recorded_scopes(uow, ada.require_account())
            kept = consent_in_force(uow, ada.require_account()).get(ada.require_account())
            assert folded == set(scopes)
            assert (kept.scopes if kept else frozenset()) == folded


def test_a_scope_needs_its_ground(database: Database, people: People) -> None:
    ada = people.add("ada")
    with pytest.raises(Invalid) as caught:
        _choose(database, ada, "usage", "linkage")
    assert caught.value.fields == {"linkage": "consent_needs_detailed"}
    with pytest.raises(Invalid) as caught:
        _choose(database, ada, "time")
    assert caught.value.fields == {"time": "consent_needs_usage"}
    with pytest.raises(Invalid):
        _choose(database, ada, "usage", "everything")
    assert _records(database, ada) == []


def test_nobody_under_age_nobody_else_and_no_older_notice(database: Database, people: People) -> None:
    ada, guest_researcher = people.add("ada"), people.add("rea", Role.RESEARCHER)
    with pytest.raises(Invalid) as caught, database.write(ada) as uow:
        service.choose(uow, ["usage"], shown=Shown(1), old_enough=False)
    assert caught.value.fields == {"age": "consent_age"}
    only_research = Actor(
        Origin.WEB, guest_researcher.account_id, guest_researcher.public_id, frozenset({Role.RESEARCHER})
    )
    with pytest.raises(NotAllowed):
        _choose(database, only_research, "usage")
    with pytest.raises(NotAllowed):
        _choose(database, Actor(Origin.COMMAND, ada.account_id, ada.public_id, ada.roles), "usage")
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
        assert publish_notice(uow, "A second text.").number == 2
        assert publish_notice(uow, "A second text.").number == 2
    with pytest.raises(Conflict):
        _choose(database, ada, "usage", notice=1)
    assert _choose(database, ada, "usage", notice=2).in_force == {"usage"}
    with pytest.raises(NotAllowed), database.write(ada) as uow:
        publish_notice(uow, "Mine.")


def test_a_notice_says_what_it_must(database: Database, people: People) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        body = ensure_defaults(uow).body
    for words in ("in memory only", "cannot be called back", "nothing else changes", "at once"):
        assert words in body
    with database.read(installation(Origin.COMMAND)) as uow:
        assert uow.session.scalar(select(func.count()).select_from(ConsentNotice)) == 2


def test_declining_is_remembered_and_asked_once(database: Database, people: People, clock: HeldClock) -> None:
    ada, new = people.add("ada"), people.add("new")
    with database.write(new) as uow:
        uow.session.get_one(Account, new.require_account()).admitted_at = uow.now - timedelta(days=1)
    with database.read(ada) as uow:
        assert queries.ask_now(uow, ada.require_account())
        assert not queries.ask_now(uow, new.require_account())
    with database.write(ada) as uow:
        assert service.decline(uow).in_force == frozenset()
        assert service.decline(uow).records == ()
    with database.read(ada) as uow:
        assert not queries.ask_now(uow, ada.require_account())
    assert _records(database, ada) == [("declined", NAMES)]
    assert _periods(database, ada) == []


def test_one_person_keeps_one_id_over_periods(database: Database, people: People, clock: HeldClock) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage")
    clock.move(timedelta(days=3))
    with database.write(ada) as uow:
        service.stop(uow)
    clock.move(timedelta(days=3))
    _choose(database, ada, "usage", "time")
    first, second = _periods(database, ada)
    assert (first.end_reason, second.end_reason) == ("stopped", "")
    assert first.to_at == first.from_at + timedelta(days=3)
    assert first.id != second.id
    assert first.person_id == second.person_id
    assert (first.scopes, second.scopes) == ("", "usage time")


def test_leaving_and_suspension_end_a_period_and_coming_back_opens_one(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage", "time")
    for status, reason in (("suspended", "suspended"), ("left", "left")):
        with database.write(installation(Origin.COMMAND)) as uow:
            uow.emit(AccountStatusChanged(ada.require_account(), status))
        clock.move(60)
        period = _periods(database, ada)[-1]
        assert period.end_reason == reason
        with database.write(installation(Origin.COMMAND)) as uow:
            assert consent_in_force(uow, ada.require_account()) == {}
            uow.emit(AccountStatusChanged(ada.require_account(), "active"))
        with database.read(ada) as uow:
            live = live_period(uow, ada.require_account())
            assert live is not None
            assert live.scopes == "usage time"
            assert live.id != period.id


def test_a_yes_runs_out_unless_it_is_renewed(database: Database, people: People, clock: HeldClock) -> None:
    ada, ben = people.add("ada"), people.add("ben")
    for actor in (ada, ben):
        _choose(database, actor, "usage", "time")
    clock.move(timedelta(days=700))
    with database.write(ben) as uow:
        assert service.renew(uow, shown=Shown(1), old_enough=True).in_force == {"usage", "time"}
    clock.move(timedelta(days=40))
    with database.write(installation(Origin.JOB)) as uow:
        assert service.expire_due(uow) == 1
    with database.write(installation(Origin.JOB)) as uow:
        assert service.expire_due(uow) == 0
    assert _records(database, ada)[-1] == ("expired", ("usage", "time"))
    assert _periods(database, ada)[0].end_reason == "expired"
    assert _periods(database, ben)[0].to_at is None


@pytest.mark.invariant(3)
def test_what_has_run_out_counts_no_more_before_the_job_says_so(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage")
    given = clock.now()
    clock.move(timedelta(days=100))
    _choose(database, ada, "usage", "time")
    clock.move(timedelta(days=629, hours=23))
    number = ada.require_account()
    with database.write(installation(Origin.JOB)) as uow:
        assert set(consent_in_force(uow, number)) == {number}
        assert consent_basis(uow, 0, to_us(uow.now)).enrolments
    with database.read(ada) as uow:
        assert queries.consent_view(uow).valid_until == given + fold.VALID_FOR
    clock.move(timedelta(hours=1))
    with database.write(installation(Origin.JOB)) as uow:
        assert service.recorded_scopes(uow, number) == {"usage", "time"}  # the job has not run
        assert consent_in_force(uow, number) == {}
        assert not consent_basis(uow, 0, to_us(uow.now)).enrolments
    # What ran out is not renewed; it is recorded, and given again.
    with database.write(ada) as uow:
        assert service.renew(uow, shown=Shown(1), old_enough=True).records == ()
    assert _records(database, ada)[-1] == ("expired", ("usage", "time"))
    assert _choose(database, ada, "usage").in_force == {"usage"}


@pytest.mark.invariant(3)
def test_the_last_look_sees_that_a_yes_ran_out(database: Database, people: People, clock: HeldClock) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage")
    clock.move(fold.VALID_FOR - timedelta(minutes=1))
    with database.write(installation(Origin.JOB)) as uow:
        basis = consent_basis(uow, 0, to_us(uow.now))
        assert still_stands(uow, basis)
    clock.move(timedelta(minutes=1))
    with database.write(installation(Origin.JOB)) as uow:
        assert not still_stands(uow, basis)


def test_a_renewed_yes_holds_for_two_years_from_then(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage", "time")
    clock.move(timedelta(days=700))
    with database.write(ada) as uow:
        service.renew(uow, shown=Shown(1), old_enough=True)
    with database.read(ada) as uow:
        assert queries.consent_view(uow).valid_until == uow.now + fold.VALID_FOR


@pytest.mark.invariant(3)
def test_somebody_suspended_may_take_back_and_not_give(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    _choose(database, ada, "usage", "time")
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.get_one(Account, ada.require_account()).status = "suspended"
        uow.emit(AccountStatusChanged(ada.require_account(), "suspended"))
    clock.move(60)
    for act in (
        lambda uow: service.give(uow, ["detailed"], shown=Shown(1), old_enough=True),
        lambda uow: service.renew(uow, shown=Shown(1), old_enough=True),
        service.decline,
    ):
        with pytest.raises(NotAllowed), database.write(ada) as uow:
            act(uow)
    with database.write(ada) as uow:
        assert service.withdraw(uow, ["time"]).in_force == {"usage"}
    assert [period.end_reason for period in _periods(database, ada)] == ["suspended"]  # and no new one
    with database.write(ada) as uow:
        assert service.stop_and_erase(uow).in_force == frozenset()
    assert _periods(database, ada) == []


def test_receipts_verify_and_name_no_participant(database: Database, people: People) -> None:
    wren, ben = people.add("wren"), people.add("ben")
    with database.write(wren) as uow:
        (made,) = service.give(uow, ["usage", "detailed"], shown=Shown(1), old_enough=True).records
    with database.read(wren) as uow:
        kept = queries.my_receipt(uow, made.record_id)
    period = _periods(database, wren)[0]
    assert verify_receipt(json.loads(json.dumps(kept)))
    assert kept["receipt_hash"] == made.receipt_hash
    assert not verify_receipt({**kept, "scopes": ["usage"]})
    for secret in (period.id, period.person_id, "wren"):
        assert secret not in json.dumps(kept)
    assert set(kept["purposes"]) == {"usage", "detailed"}
    assert any("T2" in line for line in kept["recipients"])
    with pytest.raises(NotFound), database.read(ben) as uow:
        queries.my_receipt(uow, made.record_id)


@pytest.mark.invariant(3)
def test_stop_and_erase_removes_every_row_and_every_pointer(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada, ben = people.add("ada"), people.add("ben")
    for actor in (ada, ben):
        _choose(database, actor, *NAMES)
    with database.write(installation(Origin.COMMAND)) as uow:
        a, b = (
            consent_in_force(uow, actor.require_account())[actor.require_account()] for actor in (ada, ben)
        )
        for row in (
            make_row(a, "post_written", 1, "forum", item="post:1"),
            make_row(
                b,
                "post_written",
                2,
                "forum",
                item="post:2",
                reply_to="post:1",
                other_participant=a.participant_id,
                other_class="participant",
                giver_role="member",
            ),
            make_row(
                b,
                "reply_received",
                3,
                "forum",
                item="post:3",
                reply_to="post:2",
                other_participant=a.participant_id,
                other_class="participant",
                giver_role="member",
            ),
        ):
            uow.session.add(UsageEvent(**row))
    clock.move(timedelta(days=40))
    person_before = _periods(database, ada)[0].person_id
    with database.write(ada) as uow:
        assert service.stop_and_erase(uow).in_force == frozenset()
    with database.write(ada) as uow:
        assert service.stop_and_erase(uow).records == ()
    with database.read(installation(Origin.COMMAND)) as uow:
        rows = list(uow.session.scalars(select(UsageEvent).order_by(UsageEvent.at_us)))
        assert {row.participant_id for row in rows} == {b.participant_id}
        own, received = rows
        assert (own.other_participant, own.other_class, own.reply_to) == ("", "deleted", "post:0")
        assert own.giver_role == "member"  # that is Ben's own
        assert (received.other_participant, received.other_class, received.item) == ("", "deleted", "")
        assert (received.giver_role, received.reply_to) == ("not_recorded", "post:2")
        stone = uow.session.get_one(Participant, a.participant_id)
        assert stone.account_id is None
        assert stone.end_reason == "stopped_and_erased"
        proof = uow.session.scalars(select(ConsentRecord).where(ConsentRecord.account_id == ada.account_id))
        assert stone.to_at not in {record.at for record in proof}
        assert stone.person_id != person_before
        uow.session.expunge_all()
    _choose(database, ada, "usage")
    assert _periods(database, ada)[0].person_id not in (person_before, stone.person_id)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return ledger_beside(database.audit_log)


def test_the_ledger_replays_what_a_restore_brought_back(
    database: Database, people: People, clock: HeldClock, ledger: Ledger
) -> None:
    ada, ben, eve = people.add("ada"), people.add("ben"), people.add("eve")
    for actor in (ada, ben, eve):
        _choose(database, actor, "usage", "time")
    with database.write(installation(Origin.COMMAND)) as uow:
        backup = {p.account_id: (p.id, p.person_id) for p in uow.session.scalars(select(Participant))}
    with database.write(ada) as uow:
        service.stop_and_erase(uow)
    with database.write(ben) as uow:
        service.withdraw(uow, ["time"])
    lines = ledger.read()
    assert [line.kind for line in lines] == ["taken_back", "erased", "taken_back"]
    kept = ledger.path.read_text()
    assert ada.public_id not in kept
    assert backup[ada.account_id][0] not in kept

    # The backup comes back: the records are gone, the link and a row are there again.
    with database.write(installation(Origin.COMMAND)) as uow:
        for record in uow.session.scalars(select(ConsentRecord).where(ConsentRecord.event == "withdrawn")):
            uow.session.delete(record)
        number, person = backup[ada.account_id]
        stone = uow.session.get_one(Participant, number)
        stone.account_id, stone.person_id, stone.to_at = ada.account_id, person, None
        stone.end_reason, stone.scopes = "", "usage time"
        stone.since = dict.fromkeys(("usage", "time"), to_us(uow.now))
        stone.valid_until = uow.now + timedelta(days=700)
        uow.session.get_one(Participant, backup[ben.account_id][0]).scopes = "usage time"
        uow.session.flush()
        who = consent_in_force(uow, ada.require_account())[ada.require_account()]
        uow.session.add(UsageEvent(**make_row(who, "post_written", 1, "forum")))
    ledger.append(lines[:1])  # two processes may have noted the same
    with database.write(installation(Origin.COMMAND)) as uow:
        assert ledger.replay(uow) > 0
    with database.write(installation(Origin.COMMAND)) as uow:
        assert ledger.replay(uow) == 0
        assert uow.session.scalar(select(func.count()).select_from(UsageEvent)) == 0
        assert set(consent_in_force(uow, ada.require_account(), ben.require_account())) == {ben.account_id}
        assert service.recorded_scopes(uow, ada.require_account()) == frozenset()
        assert service.recorded_scopes(uow, ben.require_account()) == {"usage"}
        assert service.recorded_scopes(uow, eve.require_account()) == {"usage", "time"}


def test_the_ledger_catches_up_after_a_crash_and_shows_tampering(
    database: Database, people: People, ledger: Ledger
) -> None:
    ada, ben = people.add("ada"), people.add("ben")
    for actor in (ada, ben):
        _choose(database, actor, "usage")
        with database.write(actor) as uow:
            service.stop_and_erase(uow)
    whole = ledger.path.read_bytes()
    assert len(ledger.read()) == 4
    # A crash between the commit and the line, and a line torn in the middle.
    ledger.path.write_bytes(b"\n".join(whole.splitlines()[:2]) + b"\n" + whole.splitlines()[2][:20])
    with database.read(installation(Origin.COMMAND)) as uow:
        assert len(ledger.read()) == 2
        assert keep_ledger(database) == 2
        assert ledger.catch_up(uow) == 0
    assert len(ledger.read()) == 4
    for broken in (
        whole.replace(b'"usage"', b'"times"', 1),
        b"".join(whole.splitlines(keepends=True)[1:]),
        b"nonsense\n" + whole,
    ):
        ledger.path.write_bytes(broken)
        with pytest.raises(LedgerBroken):
            ledger.read()
        with pytest.raises(LedgerBroken), database.write(installation(Origin.COMMAND)) as uow:
            ledger.replay(uow)
