"""Sending: from people only, into kept rooms only, once only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from peerspace.accounts.models import Account
from peerspace.chat import service
from peerspace.chat.models import Message, Room
from peerspace.duty import service as duty_service
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import (
    BadRequest,
    Invalid,
    NotAllowed,
    NotFound,
    PeerSpaceError,
    RoomClosed,
    SlowMode,
    TooLong,
)
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.streams import service as life
from peerspace.streams.events import ContributionHeld, ContributionPublished
from tests import saying
from tests.chat.conftest import Kitchen
from tests.people import People


def _count(database: Database) -> int:
    with database.read(installation(Origin.COMMAND)) as uow:
        return uow.session.scalar(select(func.count()).select_from(Message)) or 0


def test_a_message_takes_the_next_place_and_says_so(kitchen: Kitchen) -> None:
    first = kitchen.send(kitchen.ash, "Who's up?")
    with kitchen.database.write(kitchen.moss) as uow:
        second = saying.send_message(
            uow, "late-kitchen", " **Me**.\r\n", client_id=new_client_id(), reply_to=first.public_id,
            content_note="sleep",
        )  # fmt: skip
    assert (first.seq, first.rev, second.seq, second.rev) == (1, 1, 2, 2)
    assert (second.body, second.state, second.content_note) == ("**Me**.", "published", "sleep")
    assert "<strong>Me</strong>" in second.body_html
    (event,) = [one for one in uow.events if isinstance(one, ContributionPublished)]
    assert (event.author_id, event.answers_id, event.names_it) == (kitchen.moss.account_id, first.id, True)


def test_the_role_is_the_one_held_when_it_was_written(kitchen: Kitchen) -> None:
    assert kitchen.send(kitchen.wren, "Kettle's on").author_role == "peer_worker"
    assert kitchen.send(kitchen.ash, "Thanks").author_role == ""


@pytest.mark.invariant(11)
def test_the_same_client_id_is_the_same_row_told_once(kitchen: Kitchen) -> None:
    once = new_client_id()
    first = kitchen.send(kitchen.ash, "only once", client_id=once)
    with kitchen.database.write(kitchen.ash) as uow:
        again = saying.send_message(uow, "late-kitchen", "only once", client_id=once.upper())
    assert (again.id, again.seq) == (first.id, first.seq)
    assert uow.events == ()
    assert _count(kitchen.database) == 1
    assert kitchen.send(kitchen.moss, "mine", client_id=once).id != first.id


@pytest.mark.invariant(11)
def test_the_same_client_id_at_the_same_time_is_one_row(kitchen: Kitchen) -> None:
    once = new_client_id()
    barrier = threading.Barrier(4)
    seen: list[tuple[int, int | None]] = []

    def send() -> None:
        barrier.wait(10)
        row = kitchen.send(kitchen.ash, "at once", client_id=once)
        seen.append((row.id, row.seq))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 4
    assert len(set(seen)) == 1
    with kitchen.database.read(kitchen.ash) as uow:
        assert kitchen.now(uow).seq == 1


@pytest.mark.invariant(11)
def test_the_same_client_id_is_answered_when_the_room_has_closed_meanwhile(kitchen: Kitchen) -> None:
    once = new_client_id()
    first = kitchen.send(kitchen.ash, "last words", client_id=once)
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    assert kitchen.send(kitchen.ash, "last words", client_id=once).id == first.id


@pytest.mark.invariant(1)
@pytest.mark.parametrize("origin", [Origin.COMMAND, Origin.JOB, Origin.BENCH])
def test_only_people_at_an_interactive_door_write(kitchen: Kitchen, origin: Origin) -> None:
    scripted = Actor(
        origin=origin,
        account_id=kitchen.ash.account_id,
        public_id=kitchen.ash.public_id,
        roles=kitchen.ash.roles,
    )
    for actor in (scripted, installation(origin)):
        with pytest.raises(NotAllowed, match="humans_only"):
            kitchen.send(actor, "hello")
        with pytest.raises(NotAllowed, match="humans_only"):
            kitchen.act(actor, service.react, "x", "with_you")
    assert _count(kitchen.database) == 0


@pytest.mark.invariant(2)
def test_nobody_on_duty_means_read_only(kitchen: Kitchen, people: People) -> None:
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    with pytest.raises(RoomClosed, match="room_read_only"):
        kitchen.send(kitchen.ash, "anybody?")
    with pytest.raises(RoomClosed, match="room_read_only"):
        kitchen.send(kitchen.wren, "not even me")
    assert _count(kitchen.database) == 0
    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    assert kitchen.send(kitchen.ash, "there you are").seq == 1


@pytest.mark.invariant(2)
@pytest.mark.parametrize(
    ("shut", "key"), [(service.close_room, "room_closed"), (service.archive_room, "room_archived")]
)
def test_a_closed_or_archived_room_takes_nothing(kitchen: Kitchen, shut: object, key: str) -> None:
    kitchen.act(kitchen.supervisor, shut, kitchen.room.id)  # type: ignore[arg-type]
    with pytest.raises(RoomClosed, match=key):
        kitchen.send(kitchen.ash, "hello")


@pytest.mark.invariant(2)
def test_no_message_slips_in_after_the_last_person_left(kitchen: Kitchen) -> None:
    """Senders and the leaving peer worker race; what was published has its place before the room turned read-only."""
    outcomes: list[str] = []
    barrier = threading.Barrier(7)

    def send(number: int) -> None:
        barrier.wait(10)
        try:
            kitchen.send(kitchen.ash, f"message {number}")
            outcomes.append("sent")
        except RoomClosed:
            outcomes.append("refused")

    def leave() -> None:
        barrier.wait(10)
        kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    threads.append(threading.Thread(target=leave))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 6
    with kitchen.database.read(kitchen.ash) as uow:
        room = kitchen.now(uow)
        assert (room.state_word, room.seq) == ("read_only", outcomes.count("sent"))
    assert _count(kitchen.database) == outcomes.count("sent")
    with pytest.raises(RoomClosed):
        kitchen.send(kitchen.ash, "after")


def test_restricted_and_suspended_people_do_not_write(kitchen: Kitchen) -> None:
    def put(**values: object) -> None:
        with kitchen.database.write(installation(Origin.COMMAND)) as uow:
            uow.session.execute(update(Account).where(Account.id == kitchen.ash.account_id).values(**values))

    put(read_only_until=kitchen.database.clock.now() + timedelta(days=1))
    with pytest.raises(NotAllowed, match="account_read_only"):
        kitchen.send(kitchen.ash, "hello")
    put(read_only_until=kitchen.database.clock.now() - timedelta(days=1))
    mine = kitchen.send(kitchen.ash, "hello")
    put(status="suspended")
    for attempt in (
        lambda: kitchen.send(kitchen.ash, "hello again"),
        lambda: kitchen.act(kitchen.ash, saying.edit_message, mine.public_id, "changed"),
    ):
        with pytest.raises(NotAllowed, match="account_not_active"):
            attempt()


def test_researchers_as_such_see_no_room(kitchen: Kitchen) -> None:
    reader = Actor(origin=Origin.WEB, account_id=kitchen.ash.account_id, roles=frozenset({Role.RESEARCHER}))
    with pytest.raises(NotAllowed):
        kitchen.send(reader, "hello")


@pytest.mark.parametrize(
    ("body", "error"),
    [("", Invalid), ("  \n ", Invalid), (None, Invalid), (7, Invalid), (["a"], Invalid), ("a\x00b", Invalid),
     ("\ud800", Invalid), ("x" * 4001, TooLong)],
)  # fmt: skip
def test_words_that_cannot_be_kept_are_refused(
    kitchen: Kitchen, body: object, error: type[PeerSpaceError]
) -> None:
    with pytest.raises(error) as refused:
        kitchen.send(kitchen.ash, body)  # type: ignore[arg-type]
    assert set(refused.value.fields) == {"body"}  # type: ignore[attr-defined]
    assert _count(kitchen.database) == 0
    assert kitchen.send(kitchen.ash, "x" * 4000).seq == 1


def test_what_is_answered_must_stand_in_the_same_room(kitchen: Kitchen, people: People) -> None:
    attic = people.room("attic", kept_by=kitchen.wren)
    with kitchen.database.write(kitchen.ash) as uow:
        elsewhere = saying.send_message(uow, attic.slug, "up here", client_id=new_client_id())
    removed = kitchen.send(kitchen.ash, "gone")
    kitchen.act(kitchen.ash, service.remove_message, removed.public_id)
    for wrong in (elsewhere.public_id, removed.public_id, "nothing", 5, ["x"], "a\x00"):
        with pytest.raises(NotFound):
            kitchen.send(kitchen.moss, "answer", reply_to=wrong)


def test_unknown_rooms_and_client_ids_are_refused(kitchen: Kitchen) -> None:
    with kitchen.database.write(kitchen.ash) as uow:
        for slug in ("cellar", "", None, 3, "x" * 60, {"a": 1}):
            with pytest.raises(NotFound):
                saying.send_message(uow, slug, "hello", client_id=new_client_id())
        for bad in ("", None, 4, "not-a-uuid", "x" * 100):
            with pytest.raises(BadRequest, match="client_id_bad"):
                saying.send_message(uow, "late-kitchen", "hello", client_id=bad)


def test_slow_mode_is_per_person_and_spares_whoever_keeps_the_room(
    kitchen: Kitchen, clock: HeldClock
) -> None:
    with kitchen.database.write(installation(Origin.COMMAND)) as uow:
        uow.session.execute(update(Room).values(slow_mode_s=10))
    kitchen.send(kitchen.ash, "one")
    clock.move(3.5)
    with pytest.raises(SlowMode) as refused:
        kitchen.send(kitchen.ash, "two")
    assert refused.value.values["retry_after"] == 7
    kitchen.send(kitchen.moss, "another person")
    kitchen.send(kitchen.wren, "the keeper")
    kitchen.send(kitchen.wren, "again")
    clock.move(6.5)
    assert kitchen.send(kitchen.ash, "two").seq == 5


@pytest.mark.invariant(7)
def test_a_watch_phrase_holds_and_a_supervisor_publishes(
    kitchen: Kitchen, hold: Callable[[str], None]
) -> None:
    hold("secret potion")
    before = kitchen.send(kitchen.ash, "first")
    with kitchen.database.write(kitchen.ash) as uow:
        held = saying.send_message(uow, "late-kitchen", "Buy my SECRET potion", client_id=new_client_id())
    assert (held.state, held.seq, before.seq) == ("held", None, 1)
    assert [one.why for one in uow.events if isinstance(one, ContributionHeld)] == ["phrase"]
    assert not [one for one in uow.events if isinstance(one, ContributionPublished)]
    assert kitchen.bodies(kitchen.moss) == ["first"]
    assert kitchen.bodies(kitchen.ash) == ["first"]
    kitchen.send(kitchen.moss, "second")
    with pytest.raises(NotAllowed):
        kitchen.act(kitchen.wren, life.publish_held, held.id)
    told = kitchen.events(kitchen.supervisor, life.publish_held, held.id)
    assert [one.author_id for one in told if isinstance(one, ContributionPublished)] == [
        kitchen.ash.account_id
    ]
    assert kitchen.catch_up(kitchen.moss).messages[-1].seq == 3
    assert kitchen.bodies(kitchen.moss) == ["first", "second", "Buy my SECRET potion"]
    assert kitchen.events(kitchen.supervisor, life.publish_held, held.id) == []


def test_a_held_message_needs_an_open_room_too(kitchen: Kitchen, hold: Callable[[str], None]) -> None:
    hold("secret potion")
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    with pytest.raises(RoomClosed):
        kitchen.send(kitchen.ash, "secret potion")
    assert _count(kitchen.database) == 0


def test_first_messages_of_a_new_member_wait_when_the_setting_says_so(
    kitchen: Kitchen, people: People, setting: Callable[[str, object], None]
) -> None:
    new = people.add("Newt", established=False)
    assert kitchen.send(new, "hello").state == "published"
    setting("hold_first_messages", "off_shift")
    assert kitchen.send(new, "nobody at the desk").state == "held"
    assert kitchen.send(kitchen.ash, "established").state == "published"
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, None)
    assert kitchen.send(new, "somebody at the desk").state == "published"
    setting("hold_first_messages", "always")
    setting("first_messages", 3)
    assert kitchen.send(new, "always").state == "held"
    setting("first_messages", 2)
    assert kitchen.send(new, "two have been seen").state == "published"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
def test_slow_mode_never_waits_for_a_clock_that_was_set_back(
    kitchen: Kitchen, clock: HeldClock, jump: timedelta
) -> None:
    with kitchen.database.write(installation(Origin.COMMAND)) as uow:
        kitchen.now(uow).slow_mode_s = 30
    kitchen.send(kitchen.ash, "before")
    clock.move(jump)
    kitchen.send(kitchen.ash, "after")
    clock.move(10)
    with pytest.raises(SlowMode) as refused:
        kitchen.send(kitchen.ash, "too soon")
    assert refused.value.values["retry_after"] == 20
