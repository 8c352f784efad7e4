"""Several processes of one installation: rooms shared through Redis, everybody reached through the control table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from socket import create_server

import pytest
from sqlalchemy import delete, func, select

from peerspace.accounts.events import Blocked, SessionsEnded, Unblocked
from peerspace.accounts.models import Account
from peerspace.accounts.sessions import end_all_sessions
from peerspace.chat import presence
from peerspace.chat.models import Message, RoomPresence
from peerspace.control import ACCESS, EVERYTHING, read_event, tell_web_processes
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.models import ConnectedSocket, ControlMessage, WebProcess
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.realtime import attendance, control_messages
from peerspace.realtime.attendance import Attendance
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.event_bridge import EventBridge
from peerspace.realtime.heartbeats import LOST_AFTER_S
from peerspace.realtime.others import TIMEOUT_S
from peerspace.streams import service as life
from peerspace.streams.events import ContributionPublished, StreamStateChanged
from tests.people import People
from tests.realtime.conftest import Scene, make_scene
from tests.realtime.server import Server, wait_until

COMMAND = installation(Origin.COMMAND)


@pytest.fixture(scope="module")
def pair(
    new_postgres: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Scene, Server]]:
    """Two servers on one PostgreSQL database and one Redis, and a scene whose people sign in at the first."""
    folder, url = tmp_path_factory.mktemp("pair"), new_postgres()
    with Server(url, folder, redis_url=redis_url) as first:
        second = Server(url, folder, redis_url=redis_url).start()
        scene = make_scene(first)
        yield scene, second
        for socket in scene.sockets:
            socket.close()
        second.kill()
        second.database.close()


@pytest.mark.postgres
def test_two_processes_share_a_room(pair: tuple[Scene, Server]) -> None:
    scene, second = pair
    here, there = scene.enter(), scene.enter(server=second)
    for sender, other, words in ((here, there, "from the first"), (there, here, "from the second")):
        ack = sender.send(scene.slug, words)
        assert (
            other.wait_for("message:new", lambda data, ack=ack: data["id"] == ack["id"])["seq"] == ack["seq"]
        )
        sender.wait_for("message:new", lambda data, ack=ack: data["id"] == ack["id"])
        other.wait_for("room:people", lambda data: data["reading"] + len(data["here"]) >= 2)
    mine = here.send(scene.slug, "to be edited")
    here.call("message:edit", {"id": mine["id"], "body": "edited"})
    assert there.wait_for("message:changed")["html"] == "<p>edited</p>"
    there.call("message:react", {"id": mine["id"], "phrase": "me_too"})
    assert here.wait_for("message:changed", lambda data: data["reactions"])["reactions"] == {"me_too": 1}
    here.call("typing", {"room": scene.slug})
    there.wait_for("typing")
    for socket in (here, there):
        ids = [data["id"] for data in socket.heard("message:new")]
        assert len(ids) == len(set(ids)) == 3, "everything once, in both processes"


@pytest.mark.postgres
@pytest.mark.invariant(9)
def test_a_block_holds_across_processes(pair: tuple[Scene, Server]) -> None:
    scene, second = pair
    ash, moss = scene.person(), scene.person()
    blocked, blocker, other = scene.enter(ash), scene.enter(moss, server=second), scene.enter(server=second)
    scene.server.people.block(moss.actor, ash.actor)
    said = blocked.send(scene.slug, "from the blocked one")
    blocked.call("typing", {"room": scene.slug})
    other.wait_for("message:new", lambda data: data["id"] == said["id"])
    other.wait_for("typing", lambda data: data["person"]["id"] == ash.id)
    answer = other.send(scene.slug, "an answer", reply_to=said["id"])
    got = blocker.wait_for("message:new", lambda data: data["id"] == answer["id"])
    assert (got["reply_to"], got["reply"]) == (None, None)
    assert said["id"] not in {data["id"] for data in blocker.heard("message:new")}
    assert not blocker.heard("typing")


@pytest.mark.postgres
def test_signing_out_reaches_the_sockets_of_every_process(pair: tuple[Scene, Server]) -> None:
    scene, second = pair
    person = scene.person()
    here, there = scene.enter(person), scene.enter(person, server=second)
    with scene.server.database.write(person.actor) as uow:
        end_all_sessions(uow, person.actor.require_account(), "signed_out")
    assert here.ended.wait(10)
    assert there.ended.wait(10)


@pytest.mark.postgres
@pytest.mark.invariant(2)
def test_a_process_that_dies_takes_only_its_own_people(pair: tuple[Scene, Server]) -> None:
    scene, second = pair
    stays, goes = scene.enter(), scene.enter(server=second)
    second.kill()
    assert goes.ended.wait(15)
    assert stays.send(scene.slug, "still here")["ok"]
    second.start()
    back = scene.enter(server=second)
    ack = back.send(scene.slug, "back again")
    stays.wait_for("message:new", lambda data: data["id"] == ack["id"])


def test_a_redis_that_hangs_holds_up_nobody(new_database: Callable[[str], str], tmp_path: Path) -> None:
    """It takes connections and never says a word: everybody of this process is served all the same."""
    with create_server(("127.0.0.1", 0), backlog=100) as hung:
        redis_url = f"redis://127.0.0.1:{hung.getsockname()[1]}/0"
        with Server(new_database("sqlite"), tmp_path / "var", redis_url=redis_url) as server:
            scene = make_scene(server)
            sender, listener = scene.enter(), scene.enter()
            began = time.monotonic()
            for number in range(10):
                assert sender.send(scene.slug, f"number {number}")["ok"]
            wait_until(lambda: len(listener.heard("message:new")) == 10, "10 messages")
            assert time.monotonic() - began < 10 * TIMEOUT_S, "nobody waited for Redis"
            wait_until(lambda: server.log().count("redis_silent") == 1, "the log to say so, once")
            for one in scene.sockets:
                one.close()


# --- The control table ------------------------------------------------------------------------------------------------


def test_what_a_command_does_is_heard_in_the_rooms(scene: Scene) -> None:
    """A message published, hidden, or a room closed by another process reaches the sockets within a second or so."""
    author, listener = scene.enter(), scene.enter()
    mine = author.send(scene.slug, "to be hidden")["id"]
    supervisor = scene.person(Role.SUPERVISOR)
    with scene.server.database.write(supervisor.actor) as uow:
        row = uow.session.scalars(select(Message).where(Message.public_id == mine)).one()
        life.set_state(uow, row.id, "hidden")
    assert listener.wait_for("message:changed")["state"] == "hidden"
    scene.server.command("room", "close", scene.slug)
    assert listener.wait_for("room:state")["state"] == "closed"


def test_the_command_line_suspends_into_open_sockets(scene: Scene) -> None:
    person = scene.person()
    socket = scene.enter(person)
    with scene.server.database.read(COMMAND) as uow:
        name = uow.session.get_one(Account, person.actor.account_id).pseudonym
    scene.server.command("people", "suspend", name)
    assert socket.ended.wait(10)


def _controls(database: Database) -> int:
    with database.read(COMMAND) as uow:
        return uow.session.scalar(select(func.count()).select_from(ControlMessage)) or 0


def test_events_survive_the_way_through_the_table(database: Database) -> None:
    tell_web_processes(database.listeners, lambda: "command")
    events = [
        SessionsEnded(account_id=3, session_id=None, reason="signed_out"),
        ContributionPublished(
            1,
            2,
            "room",
            author_id=4,
            is_opening=False,
            answers_id=None,
            answers_author_id=None,
            names_it=False,
        ),
        StreamStateChanged(stream_id=2, kind="room", state="closed"),
    ]
    reader = control_messages.ControlMessages(database, "web-1")
    reader.start()
    with database.write(COMMAND) as uow:
        for event in events:
            uow.emit(event)
    assert reader.new() == events
    assert reader.new() == []
    with database.write(COMMAND) as uow:
        uow.session.add(ControlMessage(at=uow.now, process="web-9", kind="FromTheFuture", body={"id": 1}))
        uow.session.add(
            ControlMessage(
                at=uow.now,
                process="web-1",
                kind="StreamStateChanged",
                body={"stream_id": 1, "kind": "room", "state": "open"},
            )
        )
    assert reader.new() == [], "unknown kinds and one's own are left out"


def test_what_one_process_acts_on_is_what_it_tells_the_others() -> None:
    nobody = EventBridge(None, ConnectionRegistry(), None, None, None, ())  # type: ignore[arg-type]
    assert set(nobody.heard) == set(EVERYTHING)


@pytest.mark.invariant(9)
def test_web_processes_tell_one_another_of_a_block(database: Database) -> None:
    """The other process has rooms in which the two are: their lists of people change there too."""
    tell_web_processes(database.listeners, lambda: "web-1", ACCESS)
    reader = control_messages.ControlMessages(database, "web-2")
    reader.start()
    happened = [Blocked(blocker_id=1, blocked_id=2), Unblocked(blocker_id=1, blocked_id=2)]
    for one in happened:
        with database.write(COMMAND) as uow:
            uow.emit(one)
        assert reader.new() == [one]


def test_what_was_undone_is_never_told(database: Database) -> None:
    tell_web_processes(database.listeners, lambda: "command")
    with pytest.raises(ZeroDivisionError), database.write(COMMAND) as uow:
        uow.emit(StreamStateChanged(stream_id=2, kind="room", state="closed"))
        uow.settle()
        raise ZeroDivisionError
    assert _controls(database) == 0


def _row(uow: UnitOfWork, number: int, room_id: int) -> ControlMessage:
    body: dict[str, str | int | None] = {"stream_id": room_id, "kind": "room", "state": "open"}
    return ControlMessage(id=number, at=uow.now, process="x", kind="StreamStateChanged", body=body)


def test_a_row_that_commits_late_is_still_read(database: Database) -> None:
    """Numbers are given out before the commit: a lower one can appear after a higher one was read."""
    with database.write(COMMAND) as uow:
        uow.session.add(_row(uow, 10, 1))
    reader = control_messages.ControlMessages(database, "web-1")
    reader.start()
    with database.write(COMMAND) as uow:
        uow.session.add(_row(uow, 9, 9))
    assert reader.new() == [StreamStateChanged(stream_id=9, kind="room", state="open")]
    assert reader.new() == []


class Ticks:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Process:
    """A web process without sockets of its own: rows of invented connections in a room."""

    def __init__(self, database: Database, ticks: Ticks) -> None:
        self.connections = ConnectionRegistry()
        self.attendance = Attendance(database, self.connections, ticks)
        self.attendance.open()

    def connection(self, person: Actor, sid: str, rooms: dict[str, int]) -> None:
        connection = Connection(sid, person.require_account(), person.public_id, 1)
        self.connections.add(connection)
        self.attendance.add(connection)
        with self.attendance._database.write(COMMAND) as uow:
            for room_id in rooms.values():
                presence.enter_room(uow, room_id, person.require_account(), sid)
        connection.rooms.update(rooms)


def _sids(database: Database) -> tuple[list[str], list[str]]:
    """Sockets in rows, and those of them that are in a room."""
    with database.read(COMMAND) as uow:
        sockets = uow.session.scalars(select(ConnectedSocket.sid).order_by(ConnectedSocket.sid)).all()
        return list(sockets), list(
            uow.session.scalars(select(RoomPresence.sid).order_by(RoomPresence.sid)).all()
        )


def test_a_process_that_was_swept_while_it_stood_still_writes_itself_again(
    database: Database, people: People, clock: HeldClock
) -> None:
    rooms, ticks = {"late-kitchen": people.room("late-kitchen").id}, Ticks()
    mine, other = Process(database, ticks), Process(database, ticks)
    mine.connection(people.add("Ash"), "sid-1", rooms)
    other.attendance.renew()
    for _ in range(2):  # given up, then swept
        ticks.at += 16
        clock.move(16)
        other.attendance.renew()
    assert _sids(database) == ([], [])
    mine.attendance.renew()
    assert _sids(database) == (["sid-1"], ["sid-1"])
    mine.attendance.close()
    with database.read(COMMAND) as uow:
        assert uow.session.scalars(select(WebProcess.id)).all() == [other.attendance.id]


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
def test_processes_that_live_survive_a_clock_that_is_set(
    database: Database, people: People, clock: HeldClock, jump: timedelta
) -> None:
    """Who is given up depends on no clock that is set: the dead one goes after a clock was set back too."""
    rooms, ticks = {"late-kitchen": people.room("late-kitchen").id}, Ticks()
    first, second, dead = (Process(database, ticks) for _ in range(3))
    for number, process in enumerate((first, second, dead)):
        process.connection(people.add(), f"sid-{number}", rooms)
    for turn in range(9):
        if turn == 2:
            clock.move(jump)
        ticks.at += 5
        clock.move(5)
        first.attendance.renew()
        second.attendance.renew()
        assert _sids(database)[0][:2] == ["sid-0", "sid-1"]
    assert _sids(database) == (["sid-0", "sid-1"], ["sid-0", "sid-1"])


def test_a_sweep_spares_its_own_process_however_long_it_takes(
    database: Database, people: People, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every batch takes nearly as long as it takes to be given up."""
    rooms, ticks = {"late-kitchen": people.room("late-kitchen").id}, Ticks()
    mine, dead = Process(database, ticks), Process(database, ticks)
    mine.connection(people.add(), "live", rooms)
    ash = people.add("Ash")
    for number in range(3 * attendance.SWEPT_AT_ONCE + 1):
        dead.connection(ash, f"gone-{number:03}", rooms)
    sweep, silence = presence.sweep_lost_process, []

    def slowly(uow: UnitOfWork, process_id: str, *, most: int) -> tuple[list[int], bool]:
        own = uow.session.get_one(WebProcess, mine.attendance.id, populate_existing=True)
        silence.append((uow.now - own.seen_at).total_seconds())
        found = sweep(uow, process_id, most=most)
        ticks.at += 14
        clock.move(14)
        return found

    monkeypatch.setattr(presence, "sweep_lost_process", slowly)
    for _ in range(3):
        mine.attendance.renew()
        ticks.at += 16
        clock.move(16)
    assert _sids(database) == (["live"], ["live"])
    assert len(silence) == 4
    assert max(silence) < LOST_AFTER_S
    with database.read(COMMAND) as uow:
        assert uow.session.scalars(select(WebProcess.id)).all() == [mine.attendance.id]


def test_a_process_is_renewed_while_people_connect_to_it(
    database: Database, people: People, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who connects between the look at the rows and what is written after it has a row already."""
    mine, ash = Process(database, Ticks()), people.add("ash")
    read = presence.sids_of_process

    def connects_meanwhile(uow: UnitOfWork, process_id: str) -> list[str]:
        found = read(uow, process_id)
        connection = Connection("new", ash.require_account(), ash.public_id, 1)
        row = ConnectedSocket(
            sid="new",
            process_id=process_id,
            account_id=connection.account_id,
            session_id=1,
            connected_at=uow.now,
        )
        uow.session.add(row)
        uow.session.flush()
        uow.session.expunge(row)
        mine.connections.add(connection)
        connection.written = True
        return found

    monkeypatch.setattr(presence, "sids_of_process", connects_meanwhile)
    clock.move(5)
    mine.attendance.renew()
    assert _sids(database) == (["new"], [])
    with database.read(COMMAND) as uow:
        assert uow.session.get_one(WebProcess, mine.attendance.id).seen_at == clock.now()


def test_what_follows_a_quiet_hour_is_heard(database: Database) -> None:
    """Sweeping leaves the newest row: numbers never begin anew below what was read."""
    tell_web_processes(database.listeners, lambda: "command")
    ticks = Ticks()
    mine, reader = (
        Attendance(database, ConnectionRegistry(), ticks),
        control_messages.ControlMessages(database, "web-1"),
    )
    mine.open()
    reader.start()
    for room_id in (1, 2):
        with database.write(COMMAND) as uow:
            uow.emit(StreamStateChanged(stream_id=room_id, kind="room", state="closed"))
    assert len(reader.new()) == 2
    mine.renew()
    ticks.at += 3600
    mine.renew()
    assert _controls(database) == 1
    for room_id in (3, 4, 5):
        with database.write(COMMAND) as uow:
            uow.emit(StreamStateChanged(stream_id=room_id, kind="room", state="open"))
        assert reader.new() == [StreamStateChanged(stream_id=room_id, kind="room", state="open")]


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
def test_control_rows_are_swept_when_they_stood_here_for_long_whatever_the_clock_says(
    database: Database, clock: HeldClock, jump: timedelta
) -> None:
    """A clock that is set forward takes away no row that another process has not read yet."""
    ticks = Ticks()
    mine = Attendance(database, ConnectionRegistry(), ticks)
    mine.open()

    def control() -> None:
        with database.write(COMMAND) as uow:
            uow.session.add(ControlMessage(at=uow.now, process="x", kind="x", body={}))

    control()
    mine.renew()
    ticks.at += 300
    control()
    mine.renew()
    clock.move(jump)
    control()
    mine.renew()
    assert _controls(database) == 3
    ticks.at += 301
    mine.renew()
    assert _controls(database) == 2
    with database.write(COMMAND) as uow:
        uow.session.execute(delete(ControlMessage))
    row = ControlMessage(process="x", kind="Nothing", body={})
    assert read_event(row) is None
