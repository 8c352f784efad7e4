"""Members who go on as always while something else happens: how long their pages and messages take."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Self

from bench.results import quantile
from bench.wire import WireError, WireSocket

PAGE_EVERY_S = 0.1
MESSAGE_EVERY_S = 0.25
"""Over all watchers: each may write once a second for long."""


@dataclass
class Seen:
    """Milliseconds of every page and every message, with the moment at which each was asked for."""

    pages: list[tuple[float, float]] = field(default_factory=list)
    messages: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def within(self, began: float, ended: float) -> tuple[list[float], list[float]]:
        """The milliseconds of the pages and messages that were under way at any time between two moments."""

        def inside(taken: list[tuple[float, float]]) -> list[float]:
            return [ms for at, ms in taken if at < ended and at + ms / 1000 > began]

        return inside(self.pages), inside(self.messages)


@dataclass(frozen=True)
class Member:
    """A signed-in person: the cookies and the token of their pages."""

    cookie: str
    csrf: str


class Watchers:
    """Open one page and send messages to one room, over and over, each in a thread, until stopped."""

    def __init__(self, port: int, members: list[Member], page: str, room: str) -> None:
        self._port = port
        self._members = members
        self._page = page
        self._room = room
        self._stop = threading.Event()
        self.there = threading.Event()
        """Set once everybody is in the room."""
        self.seen = Seen()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._pages, self._messages)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _pages(self) -> None:
        """A fresh connection for every page, as somebody has who comes anew."""
        while not self._stop.wait(PAGE_EVERY_S):
            at = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                connection.request("GET", self._page, headers={"Cookie": self._members[0].cookie})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.seen.failed.append(f"page {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.seen.failed.append(f"page {error!r}")
            finally:
                connection.close()
            self.seen.pages.append((at, 1000 * (time.monotonic() - at)))

    def _messages(self) -> None:
        sockets = [
            WireSocket("127.0.0.1", self._port, cookie=one.cookie, auth={"csrf": one.csrf, "v": 1})
            for one in self._members
        ]
        for socket in sockets:
            socket.call("room:join", {"room": self._room})
        self.there.set()
        turn = 0
        while not self._stop.wait(MESSAGE_EVERY_S):
            socket, turn = sockets[turn % len(sockets)], turn + 1
            at = time.monotonic()
            try:
                asked = {"room": self._room, "client_id": str(uuid.uuid4()), "body": "still here"}
                answer = socket.call("message:send", asked)
                if not answer["ok"]:
                    self.seen.failed.append(f"message {answer['error']['code']}")
            except (OSError, WireError) as error:
                self.seen.failed.append(f"message {error!r}")
            self.seen.messages.append((at, 1000 * (time.monotonic() - at)))
        for socket in sockets:
            socket.close()


def told(values: list[float]) -> str:
    """The 95th percentile and the longest, in milliseconds."""
    return f"{quantile(values, 0.95):,.0f} / {max(values):,.0f}" if values else "none"
