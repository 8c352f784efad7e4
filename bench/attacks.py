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
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SOURCE = "127.0.0.9"
TEXT, BINARY, CLOSE, PING, CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0x0
SEPARATOR = "\x1e"
NORMAL_CLOSURE = b"\x88\x02\x03\xe8"


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


FRAGMENTED = (
    frame("3", TEXT, final=False) + frame(b"", CONTINUATION, final=False) * 8 + frame(b"", CONTINUATION)
)
"""One message of a single character in ten frames."""
BURSTS = (
    Burst("pongs", True, lambda _: frame("3")),
    Burst("pings", True, lambda _: frame("x", PING)),
    Burst("probes", True, lambda _: frame("2probe")),
    Burst("fragments", True, lambda _: FRAGMENTED),
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
        deadline = time.monotonic() + within_s
        try:
            while time.monotonic() < deadline:
                self.socket.settimeout(max(0.01, deadline - time.monotonic()))
                got = self.socket.recv(1 << 16)
                if not got:
                    return True
                self.received = (self.received + got)[-10_000:]
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

    @property
    def was_told_goodbye(self) -> bool:
        """True when the server closed it as it closes anybody, and not for what it sent (RFC 6455, 7.4.1)."""
        return self.received.endswith(NORMAL_CLOSURE)

    def close(self) -> None:
        self.socket.close()


@dataclass(frozen=True)
class Target:
    """Where an attack goes: the server, and the attacker's own session, room and thread."""

    port: int
    cookie: str
    csrf: str
    room: str
    page: str

    def guest(self) -> Raw:
        return Raw(self.port)

    def member(self) -> Raw:
        return Raw(self.port, cookie=self.cookie, csrf=self.csrf)


def burst(target: Target, name: str, until: float, *, connections: int = 8, count: int = 100_000) -> int:
    """Several connections pour the same frame and come anew whenever they are closed; how many connections it took."""
    kind = next(one for one in BURSTS if one.name == name)
    block = kind.one(target.room) * (1000 if name != "large" else 100)
    used: list[int] = []

    def pour() -> None:
        sent = 0
        while sent < 50 * count and time.monotonic() < until:
            with contextlib.suppress(OSError):
                raw = target.guest() if kind.guest else target.member()
                used.append(1)
                while time.monotonic() < until and raw.pour(block):
                    sent += 1000
                raw.close()

    _together([pour] * connections)
    return len(used)


def polling(target: Target, until: float) -> int:
    """Polling sessions that send sixteen packets a request; how many requests."""
    body = SEPARATOR.join(["3"] * 16).encode()
    sent: list[int] = []

    def ask(path: str, data: bytes | None = None) -> bytes:
        sent.append(1)
        return answer_of(target.port, "POST" if data else "GET", path, data=data)

    def poll() -> None:
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                opened = ask("/socket.io/?EIO=4&transport=polling")
                sid = opened.partition(b'"sid":"')[2].partition(b'"')[0].decode()
                for _ in range(50):
                    if not sid or time.monotonic() > until:
                        break
                    if b" 200 " not in ask(f"/socket.io/?EIO=4&transport=polling&sid={sid}", body)[:20]:
                        break

    _together([poll] * 16)
    return len(sent)


def slow(target: Target, until: float, *, count: int = 5000, body: bool = True) -> int:
    """Connections that never finish their request: a form with five bytes of its body, or half of its head."""
    head = request(
        target.port,
        "POST",
        "/sign-in",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        length=200_000,
    )
    held: list[socket.socket] = []
    while time.monotonic() < until:
        if len(held) < count:
            with contextlib.suppress(OSError):
                held.append(connect(target.port))
                held[-1].sendall(head + b"name=" if body else head[:40])
        else:
            time.sleep(0.05)
    for one in held:
        one.close()
    return len(held)


def deaf(target: Target, until: float) -> int:
    """Members' sockets that ask for the room over and over and read nothing, and pages that nobody reads."""
    one = frame('421["room:join",{"room":"' + target.room + '"}]') + frame("3")
    used: list[int] = []

    def ask() -> None:
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                raw = Raw(target.port, cookie=target.cookie, csrf=target.csrf, receive_buffer=4096)
                used.append(1)
                while time.monotonic() < until and raw.pour(one):
                    time.sleep(0.02)
                raw.close()

    def pages() -> None:
        head = request(target.port, "GET", target.page, headers={"Cookie": target.cookie})
        held = []
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                held.append(connect(target.port, receive_buffer=4096))
                held[-1].sendall(head)
                used.append(1)
            time.sleep(0.02)
        for one in held:
            one.close()

    _together([ask] * 16 + [pages] * 4)
    return len(used)


def flood(
    target: Target, until: float, *, path: str, member: bool, form: bytes | None = None, workers: int = 28
) -> int:
    """Requests without a pause, so many at a time; how many."""
    sent: list[int] = []

    def ask() -> None:
        while time.monotonic() < until:
            sent.append(1)
            with contextlib.suppress(OSError):
                headers = {"Cookie": target.cookie, "X-CSRFToken": target.csrf} if member else {}
                answer_of(target.port, "POST" if form else "GET", path, headers=headers, data=form)

    _together([ask] * workers)
    return len(sent)


def answer_of(
    port: int, method: str, path: str, *, headers: dict[str, str] | None = None, data: bytes | None = None
) -> bytes:
    """Ask once, on a connection of its own, from `SOURCE`; the whole answer."""
    more = {"Connection": "close", "Origin": f"http://127.0.0.1:{port}", **(headers or {})}
    if data is not None:
        more.setdefault("Content-Type", "application/x-www-form-urlencoded")
    with connect(port) as connection:
        connection.sendall(
            request(port, method, path, headers=more, length=None if data is None else len(data))
            + (data or b"")
        )
        got = b""
        while part := connection.recv(1 << 16):
            got += part
    return got


def _together(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
