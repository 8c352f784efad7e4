"""Socket.IO over bare WebSockets, as thin as it can be: for counting thousands of messages a second on one core.

Engine.IO 4, Socket.IO 5, text frames only. The official clients spend more on a message than the server does; the
replay uses one of them, the rates are measured with this.
"""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

TIMED = re.compile(rb"sent(\d{1,20})z")
"""The moment of sending in a message's words, in nanoseconds of the clock that all processes share."""
CHUNK = 1 << 18


def timed_body(filler: str = "") -> str:
    """Words that carry the moment they are sent."""
    return f"sent{time.monotonic_ns()}z {filler}"


class WireError(Exception):
    """The other side did not do what it should."""


class WireSocket:
    """One connection. Opened blocking, then non-blocking."""

    def __init__(
        self, host: str, port: int, *, cookie: str = "", auth: dict[str, Any] | None = None, source: str = ""
    ) -> None:
        self._socket = socket.create_connection(
            (host, port), timeout=60, source_address=(source, 0) if source else None
        )
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._number = 0
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {host}:{port}",
            f"Origin: http://{host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._read_head()
        self._expect(b"0")
        self.send_text("40" + json.dumps(auth or {}))
        self._expect(b"40")

    def _read_head(self) -> None:
        while b"\r\n\r\n" not in self._buffer:
            got = self._socket.recv(4096)
            if not got:
                raise WireError("closed while upgrading")
            self._buffer += got
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise WireError(f"no upgrade: {head[:200]!r}")
        self._buffer = bytearray(rest)

    def _expect(self, start: bytes) -> bytes:
        """The next packet that starts so; what comes before it is dropped."""
        while True:
            for frame in self.frames():
                if frame.startswith((b"44", b"41")):
                    raise WireError(f"refused: {frame[:300]!r}")
                if frame.startswith(start):
                    return frame
            self.fill()

    def call(self, event: str, payload: dict[str, Any]) -> Any:
        """Emit and wait for the answer, on a blocking connection."""
        number = self.emit(event, payload)
        answer = self._expect(b"43%d[" % number)
        return json.loads(answer[answer.index(b"[") :])[0]

    def emit(self, event: str, payload: dict[str, Any]) -> int:
        """Emit without waiting; the number its answer will carry."""
        self._number += 1
        self.send_text(f"42{self._number}{json.dumps([event, payload])}")
        return self._number

    def send_text(self, text: str) -> None:
        """One masked text frame."""
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + struct.pack("!H", size)
        body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self._socket.sendall(head + mask + body)

    def fill(self) -> bool:
        """Read what is there; False when the other side closed."""
        try:
            got = self._socket.recv(CHUNK)
        except BlockingIOError:
            return True
        self._buffer += got
        if not got and self._socket.getblocking():
            raise WireError("closed")
        return bool(got)

    def frames(self) -> list[bytes]:
        """The whole frames of the buffer, taken out of it; pings are answered."""
        found: list[bytes] = []
        start, size, data = 0, len(self._buffer), self._buffer
        while size - start >= 2:
            length, head = data[start + 1] & 0x7F, 2
            if length == 126:
                if size - start < 4:
                    break
                length, head = int.from_bytes(data[start + 2 : start + 4], "big"), 4
            elif length == 127:
                if size - start < 10:
                    break
                length, head = int.from_bytes(data[start + 2 : start + 10], "big"), 10
            if size - start < head + length:
                break
            frame = bytes(data[start + head : start + head + length])
            start += head + length
            if frame == b"2":
                self.send_text("3")
            else:
                found.append(frame)
        del data[:start]
        return found

    def unblock(self) -> None:
        self._socket.setblocking(False)

    def block(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


class Listeners:
    """Many connections read in one loop; `heard(frame, ns)` is called for every frame."""

    def __init__(self, sockets: list[WireSocket], heard: Callable[[bytes, int], None]) -> None:
        self._selector = selectors.DefaultSelector()
        self._heard = heard
        self.closed = 0
        for one in sockets:
            one.unblock()
            self._selector.register(one, selectors.EVENT_READ, one)

    def turn(self, seconds: float) -> None:
        """Wait at most so long and read whatever came."""
        for key, _ in self._selector.select(seconds):
            one: WireSocket = key.data
            alive = one.fill()
            now = time.monotonic_ns()
            for frame in one.frames():
                self._heard(frame, now)
            if not alive:
                self._selector.unregister(one)
                self.closed += 1
