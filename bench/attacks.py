"""What one person, one connection or one address can do without a pause, on bare sockets. For the bench and the tests.

Everything here goes to 127.0.0.1 only, is bounded in count and time, and comes from `SOURCE`: another loopback address
than everybody else's, as an attack from one address would.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SOURCE = "127.0.0.9"
TEXT, BINARY, CLOSE, PING, CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0x0
SEPARATOR = "\x1e"


def frame(payload: str | bytes = b"", opcode: int = TEXT, *, final: bool = True) -> bytes:
    """One WebSocket frame of a client; masked with zeros, so that a burst of them is built fast."""
    data = payload.encode() if isinstance(payload, str) else payload
    first = opcode | (0x80 if final else 0)
    if len(data) < 126:
        head = struct.pack("!BB", first, 0x80 | len(data))
    elif len(data) < 2**16:
        head = struct.pack("!BBH", first, 0x80 | 126, len(data))
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, len(data))
    return head + bytes(4) + data


@dataclass(frozen=True)
class Burst:
    """A frame that is sent over and over on one connection. `guest`: it needs no account."""

    name: str
    guest: bool
    one: Callable[[str], bytes]
    """Makes the frame for a room."""


def _event(name: str, **more: Any) -> Callable[[str], bytes]:
    return lambda room: frame("42" + json.dumps([name, {"room": room, **more}]))


BURSTS = (
    Burst("pongs", True, lambda _: frame("3")),
    Burst("pings", True, lambda _: frame("x", PING)),
    Burst("probes", True, lambda _: frame("2probe")),
    Burst("fragments", True, lambda _: frame(b"", CONTINUATION, final=False)),
    Burst("connects", True, lambda _: frame("40{}")),
    Burst("malformed", True, lambda _: frame("42[")),
    Burst("binary", True, lambda _: frame(b"\x00", BINARY)),
    Burst("large", True, lambda _: frame("40/" + "x" * 30_000 + ",")),
    Burst("typing", False, _event("typing")),
    Burst("messages", False, _event("message:send", client_id="no number", body="again")),
    Burst("joins", False, _event("room:join")),
    Burst("unknown events", False, _event("nonsense")),
)


def connect(port: int, source: str = SOURCE, *, receive_buffer: int = 0) -> socket.socket:
    """A TCP connection to the server from `source`."""
    made = socket.socket()
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.settimeout(60)
    made.bind((source, 0))
    made.connect(("127.0.0.1", port))
    return made


def request(
    port: int, method: str, path: str, *, headers: dict[str, str] | None = None, length: int | None = None
) -> bytes:
    """The head of an HTTP request; `length` announces a body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Raw:
    """A WebSocket on a bare socket; a member's when `cookie` and `csrf` are given, else a guest's."""

    def __init__(
        self, port: int, *, cookie: str = "", csrf: str = "", source: str = SOURCE, receive_buffer: int = 0
    ) -> None:
        self.socket = connect(port, source, receive_buffer=receive_buffer)
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **({"Cookie": cookie} if cookie else {}),
        }
        self.socket.sendall(request(port, "GET", "/socket.io/?EIO=4&transport=websocket", headers=headers))
        self.received = b""
        self.read_until(b'"sid"')
        if csrf:
            self.socket.sendall(frame("40" + json.dumps({"csrf": csrf, "v": 1})))
            self.read_until(b'40{"sid"')

    def read_until(self, wanted: bytes) -> None:
        """Read until `wanted` came. Raises ConnectionError when the server closed before."""
        while wanted not in self.received:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError(f"closed before {wanted!r}: {self.received[-200:]!r}")
            self.received += got

    def pour(self, data: bytes) -> bool:
        """Send without a pause; False when the server closed before all of it went."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def is_ended(self, within_s: float = 20.0) -> bool:
        """Read until the server closes the connection; False when it does not in time."""
        self.socket.settimeout(within_s)
        try:
            while got := self.socket.recv(1 << 16):
                self.received = (self.received + got)[-10_000:]
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def pouring(
    raw: Raw, one: bytes, count: int, *, again: Callable[[], Raw] | None = None
) -> Iterator[list[int]]:
    """Send `count` frames in the background, and go on with a new connection whenever the server closes one.

    `again` makes the next connection; without it the first closing is the end. Yields a list whose length says how
    many connections were used.
    """
    used = [1]
    stop = threading.Event()

    def work() -> None:
        current, block = raw, one * 1000
        for _ in range(max(1, count // 1000)):
            if stop.is_set():
                break
            if not current.pour(block):
                current.close()
                if again is None:
                    break
                try:
                    current = again()
                except OSError:
                    break
                used.append(1)
        current.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield used
    finally:
        stop.set()
        thread.join(60)
