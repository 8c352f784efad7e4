"""A thousand sockets that come back at once after a crash: every one ends with the same complete list."""

from __future__ import annotations

import json
import selectors
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from bench.installation import resident_mib
from bench.room_socket import LATER, LATER_S
from bench.wire import WireError, WireSocket
from tests.realtime.conftest import make_scene
from tests.realtime.server import Person, Server, wait_until

PEOPLE, SOCKETS_EACH = 50, 20
BEFORE, AFTER = 30, 20
"""Messages said before the crash and while everybody comes back; together they fit into one catching up."""


class Client:
    """One socket of a reader, on an address that a few readers share; it knows what it heard by number."""

    def __init__(self, server: Server, person: Person, number: int, room: str) -> None:
        self._server, self._person, self._room = server, person, room
        self._source = f"127.1.0.{number % PEOPLE + 1}"
        self.heard: dict[int, str] = {}
        self.rev = 0
        self.joined = False
        self.put_off = 0

    def connect(self) -> None:
        """Connect, and ask for what came since; the answer is read with everything else."""
        self.joined = False
        self.socket = wait_until(self._try, "a connection", 240)
        self._join()

    def _join(self) -> None:
        asked: dict[str, Any] = {"room": self._room}
        if self.heard:
            asked |= {"last_seq": max(self.heard), "last_rev": self.rev}
        self.socket.emit("room:join", asked)

    def _try(self) -> WireSocket | None:
        """A connection, or None when the server closes it first: it is tried again, as a page does."""
        try:
            return _connection(self._server, self._person, self._source)
        except (OSError, WireError):
            return None

    def hear(self, frame: bytes) -> None:
        kind, _, rest = frame.partition(b"[")
        if kind.startswith(b"43"):
            (answer,) = json.loads(b"[" + rest)
            if not answer["ok"]:  # it cannot just now: asked again a moment later, as a page does
                assert answer["error"]["code"] in LATER, answer
                self.put_off += 1
                threading.Timer(LATER_S, self._join).start()
                return
            assert not answer["gap"]
            self.joined = True
            self.rev = max(self.rev, answer["rev"])
            for message in answer["messages"]:
                self._keep(message)
        elif kind == b"42":
            event, data = json.loads(b"[" + rest)
            if event == "message:new":
                self.rev = max(self.rev, data["rev"])
                self._keep(data)

    def _keep(self, message: dict[str, Any]) -> None:
        assert self.heard.setdefault(message["seq"], message["id"]) == message["id"], (
            "one number, two messages"
        )


@pytest.mark.slow
@pytest.mark.invariant(11)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_thousand_sockets_come_back_after_a_crash_with_the_same_list(
    kind: str, new_database: Callable[[str], str], tmp_path: Path
) -> None:
    with Server(new_database(kind), tmp_path / "var", RATE_LIMITS="on") as server:
        scene = make_scene(server)
        # The host among them: without a connection their duty would pause before everybody is back.
        readers = [scene.wren, *(scene.person() for _ in range(PEOPLE - 1))]
        clients = [
            Client(server, readers[number % PEOPLE], number, scene.slug)
            for number in range(PEOPLE * SOCKETS_EACH)
        ]
        writers = [scene.person() for _ in range(5)]
        with Reading() as reading:
            _all_connect(clients, reading)
            said = [
                _say(server, writers[number % 5], scene.slug, f"before {number}") for number in range(BEFORE)
            ]
            reading.wait_for(lambda: all(len(client.heard) == BEFORE for client in clients), "the first part")
        server.kill()
        for client in clients:
            client.socket.close()
        server.start()
        began = time.monotonic()
        talking = threading.Thread(
            target=lambda: said.extend(
                _say(server, writers[number % 5], scene.slug, f"after {number}") for number in range(AFTER)
            )
        )
        talking.start()
        with Reading() as reading:
            _all_connect(clients, reading)
            talking.join(280)
            reading.wait_for(
                lambda: all(len(client.heard) == BEFORE + AFTER for client in clients), "all of it"
            )
        took = time.monotonic() - began
        assert server.process is not None
        memory = resident_mib(server.process.pid)
        put_off = sum(client.put_off for client in clients)
        twice = f"{reading.came_back} twice, {put_off} put off"
        found = f"{len(clients)} sockets back in {took:.1f} s on {kind} ({twice}), {memory:.0f} MiB"
        print(found)  # noqa: T201 -- a figure to read
        wanted = dict(enumerate(said, 1))
        assert all(client.heard == wanted for client in clients)
        for client in clients:
            client.socket.close()


def _say(server: Server, writer: Person, room: str, body: str) -> str:
    """Say something from a connection of its own, again under the same id while it gets no answer; its public id."""
    asked = {"room": room, "client_id": str(uuid.uuid4()), "body": body}

    def answered() -> Any:
        try:
            socket = _connection(server, writer, "127.2.0.1")
        except (OSError, WireError):
            return None
        try:
            return socket.call("message:send", asked)
        except (OSError, WireError):
            return None
        finally:
            socket.close()

    answer = wait_until(answered, "an answer", 240)
    assert answer["ok"], answer
    public_id: str = answer["id"]
    return public_id


def _connection(server: Server, person: Person, source: str) -> WireSocket:
    auth = {"csrf": person.csrf, "v": 1}
    return WireSocket("127.0.0.1", server.port, cookie=person.cookie, auth=auth, source=source)


def _fill(socket: WireSocket) -> bool:
    """Read what is there; False when the other side closed, in whatever way."""
    try:
        return socket.fill()
    except OSError:
        return False


class Reading:
    """Reads what comes for every client, in a thread of its own, so that pings are answered while others connect.

    A client that is closed comes back, as a page does.
    """

    def __init__(self) -> None:
        self.came_back = 0
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.failed: list[Exception] = []

    def add(self, client: Client) -> None:
        client.socket.unblock()
        self._selector.register(client.socket, selectors.EVENT_READ, client)

    def _read(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.05):
                client: Client = key.data
                try:
                    alive = _fill(client.socket)
                    for frame in client.socket.frames():
                        client.hear(frame)
                    if not alive:
                        self._selector.unregister(client.socket)
                        client.socket.close()
                        self.came_back += 1
                        threading.Thread(target=self._come_back, args=(client,), daemon=True).start()
                except Exception as error:  # noqa: BLE001 -- raised in the test's own thread
                    self._selector.unregister(client.socket)
                    self.failed.append(error)

    def _come_back(self, client: Client) -> None:
        try:
            client.connect()
            self.add(client)
        except Exception as error:  # noqa: BLE001 -- raised in the test's own thread
            self.failed.append(error)

    def wait_for(self, enough: Callable[[], bool], what: str) -> None:
        wait_until(lambda: self.failed or enough(), what, 240)
        if self.failed:
            raise self.failed[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        self._selector.close()


def _all_connect(clients: list[Client], reading: Reading, at_once: int = 100) -> None:
    """Everybody at once, a hundred by the clock of this side."""
    failed: list[Exception] = []

    def some(mine: list[Client]) -> None:
        try:
            for client in mine:
                client.connect()
                reading.add(client)
        except Exception as error:  # noqa: BLE001 -- raised below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=some, args=(clients[at::at_once],)) for at in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    if failed:
        raise failed[0]
