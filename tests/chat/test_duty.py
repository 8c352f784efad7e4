"""Duty: who may keep a room, what happens when the last one leaves, and who cannot keep it any longer."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from peerspace.accounts.events import AccountStatusChanged, RoleChanged
from peerspace.accounts.models import RoleGrant, WebSession
from peerspace.accounts.sessions import STAFF_IDLE, end_all_sessions, end_session, open_session, signed_in_by
from peerspace.chat import queries, service
from peerspace.duty import service as duty_service
from peerspace.duty.events import DutyChanged
from peerspace.duty.models import Duty
from peerspace.duty.service import LONGEST
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, RoomClosed
from peerspace.streams.events import StreamStateChanged
from tests.chat.conftest import Kitchen
from tests.people import People

COMMAND = installation(Origin.COMMAND)


@pytest.mark.invariant(2)
def test_the_last_one_to_leave_turns_the_room_read_only(kitchen: Kitchen) -> None:
    told = kitchen.events(kitchen.supervisor, duty_service.go_on_duty, kitchen.room.id)
    assert [type(one) for one in told if type(one).__name__ != "Audited"] == [DutyChanged]
    told = kitchen.events(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    assert not [one for one in told if isinstance(one, StreamStateChanged)]
    assert kitchen.send(kitchen.ash, "still kept").seq == 1
    told = kitchen.events(kitchen.supervisor, duty_service.go_off_duty, kitchen.room.id)
    assert [one for one in told if isinstance(one, DutyChanged | StreamStateChanged)] == [
        DutyChanged(account_id=kitchen.supervisor.require_account(), stream_id=kitchen.room.id, on=False),
        StreamStateChanged(stream_id=kitchen.room.id, kind="room", state="read_only"),
    ]
    told = kitchen.events(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    assert [one.state for one in told if isinstance(one, StreamStateChanged)] == ["open"]


@pytest.mark.invariant(2)
def test_going_on_and_off_twice_counts_once(kitchen: Kitchen) -> None:
    for _ in range(3):
        kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    with kitchen.database.read(kitchen.wren) as uow:
        assert duty_service.on_duty_now(uow).get(kitchen.room.id, 0) == 1
        assert len(uow.session.scalars(select(Duty)).all()) == 1
    for _ in range(3):
        kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
        kitchen.act(kitchen.ash, duty_service.go_off_duty, kitchen.room.id)
    with kitchen.database.read(kitchen.wren) as uow:
        assert duty_service.on_duty_now(uow).get(kitchen.room.id, 0) == 0


def test_members_keep_no_room_and_peer_workers_no_desk(kitchen: Kitchen) -> None:
    with pytest.raises(NotAllowed):
        kitchen.act(kitchen.ash, duty_service.go_on_duty, kitchen.room.id)
    with pytest.raises(NotAllowed):
        kitchen.act(COMMAND, duty_service.go_on_duty, kitchen.room.id)
    with pytest.raises(NotAllowed):
        kitchen.act(kitchen.wren, duty_service.go_on_duty, None)
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, None)
    with kitchen.database.read(kitchen.supervisor) as uow:
        assert [one.room_id for one in queries.own_duty(uow)] == [None]
        assert [one.on_duty for one in queries.rooms_now(uow)] == [1]
    with pytest.raises(NotFound):
        kitchen.act(kitchen.wren, duty_service.go_on_duty, 999)


def test_until_is_said_moved_and_checked(kitchen: Kitchen, clock: HeldClock) -> None:
    now = clock.now()
    for wrong in (now, now - timedelta(hours=1), now + timedelta(hours=13)):
        with pytest.raises(Invalid):
            kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id, until=wrong)
    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id, until=now + timedelta(hours=2))
    with kitchen.database.read(kitchen.ash) as uow:
        (room,) = queries.rooms_now(uow)
        assert (room.until, room.is_open) == (now + timedelta(hours=2), True)
        assert [card.name for card in room.keepers] == ["Wren"]


@pytest.mark.invariant(2)
def test_duty_forgotten_long_past_its_end_is_ended(kitchen: Kitchen, clock: HeldClock) -> None:
    kitchen.act(kitchen.wren, open_session, kitchen.wren.require_account())
    kitchen.act(
        kitchen.wren, duty_service.go_on_duty, kitchen.room.id, until=clock.now() + timedelta(hours=1)
    )
    clock.move(timedelta(minutes=80))
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 0
    clock.move(timedelta(minutes=20))
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 1
    with pytest.raises(RoomClosed):
        kitchen.send(kitchen.ash, "anybody?")


def _touch(kitchen: Kitchen, clock: HeldClock) -> None:
    """The keeper's browser is in use now."""
    with kitchen.database.write(COMMAND) as uow:
        uow.session.execute(update(WebSession).values(seen_at=clock.now()))


@pytest.mark.invariant(2)
def test_duty_without_an_announced_end_is_ended_after_the_longest_stretch(
    kitchen: Kitchen, clock: HeldClock
) -> None:
    kitchen.act(kitchen.wren, open_session, kitchen.wren.require_account())
    clock.move(LONGEST)
    _touch(kitchen, clock)
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 0
    clock.move(timedelta(seconds=1))
    told = kitchen.events(COMMAND, duty_service.end_overdue_duty)
    assert [one.state for one in told if isinstance(one, StreamStateChanged)] == ["read_only"]
    with pytest.raises(RoomClosed):
        kitchen.send(kitchen.ash, "anybody?")
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 0


@pytest.mark.invariant(2)
def test_an_end_announced_anew_carries_duty_further(kitchen: Kitchen, clock: HeldClock) -> None:
    kitchen.act(kitchen.wren, open_session, kitchen.wren.require_account())
    clock.move(LONGEST - timedelta(hours=1))
    kitchen.act(
        kitchen.wren, duty_service.go_on_duty, kitchen.room.id, until=clock.now() + timedelta(hours=4)
    )
    clock.move(timedelta(hours=3))
    _touch(kitchen, clock)
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 0


@pytest.mark.invariant(2)
@pytest.mark.parametrize("also_elsewhere", [False, True])
def test_duty_ends_when_the_last_session_expires(
    kitchen: Kitchen, clock: HeldClock, also_elsewhere: bool
) -> None:
    """Nobody says that a session expired: it is looked for."""
    me = kitchen.wren.require_account()
    kitchen.act(kitchen.wren, open_session, me)
    clock.move(STAFF_IDLE - timedelta(hours=1))
    if also_elsewhere:
        kitchen.act(kitchen.wren, open_session, me)
    kitchen.act(
        kitchen.wren, duty_service.go_on_duty, kitchen.room.id, until=clock.now() + timedelta(hours=3)
    )
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 0
    clock.move(timedelta(hours=1, seconds=1))
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == (0 if also_elsewhere else 1)
    if not also_elsewhere:
        with kitchen.database.read(COMMAND) as uow:
            assert duty_service.on_duty_now(uow).get(kitchen.room.id, 0) == 0
            assert uow.session.scalars(select(Duty.end_reason)).all() == ["signed_out"]


@pytest.mark.invariant(2)
def test_desk_duty_ends_with_the_role_of_supervisor(kitchen: Kitchen, people: People) -> None:
    both = people.add("Sage", Role.PEER_WORKER, Role.SUPERVISOR)
    for place in (kitchen.room.id, None):
        kitchen.act(both, duty_service.go_on_duty, place)

    def end(role: Role) -> list[int | None]:
        with kitchen.database.write(COMMAND) as uow:
            uow.session.execute(
                update(RoleGrant)
                .where(RoleGrant.account_id == both.account_id, RoleGrant.role == role.value)
                .values(ended_at=uow.now)
            )
            uow.emit(RoleChanged(account_id=both.require_account(), role=role.value, granted=False))
        with kitchen.database.read(both) as uow:
            return [one.room_id for one in queries.own_duty(uow)]

    assert end(Role.SUPERVISOR) == [kitchen.room.id], "a peer worker keeps rooms, not the desk"
    assert end(Role.PEER_WORKER) == []


@pytest.mark.invariant(2)
def test_duty_ends_with_the_account_the_last_session_or_the_role(kitchen: Kitchen) -> None:
    me = kitchen.wren.require_account()

    def keeping() -> int:
        with kitchen.database.read(kitchen.wren) as uow:
            return duty_service.on_duty_now(uow).get(kitchen.room.id, 0)

    with kitchen.database.write(COMMAND) as uow:
        uow.emit(AccountStatusChanged(account_id=me, status="suspended"))
    assert keeping() == 0

    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    with kitchen.database.write(kitchen.wren) as uow:
        first = signed_in_by(uow, open_session(uow, me))
        second = signed_in_by(uow, open_session(uow, me))
    assert first is not None
    assert second is not None
    kitchen.act(kitchen.wren, end_session, me, first.session_id, "signed_out")
    assert keeping() == 1
    kitchen.act(kitchen.wren, end_all_sessions, me, "signed_out")
    assert keeping() == 0

    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    with kitchen.database.write(COMMAND) as uow:
        grant = uow.session.scalars(
            select(RoleGrant).where(RoleGrant.account_id == me, RoleGrant.role == Role.PEER_WORKER.value)
        ).one()
        grant.ended_at = uow.now
        uow.session.flush()
        uow.emit(RoleChanged(account_id=me, role="peer_worker", granted=False))
    assert keeping() == 0


def test_a_session_that_expired_keeps_nobody_on_duty(kitchen: Kitchen, clock: HeldClock) -> None:
    """Another browser, forgotten since the day before yesterday, signs nobody in: the last one that does has ended."""
    me = kitchen.wren.require_account()
    kitchen.act(kitchen.wren, open_session, me)
    clock.move(STAFF_IDLE + timedelta(hours=1))
    here = kitchen.act(kitchen.wren, open_session, me)
    with kitchen.database.read(COMMAND) as uow:
        in_use = signed_in_by(uow, str(here))
    assert in_use is not None
    told = kitchen.events(in_use.actor(), end_session, me, in_use.session_id, "signed_out")
    assert DutyChanged(account_id=me, stream_id=kitchen.room.id, on=False) in told


def test_rooms_are_made_closed_and_opened_by_those_who_may(kitchen: Kitchen) -> None:
    room = kitchen.act(COMMAND, service.create_room, "attic", " The attic ", description="Quiet.")
    assert (room.slug, room.name, room.position) == ("attic", "The attic", 1)  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        kitchen.act(COMMAND, service.create_room, "attic", "Again")
    for slug in ("", "a", "-a", "A", "a b", "a/b", "x" * 49, None):
        with pytest.raises(Invalid):
            kitchen.act(COMMAND, service.create_room, slug, "Name")
    for verb in (service.close_room, service.open_room, service.archive_room):
        with pytest.raises(NotAllowed):
            kitchen.act(kitchen.wren, verb, kitchen.room.id)
    told = kitchen.events(kitchen.supervisor, service.close_room, kitchen.room.id)
    assert [one.state for one in told if isinstance(one, StreamStateChanged)] == ["closed"]
    assert kitchen.events(kitchen.supervisor, service.close_room, kitchen.room.id) == []
    with pytest.raises(RoomClosed):
        kitchen.act(kitchen.supervisor, duty_service.go_on_duty, kitchen.room.id)
    told = kitchen.events(COMMAND, service.open_room, kitchen.room.id)
    assert [one.state for one in told if isinstance(one, StreamStateChanged)] == ["open"]


def test_the_list_of_rooms_names_nobody_to_guests(kitchen: Kitchen, people: People) -> None:
    people.block(kitchen.moss, kitchen.wren)
    with kitchen.database.read(guest()) as uow:
        (room,) = queries.rooms_now(uow)
    assert (room.keepers, room.on_duty, room.is_open) == ((), 1, True)
    with kitchen.database.read(kitchen.moss) as uow:
        (room,) = queries.rooms_now(uow)
    assert (room.keepers, room.on_duty, room.is_open) == ((), 1, True)


@pytest.mark.invariant(2)
def test_duty_without_the_role_ends_whenever_the_role_ended(kitchen: Kitchen) -> None:
    """Also where the role ended while they went on duty, so that its end found no duty to end."""
    me = kitchen.wren.require_account()
    with kitchen.database.write(COMMAND) as uow:
        uow.session.execute(
            update(RoleGrant)
            .where(RoleGrant.account_id == me, RoleGrant.role == Role.PEER_WORKER.value)
            .values(ended_at=uow.now)
        )
    kitchen.act(kitchen.wren, open_session, me)
    assert kitchen.act(COMMAND, duty_service.end_overdue_duty) == 1
    with kitchen.database.read(COMMAND) as uow:
        assert uow.session.scalars(select(Duty.end_reason)).all() == ["role"]


@pytest.mark.postgres
def test_two_clicks_at_once_are_one_duty_at_the_desk(kitchen: Kitchen) -> None:
    """The desk has no row to hold: its turn is taken instead."""
    failed: list[str] = []

    def click() -> None:
        try:
            kitchen.act(kitchen.supervisor, duty_service.go_on_duty, None)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told below
            failed.append(repr(error))

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    with kitchen.database.read(COMMAND) as uow:
        assert len(uow.session.scalars(select(Duty).where(Duty.stream_id.is_(None))).all()) == 1
