"""Who is in a room, through living processes; arrivals and departures; absent for one another after a block."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from peerspace.chat import gathering, presence, queries
from peerspace.chat.events import RoomJoined, RoomLeft
from peerspace.chat.models import RoomPresence
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.models import ConnectedSocket, WebProcess
from tests.chat.conftest import Kitchen
from tests.people import People

JOB = installation(Origin.JOB)


def _process(kitchen: Kitchen, name: str) -> None:
    with kitchen.database.write(JOB) as uow:
        uow.session.add(WebProcess(id=name, started_at=uow.now, seen_at=uow.now))


def _enter(kitchen: Kitchen, who: Actor, sid: str, process: str = "web-1") -> list[object]:
    with kitchen.database.write(who) as uow:
        if uow.session.get(ConnectedSocket, sid) is None:
            uow.session.add(
                ConnectedSocket(
                    sid=sid, process_id=process, account_id=who.require_account(), session_id=1,
                    connected_at=uow.now,
                )
            )  # fmt: skip
            uow.session.flush()
        presence.enter_room(uow, kitchen.room.id, who.require_account(), sid)
    return list(uow.events)


def _people(kitchen: Kitchen, reader: Actor) -> tuple[list[str], list[str], int]:
    with kitchen.database.read(reader) as uow:
        seen = queries.people_in(uow, kitchen.now(uow), reader.require_account())
    return [one.name for one in seen.keepers], [one.name for one in seen.here], seen.reading


def test_arrival_and_departure_are_told_once_a_person(kitchen: Kitchen, clock: HeldClock) -> None:
    _process(kitchen, "web-1")
    me = kitchen.ash.require_account()
    assert _enter(kitchen, kitchen.ash, "a") == [RoomJoined(room_id=kitchen.room.id, account_id=me)]
    assert _enter(kitchen, kitchen.ash, "a") == []
    clock.move(5)
    assert _enter(kitchen, kitchen.ash, "b") == []
    clock.move(2)
    assert kitchen.events(kitchen.ash, presence.leave_all_rooms, "a") == []
    clock.move(3)
    assert kitchen.events(kitchen.ash, presence.leave_all_rooms, "b") == [
        RoomLeft(room_id=kitchen.room.id, account_id=me, stayed_us=10_000_000)
    ]
    assert kitchen.events(kitchen.ash, presence.leave_all_rooms, "b") == []


def test_people_who_wrote_are_named_the_others_counted(kitchen: Kitchen, clock: HeldClock) -> None:
    _process(kitchen, "web-1")
    for sid, who in (("a", kitchen.ash), ("b", kitchen.moss), ("c", kitchen.supervisor), ("d", kitchen.wren)):
        _enter(kitchen, who, sid)
    kitchen.send(kitchen.ash, "hello")
    assert _people(kitchen, kitchen.moss) == (["Wren"], ["Ash"], 2)
    with kitchen.database.read(kitchen.moss) as uow:
        assert [one.present for one in queries.rooms_now(uow)] == [4]


@pytest.mark.invariant(9)
def test_blocker_and_blocked_are_absent_for_one_another(kitchen: Kitchen, people: People) -> None:
    _process(kitchen, "web-1")
    for sid, who in (("a", kitchen.ash), ("b", kitchen.moss), ("c", kitchen.supervisor)):
        _enter(kitchen, who, sid)
    kitchen.send(kitchen.ash, "hello")
    kitchen.send(kitchen.moss, "hello")
    people.block(kitchen.moss, kitchen.ash)
    assert _people(kitchen, kitchen.moss)[1:] == (["Moss"], 1)
    assert _people(kitchen, kitchen.ash)[1:] == (["Ash"], 1)
    assert _people(kitchen, kitchen.supervisor)[1:] == (["Ash", "Moss"], 1)
    people.block(kitchen.ash, kitchen.wren)
    assert _people(kitchen, kitchen.ash)[0] == []
    assert _people(kitchen, kitchen.wren)[0] == ["Wren"]
    people.block(kitchen.wren, kitchen.supervisor)
    assert _people(kitchen, kitchen.supervisor)[0] == ["Wren"]


@pytest.mark.invariant(9)
def test_a_broadcast_knows_whose_sockets_to_treat_apart(kitchen: Kitchen, people: People) -> None:
    _process(kitchen, "web-1")
    for sid, who in (
        ("a1", kitchen.ash),
        ("a2", kitchen.ash),
        ("m", kitchen.moss),
        ("r", kitchen.supervisor),
    ):
        _enter(kitchen, who, sid)
    people.block(kitchen.moss, kitchen.ash)
    people.block(kitchen.ash, kitchen.supervisor)
    with kitchen.database.read(JOB) as uow:
        room = kitchen.room.id
        by_ash = gathering.audience(uow, room, kitchen.ash.require_account())
        to_ash = gathering.audience(uow, room, kitchen.wren.require_account(), kitchen.ash.require_account())
    moss, rowan = kitchen.moss.require_account(), kitchen.supervisor.require_account()
    assert (by_ash.deaf, by_ash.apart) == ({moss}, {moss, rowan})
    assert {account: set(sids) for account, sids in by_ash.sids.items()} == {
        kitchen.ash.require_account(): {"a1", "a2"}, moss: {"m"}, rowan: {"r"},
    }  # fmt: skip
    assert (to_ash.deaf, to_ash.apart, to_ash.unquoted, to_ash.sids) == (set(), set(), {moss}, {moss: ("m",)})


def _lose(kitchen: Kitchen, name: str) -> None:
    """Another process has given this one up."""
    with kitchen.database.write(JOB) as uow:
        uow.session.get_one(WebProcess, name).lost_at = uow.now


def _sweep(kitchen: Kitchen, name: str, most: int = 10) -> tuple[list[int], bool, list[object]]:
    with kitchen.database.write(JOB) as uow:
        rooms, done = presence.sweep_lost_process(uow, name, most=most)
    return rooms, done, list(uow.events)


def test_a_lost_process_takes_its_people_along(kitchen: Kitchen, clock: HeldClock) -> None:
    _process(kitchen, "web-1")
    _enter(kitchen, kitchen.ash, "a")
    clock.move(20)
    _process(kitchen, "web-2")
    _enter(kitchen, kitchen.moss, "b", "web-2")
    assert _sweep(kitchen, "web-1") == ([], True, []), "it was given up by nobody"
    _lose(kitchen, "web-1")
    assert _people(kitchen, kitchen.supervisor) == (["Wren"], [], 1)
    left = RoomLeft(room_id=kitchen.room.id, account_id=kitchen.ash.require_account(), stayed_us=0)
    assert _sweep(kitchen, "web-1") == ([kitchen.room.id], True, [left])
    with kitchen.database.read(JOB) as uow:
        assert uow.session.scalars(select(RoomPresence.sid)).all() == ["b"]
        assert uow.session.scalars(select(ConnectedSocket.sid)).all() == ["b"]


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_is_set_makes_nobody_absent_and_nobody_present(
    kitchen: Kitchen, clock: HeldClock, jump: timedelta
) -> None:
    _process(kitchen, "web-1")
    _process(kitchen, "web-2")
    _enter(kitchen, kitchen.ash, "a")
    _enter(kitchen, kitchen.moss, "b", "web-2")
    _lose(kitchen, "web-2")
    clock.move(jump)
    assert _people(kitchen, kitchen.supervisor) == (["Wren"], [], 1)
    assert _sweep(kitchen, "web-1") == ([], True, [])
    (left,) = _sweep(kitchen, "web-2")[2]
    assert isinstance(left, RoomLeft)
    assert left.stayed_us == 0


def test_many_sockets_of_a_lost_process_are_swept_a_few_at_a_time(kitchen: Kitchen) -> None:
    _process(kitchen, "web-1")
    for sid, who in (("a", kitchen.ash), ("m", kitchen.moss), ("w", kitchen.wren)):
        _enter(kitchen, who, sid)
    _lose(kitchen, "web-1")
    left = []
    for _ in range(2):
        done = _sweep(kitchen, "web-1", most=2)[1]
        with kitchen.database.read(JOB) as uow:
            left.append((done, len(uow.session.scalars(select(ConnectedSocket.sid)).all())))
    assert left == [(False, 1), (True, 0)]
    with kitchen.database.read(JOB) as uow:
        assert uow.session.scalars(select(WebProcess.id)).all() == []
        assert uow.session.scalars(select(RoomPresence.sid)).all() == []


def test_two_sockets_of_one_person_that_leave_at_once_leave_nothing_behind(kitchen: Kitchen) -> None:
    """Each looks at the other's row: they must neither wait for one another for ever nor miss that both are gone."""
    _process(kitchen, "web-1")
    for turn in range(4):
        sids = [f"{turn}-{number}" for number in range(3)]
        for sid in sids:
            _enter(kitchen, kitchen.ash, sid)
        barrier, left, failed = threading.Barrier(3), [], []

        def leave(sid: str, barrier: threading.Barrier = barrier, left: list[object] = left) -> None:
            barrier.wait(10)
            try:
                left.extend(kitchen.events(kitchen.ash, presence.leave_all_rooms, sid))
            except PeerSpaceError as error:
                failed.append(error)  # noqa: B023 -- looked at in the same turn

        threads = [threading.Thread(target=leave, args=(sid,)) for sid in sids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failed == []
        assert [type(one) for one in left] == [RoomLeft]
    with kitchen.database.read(JOB) as uow:
        assert uow.session.scalars(select(RoomPresence.sid)).all() == []
