"""One person's live connection to one room: official protocol, joins again after a loss, keeps what it was given."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import gevent
import socketio
from gevent.event import AsyncResult, Event
from gevent.lock import RLock
from socketio.exceptions import SocketIOError

from bench.visitor import Visitor

ANSWER_S = 60.0
RETRY_S = 0.05
LATER = ("server_error", "too_many")
LATER_S = 1.0
Payload = dict[str, Any]

# A lost connection is no news here: it is made again, and counted.
logging.getLogger("engineio.client").setLevel(logging.CRITICAL)


@dataclass
class Connection:
    """What one connection was given: numbers and ids of messages by broadcast, and by answers to joining."""

    broadcast: list[tuple[int, str]] = field(default_factory=list)
    caught_up: list[tuple[int, str]] = field(default_factory=list)
    joins: int = 0


class RoomSocket:
    """A person in a room. `up` is set while there is a server to connect to."""

    def __init__(self, visitor: Visitor, name: str, room: str, up: Event) -> None:
        self.visitor, self.name, self.room, self.up = visitor, name, room, up
        self.connections: list[Connection] = []
        self.seq = self.rev = 0
        """How far everything is here, without a hole."""
        self.sent_again = self.pulses_behind = self.later = 0
        self.ready = Event()
        self.lost = Event()
        self.state = ""
        self._early: set[int] = set()
        self._closing = False
        self._client: Any = None
        self._joining = RLock()

    def open(self) -> None:
        """Connect and join; when the connection is lost later, do so again by itself."""
        while not self._closing:
            self.up.wait()
            self.lost.clear()
            client = socketio.Client(reconnection=False, handle_sigint=False)
            client.on("message:new", self._new)
            client.on("message:changed", self._changed)
            client.on("room:pulse", self._pulse)
            client.on("disconnect", lambda *_, gone=client: self._gone(gone))
            self._client = client
            self.connections.append(Connection())
            try:
                client.connect(
                    self.visitor.base,
                    headers={"Cookie": self.visitor.cookie_header()},
                    auth={"csrf": self.visitor.csrf, "v": 1},
                    transports=["websocket"],
                    wait_timeout=30,
                )
                self.join()
            except (SocketIOError, ConnectionError):
                if self.connections[-1] == Connection():
                    self.connections.pop()
                gevent.sleep(RETRY_S)
                continue
            self.ready.set()
            return

    def join(self) -> None:
        """Join, from where this client stands, until there is no gap."""
        with self._joining:
            gap = True
            while gap:
                mine = self.connections[-1]
                wanted: Payload = {"room": self.room}
                if len(self.connections) > 1 or mine.joins:
                    wanted |= {"last_seq": self.seq, "last_rev": self.rev}
                answer = self._ask("room:join", wanted)
                mine.joins += 1
                for message in answer["messages"]:
                    if message["seq"] is not None:
                        mine.caught_up.append((message["seq"], message["id"]))
                self._reach(answer["seq"])
                self.rev = max(self.rev, answer["rev"])
                self.state = answer["state"]
                gap = answer["gap"]

    def _ask(self, event: str, payload: Payload) -> Payload:
        """Like `call`, and again a second later where the server says that it cannot just now, as the pages do."""
        while True:
            answer = self.call(event, payload)
            if answer.get("ok"):
                return answer
            code = answer.get("error", {}).get("code")
            assert code in LATER, f"{self.name} got no {event} in {self.room}: {answer}"
            self.later += 1
            gevent.sleep(LATER_S)

    def call(self, event: str, payload: Payload) -> Payload:
        """Send an event and wait for its acknowledgement.

        Raises ConnectionError when the connection is lost before, TimeoutError when nothing comes.
        """
        answered: AsyncResult[Payload] = AsyncResult()
        try:
            self._client.emit(event, payload, callback=answered.set)
        except SocketIOError as error:
            raise ConnectionError(str(error)) from error
        gevent.wait([answered, self.lost], count=1, timeout=ANSWER_S)
        if answered.ready():
            return answered.get() or {}
        if self.lost.is_set():
            raise ConnectionError("lost while waiting for an answer")
        raise TimeoutError(f"no answer to {event} within {ANSWER_S:.0f} s")

    def say(self, client_id: str, body: str, reply_to: str | None = None) -> Payload:
        """Send a message, again under the same client id while no answer came; the acknowledgement."""
        payload: Payload = {"room": self.room, "client_id": client_id, "body": body}
        if reply_to is not None:
            payload["reply_to"] = reply_to
        while True:
            self.ready.wait()
            try:
                return self._ask("message:send", payload)
            except ConnectionError:
                self.sent_again += 1
                gevent.sleep(RETRY_S)

    def close(self) -> None:
        self._closing = True
        if self._client is not None and self._client.connected:
            self._client.disconnect()

    def _new(self, message: Payload) -> None:
        if message["room"] == self.room:
            self.connections[-1].broadcast.append((message["seq"], message["id"]))
            self._early.add(message["seq"])
            self._reach(self.seq)
            self.rev = max(self.rev, message["rev"])

    def _changed(self, message: Payload) -> None:
        if message["room"] == self.room:
            self.rev = max(self.rev, message["rev"])

    def _reach(self, seq: int) -> None:
        self.seq = max(self.seq, seq)
        while self.seq + 1 in self._early:
            self.seq += 1
        self._early = {number for number in self._early if number > self.seq}

    def _pulse(self, pulse: Payload) -> None:
        """The server tells what this client should have; whoever has less joins again."""
        if pulse["room"] == self.room and (pulse["seq"] > self.seq or pulse["rev"] > self.rev):
            self.pulses_behind += 1
            gevent.spawn(self._rejoin)

    def _rejoin(self) -> None:
        try:
            self.join()
        except ConnectionError:
            return  # the loss has started a new connection, which joins

    def _gone(self, client: Any) -> None:
        if client is self._client:
            self.ready.clear()
            self.lost.set()
            if not self._closing and self.connections and self.connections[-1].joins:
                gevent.spawn(self.open)
