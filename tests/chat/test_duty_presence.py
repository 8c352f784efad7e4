"""Duty pauses when its person has no live connection, and comes back with them (invariant 2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from peerspace.accounts.account_status import restrict
from peerspace.accounts.models import WebSession
from peerspace.accounts.sessions import open_session
from peerspace.chat import gathering, service
from peerspace.chat.room_page import room_page
from peerspace.duty import presence as duty_presence
from peerspace.duty import service as duty_service
from peerspace.duty.models import Duty
from peerspace.duty.service import LONGEST, desk_is_kept, on_duty_now
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.errors import NotAllowed, RoomClosed
from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.moderation.transparency import _hours_covered
from peerspace.research.context import platform_context
from peerspace.streams.events import StreamStateChanged
from tests.chat.conftest import Kitchen
from tests.people import People

JOB = installation(Origin.JOB)
GRACE = timedelta(minutes=5)
pytestmark = pytest.mark.invariant(2)


def connect(kitchen: Kitchen, who: Actor, sid: str = "s", process: str = "web-1") -> None:
    """A socket of a person, through a web process that lives."""
    with kitchen.database.write(JOB) as uow:
        if uow.session.get(WebProcess, process) is None:
            uow.session.add(WebProcess(id=process, started_at=uow.now, seen_at=uow.now))
            uow.session.flush()
        uow.session.add(
            ConnectedSocket(
                sid=sid, process_id=process, account_id=who.require_account(), session_id=1,
                connected_at=uow.now,
            )
        )  # fmt: skip


def disconnect(kitchen: Kitchen, sid: str = "s") -> None:
    with kitchen.database.write(JOB) as uow:
        uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.sid == sid))


def attend(kitchen: Kitchen) -> list[object]:
    """One turn of a web process; returns what happened."""
    with kitchen.database.read(JOB) as uow:
        due = duty_presence.changes_due(uow)
    with kitchen.database.write(JOB) as uow:
        duty_presence.note_seen(uow, (*due.seen, *due.early))
    happened: list[object] = []
    for change in due.changes:
        with kitchen.database.write(JOB) as uow:
            duty_presence.carry_out(uow, change)
        happened += uow.events
    return happened


def state(kitchen: Kitchen) -> str:
    with kitchen.database.read(JOB) as uow:
        return kitchen.now(uow).state_word


def states(happened: list[object]) -> list[str]:
    return [one.state for one in happened if isinstance(one, StreamStateChanged)]


def test_a_room_whose_host_is_gone_turns_read_only_and_comes_back_with_them(
    kitchen: Kitchen, clock: HeldClock
) -> None:
    connect(kitchen, kitchen.wren)
    attend(kitchen)
    disconnect(kitchen)
    clock.move(GRACE - timedelta(seconds=1))
    assert states(attend(kitchen)) == []
    assert kitchen.send(kitchen.ash, "are you there").seq == 1
    clock.move(1)
    assert states(attend(kitchen)) == ["paused"]
    with pytest.raises(RoomClosed, match="room_paused"):
        kitchen.send(kitchen.ash, "anybody?")
    with kitchen.database.read(kitchen.ash) as uow:
        (room,) = gathering.rooms_now(uow)
        assert (room.state, room.keepers, room.on_duty) == ("paused", (), 0)
    with kitchen.database.read(kitchen.wren) as uow:
        assert [one.paused for one in gathering.own_duty(uow)] == [True]
        assert room_page(uow, kitchen.room.slug).keeps
    assert attend(kitchen) == []
    connect(kitchen, kitchen.wren, "again")
    assert states(attend(kitchen)) == ["open"]
    assert kitchen.send(kitchen.ash, "good to see you").seq == 2
    assert attend(kitchen) == []


@pytest.mark.parametrize("how", ["socket", "page"])
def test_who_is_there_stays_on_duty(kitchen: Kitchen, clock: HeldClock, how: str) -> None:
    """A page that was opened counts at the desk only: in a room one has to hear at once."""
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, kitchen.room.id)
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, None)
    kitchen.act(kitchen.supervisor, open_session, kitchen.supervisor.require_account())
    if how == "socket":
        connect(kitchen, kitchen.supervisor)
    for _ in range(4):
        clock.move(timedelta(minutes=3))
        with kitchen.database.write(JOB) as uow:
            for one in uow.session.scalars(select(WebSession)):
                one.seen_at = uow.now
        attend(kitchen)
    with kitchen.database.read(JOB) as uow:
        assert desk_is_kept(uow)
    assert state(kitchen) == ("open" if how == "socket" else "paused")
    if how == "page":
        clock.move(timedelta(minutes=10))
        attend(kitchen)
        with kitchen.database.read(JOB) as uow:
            assert not desk_is_kept(uow)


def test_the_pause_is_a_setting(kitchen: Kitchen, clock: HeldClock, setting: object) -> None:
    setting("duty_pause_minutes", 2)  # type: ignore[operator]
    clock.move(timedelta(minutes=2))
    assert states(attend(kitchen)) == ["paused"]


def test_sockets_of_a_lost_process_are_no_connection(kitchen: Kitchen, clock: HeldClock) -> None:
    connect(kitchen, kitchen.wren)
    with kitchen.database.write(JOB) as uow:
        uow.session.get_one(WebProcess, "web-1").lost_at = uow.now
    clock.move(GRACE)
    assert states(attend(kitchen)) == ["paused"]


def test_the_room_stays_open_while_another_host_is_there(kitchen: Kitchen, clock: HeldClock) -> None:
    connect(kitchen, kitchen.supervisor)
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, kitchen.room.id)
    clock.move(GRACE)
    assert states(attend(kitchen)) == []
    with kitchen.database.read(JOB) as uow:
        room = kitchen.now(uow)
        assert (on_duty_now(uow), room.state_word) == ({room.id: 1}, "open")
    told = kitchen.events(kitchen.supervisor, duty_service.go_off_duty, kitchen.room.id)
    assert states(told) == ["paused"]


@pytest.mark.parametrize("away", [False, True])
def test_who_is_restricted_holds_no_duty(kitchen: Kitchen, clock: HeldClock, away: bool) -> None:
    if away:
        clock.move(GRACE)
        attend(kitchen)
    until = clock.now() + timedelta(days=1)
    told = kitchen.events(kitchen.supervisor, restrict, kitchen.wren.require_account(), until=until)
    assert states(told) == ["read_only"]
    connect(kitchen, kitchen.wren)
    assert attend(kitchen) == []
    with pytest.raises(NotAllowed, match="account_read_only"):
        kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    clock.move(timedelta(days=1))
    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    assert state(kitchen) == "open"


def test_going_off_duty_while_away_ends_it_for_good(kitchen: Kitchen, clock: HeldClock) -> None:
    clock.move(GRACE)
    attend(kitchen)
    assert states(kitchen.events(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)) == ["read_only"]
    connect(kitchen, kitchen.wren)
    assert attend(kitchen) == []
    with kitchen.database.read(JOB) as uow:
        assert (on_duty_now(uow), kitchen.now(uow).state_word) == ({}, "read_only")


def test_going_on_duty_by_hand_ends_a_pause(kitchen: Kitchen, clock: HeldClock) -> None:
    clock.move(GRACE)
    attend(kitchen)
    assert (
        states(kitchen.events(kitchen.wren, duty_service.go_on_duty, kitchen.room.id))
        == ["read_only", "open"][1:]
    )
    assert attend(kitchen) == []
    with kitchen.database.read(JOB) as uow:
        assert (on_duty_now(uow), kitchen.now(uow).state_word) == ({kitchen.room.id: 1}, "open")


def test_a_pause_is_no_way_around_the_longest_stretch(kitchen: Kitchen, clock: HeldClock) -> None:
    kitchen.act(kitchen.wren, open_session, kitchen.wren.require_account())
    clock.move(LONGEST - timedelta(hours=1))
    assert states(attend(kitchen)) == ["paused"]
    connect(kitchen, kitchen.wren)
    attend(kitchen)
    clock.move(timedelta(minutes=61))
    told = kitchen.events(JOB, duty_service.end_overdue_duty)
    assert states(told) == ["read_only"]


def test_a_paused_stretch_is_not_counted_as_kept(kitchen: Kitchen, clock: HeldClock) -> None:
    """Neither on the page of transparency nor in what a release says about when rooms could be used."""
    began = clock.now()
    connect(kitchen, kitchen.wren)
    clock.move(timedelta(hours=2))
    attend(kitchen)
    disconnect(kitchen)
    clock.move(timedelta(hours=3))  # also when nobody looked for hours: the stretch ended with the grace
    attend(kitchen)
    connect(kitchen, kitchen.wren, "again")
    attend(kitchen)
    back = clock.now()
    clock.move(timedelta(hours=2))
    with kitchen.database.read(JOB) as uow:
        assert _hours_covered(uow, began) == "about 4 hours in the period"
        open_us = platform_context(uow, to_us(clock.now()), ("room", 1.0)).availability
        assert [(begins, ends) for _, begins, ends in open_us] == [
            (to_us(began), to_us(began + timedelta(hours=2) + GRACE)),
            (to_us(back), to_us(clock.now())),
        ]


def test_invented_hosts_count_as_present(kitchen: Kitchen, people: People, clock: HeldClock) -> None:
    host = people.add("Demo host", Role.PEER_WORKER, origin=Origin.DEMO)
    kitchen.act(host, duty_service.go_on_duty, kitchen.room.id)
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    clock.move(timedelta(hours=3))
    assert attend(kitchen) == []
    assert state(kitchen) == "open"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_is_set_pauses_nobody_who_is_there(
    kitchen: Kitchen, clock: HeldClock, jump: timedelta
) -> None:
    connect(kitchen, kitchen.wren)
    attend(kitchen)
    clock.move(jump)
    assert attend(kitchen) == []
    disconnect(kitchen)
    for _ in range(2):
        attend(kitchen)
        clock.move(GRACE)
    attend(kitchen)
    assert state(kitchen) == "paused"
    with kitchen.database.read(JOB) as uow:
        assert all(one.to_at is None or one.to_at >= one.from_at for one in uow.session.scalars(select(Duty)))


def test_a_pause_that_is_not_right_any_more_is_not_made(kitchen: Kitchen, clock: HeldClock) -> None:
    """Another process may have looked before the person came back, or before the room was put away."""
    clock.move(GRACE)
    with kitchen.database.read(JOB) as uow:
        (pause,) = duty_presence.changes_due(uow).changes
    connect(kitchen, kitchen.wren)
    assert kitchen.act(JOB, duty_presence.carry_out, pause) is False
    disconnect(kitchen)
    assert kitchen.act(JOB, duty_presence.carry_out, pause) is True
    assert kitchen.act(JOB, duty_presence.carry_out, pause) is False, "once"
    connect(kitchen, kitchen.wren)
    with kitchen.database.read(JOB) as uow:
        (back,) = duty_presence.changes_due(uow).changes
    kitchen.act(kitchen.supervisor, service.close_room, kitchen.room.id)
    assert kitchen.act(JOB, duty_presence.carry_out, back) is False, "nobody is on duty in a closed room"
    assert attend(kitchen) == []
    kitchen.act(kitchen.supervisor, service.open_room, kitchen.room.id)
    assert states(attend(kitchen)) == ["open"]
    with kitchen.database.read(JOB) as uow:
        assert on_duty_now(uow) == {kitchen.room.id: 1}
