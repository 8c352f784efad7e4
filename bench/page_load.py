"""Asks a server for pages over kept connections, as fast as it answers: `python -m bench.page_load < plan`.

A process of its own, with nothing between it and the sockets, so that a bare page is held up by its server and not by
whoever asks. The plan is one JSON object, see `Plan`; what was found is printed as one.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass, field


@dataclass
class Plan:
    """What to ask: whole requests as text, in turns, from `clients` connections, for `seconds` or `most` requests."""

    port: int
    requests: list[str]
    clients: int
    seconds: float
    most: int = 10**9
    expect: int = 200


@dataclass
class Found:
    """Seconds from the first request to the last answer, milliseconds each took, and answers that were not expected."""

    took: float = 0.0
    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    size: int = 0


class _Client:
    """One connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._got = b""
        self._whole = -1
        self.head = b""

    def ask(self, request: bytes) -> None:
        self.began, self._got, self._whole = time.perf_counter(), b"", -1
        self.socket.sendall(request)

    def read(self) -> bool:
        """Read on; True when the answer is whole."""
        more = self.socket.recv(1 << 18)
        if not more:
            raise ConnectionError("the server closed the connection")
        self._got += more
        if self._whole < 0:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.head = self._got[:end]
            length = self.head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            self._whole = end + 4 + int(length)
        return len(self._got) >= self._whole

    @property
    def size(self) -> int:
        return len(self._got) - len(self.head) - 4


def run(plan: Plan) -> Found:
    """Ask as the plan says."""
    requests = [one.encode("latin-1") for one in plan.requests]
    found, asked, under_way = Found(), 0, 0
    chosen = selectors.DefaultSelector()
    began = time.perf_counter()
    for _ in range(plan.clients):
        client = _Client(plan.port)
        chosen.register(client.socket, selectors.EVENT_READ, client)
        client.ask(requests[asked % len(requests)])
        asked, under_way = asked + 1, under_way + 1
    while under_way:
        for key, _ in chosen.select():
            client = key.data
            if not client.read():
                continue
            now = time.perf_counter()
            found.times.append(1000 * (now - client.began))
            found.size = max(found.size, client.size)
            if client.head.split(b" ", 2)[1] != str(plan.expect).encode():
                found.failed.append(client.head.split(b"\r\n")[0].decode("latin-1"))
            if now - began < plan.seconds and asked < plan.most:
                client.ask(requests[asked % len(requests)])
                asked += 1
            else:
                chosen.unregister(client.socket)
                client.socket.close()
                under_way -= 1
    found.took = time.perf_counter() - began
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(Plan(**json.load(sys.stdin))))))
