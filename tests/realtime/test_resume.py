"""Being away, servers that die, and coming back: nothing acknowledged is lost, nothing is doubled, changes are seen."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import socketio
from sqlalchemy import func, select

from peerspace.chat.models import Message
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import ConnectedSocket, WebProcess
from tests.realtime.conftest import Scene, make_scene
from tests.realtime.server import Server, Socket, wait_until

COMMAND = installation(Origin.COMMAND)
BOTH = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])


@pytest.fixture
def own_server(kind: str, new_database: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own: it may be killed."""
    with Server(new_database(kind), tmp_path / "var") as server:
        yield server


@pytest.mark.invariant(11)
def test_whoever_was_away_sees_what_is_new_edited_and_removed(scene: Scene) -> None:
    author, person = scene.enter(), scene.person()
    reader = scene.connect(person)
    reader.join(scene.slug)
    sent = [author.send(scene.slug, f"line {number}") for number in range(4)]
    reader.wait_for("message:new", lambda data: data["seq"] == 4)
    reader.close()
    author.call("message:edit", {"id": sent[1]["id"], "body": "changed while away"})
    author.call("message:remove", {"id": sent[2]["id"]})
    fifth = author.send(scene.slug, "new while away")
    author.call("message:edit", {"id": fifth["id"], "body": "new and changed"})
    got = scene.connect(person).join(scene.slug, last_seq=4, last_rev=4)
    assert [(m["id"], m["state"], m["html"]) for m in got["changed"]] == [
        (sent[1]["id"], "published", "<p>changed while away</p>"), (sent[2]["id"], "removed", ""),
    ]  # fmt: skip
    assert [(m["seq"], m["html"]) for m in got["messages"]] == [(5, "<p>new and changed</p>")]
    assert (got["seq"], got["rev"], got["gap"]) == (5, 8, False)


class _Sender:
    """A client that sends until the server is gone, remembers what was acknowledged, and sends the rest again."""

    def __init__(self, slug: str, count: int) -> None:
        self.slug = slug
        self.wanted = [(str(uuid.uuid4()), f"line {number}") for number in range(count)]
        self.acked: dict[str, dict[str, Any]] = {}

    def send_all(self, socket: Socket) -> None:
        for client_id, body in self.wanted:
            if client_id not in self.acked:
                socket.client.emit(
                    "message:send",
                    {"room": self.slug, "client_id": client_id, "body": body},
                    callback=lambda ack, client_id=client_id: self._take(client_id, ack),
                )

    def _take(self, client_id: str, ack: dict[str, Any]) -> None:
        if ack["ok"]:
            self.acked[client_id] = ack


@BOTH
@pytest.mark.invariant(11)
def test_kill_9_in_the_middle_loses_nothing_acknowledged_and_doubles_nothing(own_server: Server) -> None:
    scene = make_scene(own_server)
    people = [scene.person() for _ in range(3)]
    senders = [_Sender(scene.slug, 60) for _ in people]
    for kills in range(2):
        sockets = [person.connect() for person in people]
        threads = [
            threading.Thread(target=_quietly, args=(sender.send_all, socket))
            for sender, socket in zip(senders, sockets, strict=True)
        ]
        for thread in threads:
            thread.start()
        wanted = 40 * (kills + 1)
        wait_until(lambda wanted=wanted: sum(len(one.acked) for one in senders) >= wanted, "acknowledgements")
        own_server.kill()
        for thread in threads:
            thread.join(20)
        for socket in sockets:
            assert socket.ended.wait(20)
        known = {client_id: ack["id"] for one in senders for client_id, ack in one.acked.items()}
        own_server.start()
        with own_server.database.read(COMMAND) as uow:
            rows = {row.client_id: row.public_id for row in uow.session.scalars(select(Message))}
        assert known.items() <= rows.items(), "an acknowledged message is there after the crash"
    for sender, person in zip(senders, people, strict=True):
        with person.connect() as socket:
            sender.send_all(socket)
            wait_until(lambda sender=sender: len(sender.acked) == 60, "the rest to be acknowledged")
    with own_server.database.read(COMMAND) as uow:
        rows = uow.session.execute(select(Message.client_id, Message.seq, Message.public_id)).all()
        assert uow.session.scalar(select(func.count()).select_from(Message)) == 180
    acked = {client_id: (ack["seq"], ack["id"]) for one in senders for client_id, ack in one.acked.items()}
    assert {row.client_id: (row.seq, row.public_id) for row in rows} == acked
    assert sorted(row.seq for row in rows) == list(range(1, 181)), "no number is missing and none given twice"


def _quietly(send: Callable[[Socket], None], socket: Socket) -> None:
    """The server is killed while this sends: what the client library then raises is what is tested for, not news."""
    with contextlib.suppress(socketio.exceptions.SocketIOError, OSError):
        send(socket)


@BOTH
def test_a_stop_is_quick_with_sockets_open_and_leaves_nobody_behind(own_server: Server) -> None:
    scene = make_scene(own_server)
    sockets = [scene.enter() for _ in range(5)]
    took = own_server.stop()
    for socket in sockets:
        assert socket.ended.wait(5)
    assert took < 5, "it would take 10 s if a socket were waited for"
    with own_server.database.read(COMMAND) as uow:
        assert uow.session.scalars(select(ConnectedSocket.sid)).all() == []
        assert uow.session.scalars(select(WebProcess.id)).all() == []
    own_server.start()
    assert scene.enter().send(scene.slug, "after the restart")["ok"]
