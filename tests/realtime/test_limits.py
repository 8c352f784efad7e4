"""How much one person may do over sockets, and what is told without being asked."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.errors import TooMany
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.realtime import limits
from peerspace.realtime.broadcaster import Broadcaster
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.handlers import MAX_ROOMS
from peerspace.realtime.limits import Allowance, Bucket
from tests import saying
from tests.people import People
from tests.realtime.conftest import Scene, make_scene
from tests.realtime.server import Server

JOB = installation(Origin.JOB)


def test_a_bucket_holds_so_many_and_refills() -> None:
    bucket = Bucket(3, 0.5)
    start = bucket.at
    assert [bucket.take(start) for _ in range(4)] == [0, 0, 0, 2.0]
    assert bucket.take(start + 2) == 0
    assert bucket.take(start + 1000) == 0
    assert [bucket.take(start + 1000) for _ in range(3)] == [0, 0, 2.0], "never more than it holds"


def test_an_allowance_is_tighter_for_words_than_for_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.repeat(100.0)
    monkeypatch.setattr(limits.time, "monotonic", lambda: next(now))
    allowance = Allowance()
    for _ in range(10):
        allowance.spend(writes=True)
    with pytest.raises(TooMany) as refused:
        allowance.spend(writes=True)
    assert refused.value.values["retry_after"] == 1
    allowance.spend(writes=False)
    assert [allowance.may_type(1), allowance.may_type(1), allowance.may_type(2)] == [True, False, True]


def test_too_much_at_once_is_refused_and_told_when_to_go_on(tmp_path: Path) -> None:
    with Server(f"sqlite:///{tmp_path / 'live.db'}", tmp_path / "var", RATE_LIMITS="on") as server:
        scene = make_scene(server)
        flood, calm = scene.enter(), scene.enter()
        answers = [flood.send(scene.slug, f"line {number}") for number in range(15)]
        refused = [answer["error"] for answer in answers if not answer["ok"]]
        assert refused
        assert {error["code"] for error in refused} == {"too_many"}
        assert all(error["retry_after"] >= 1 for error in refused)
        assert calm.send(scene.slug, "others go on")["ok"]
        for socket in scene.sockets:
            socket.close()


def test_coming_anew_does_not_fill_an_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    connections = ConnectionRegistry()
    for turn in range(12):
        connections.add(Connection(f"sid-{turn}", 1, "p", 1))
        if turn < 10:
            connections.allowance(1).spend(writes=True)
        else:
            with pytest.raises(TooMany):
                connections.allowance(1).spend(writes=True)
        connections.remove(f"sid-{turn}")
        connections.forget_rested()
    tired = connections.allowance(1)
    now += 60
    connections.forget_rested()
    assert connections.allowance(1) is not tired, "nothing is kept for ever"
    assert len(connections) == 0


def test_a_socket_is_in_so_many_rooms(scene: Scene) -> None:
    socket = scene.enter()
    rooms = [scene.server.people.room(f"{scene.slug}-{number}") for number in range(MAX_ROOMS)]
    for room in rooms[:-1]:
        socket.join(room.slug)
    for asked, code in ((rooms[-1].slug, "bad_request"), (["x"], "not_found"), ({}, "not_found")):
        assert socket.call("room:join", {"room": asked})["error"]["code"] == code
    socket.join(scene.slug)
    socket.call("room:leave", {"room": scene.slug})
    socket.join(rooms[-1].slug)


class _Heard:
    """Stands in for the Socket.IO server and keeps what is emitted."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any, dict[str, Any]]] = []

    def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
        self.told.append((event, args[0], kwargs))


def test_a_pulse_says_what_everybody_should_have(database: Database, people: People) -> None:
    wren = people.add("Wren", Role.PEER_WORKER)
    room = people.room("late-kitchen", kept_by=wren)
    with database.write(wren) as uow:
        saying.send_message(uow, room.slug, "hello", client_id=new_client_id())
    heard = _Heard()
    Broadcaster(database, heard, ConnectionRegistry()).pulse({room.slug: room.id})
    ((event, data, how),) = heard.told
    assert (event, data) == ("room:pulse", {"room": "late-kitchen", "seq": 1, "rev": 1})
    assert how["ignore_queue"] is True, "every process tells its own sockets"


def test_one_message_that_cannot_be_told_does_not_keep_the_next_from_being_told(
    database: Database, people: People
) -> None:
    wren = people.add("Wren", Role.PEER_WORKER)
    room = people.room("late-kitchen", kept_by=wren)
    with database.write(wren) as uow:
        sent = saying.send_message(uow, room.slug, "hello", client_id=new_client_id())

    class Breaks(_Heard):
        def emit(self, event: str, *args: Any, **kwargs: Any) -> None:
            super().emit(event, *args, **kwargs)
            if len(self.told) == 1:
                raise RuntimeError("the first one breaks")

    heard = Breaks()
    broadcaster = Broadcaster(database, heard, ConnectionRegistry())
    broadcaster.message("message:new", room.id, sent.id)
    broadcaster.message("message:new", room.id, sent.id)
    assert [event for event, _, _ in heard.told] == ["message:new", "message:new"]


@pytest.mark.invariant(9)
def test_a_block_holds_even_when_the_rows_of_presence_are_gone(database: Database, people: People) -> None:
    """A process that stood still is swept from the database; its memory still knows who must not hear whom."""
    wren, ash, moss = people.add("Wren", Role.PEER_WORKER), people.add("Ash"), people.add("Moss")
    room = people.room("late-kitchen", kept_by=wren)
    people.block(moss, ash)
    with database.write(ash) as uow:
        sent = saying.send_message(uow, room.slug, "hello", client_id=new_client_id())
    connections, heard = ConnectionRegistry(), _Heard()
    connections.add(
        Connection("moss-1", moss.require_account(), moss.public_id, 1, rooms={room.slug: room.id})
    )
    Broadcaster(database, heard, connections).message("message:new", room.id, sent.id)
    ((_, _, how),) = heard.told
    assert how["skip_sid"] == ["moss-1"]


@pytest.mark.slow
def test_a_pulse_comes_by_itself(scene: Scene) -> None:
    socket = scene.enter()
    assert socket.wait_for("room:pulse") == {"room": scene.slug, "seq": 0, "rev": 0}
