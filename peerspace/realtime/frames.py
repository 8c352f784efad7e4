"""WebSocket frames: none that is too large comes in, and a message for a whole room is framed once.

What differs from engineio's own use of simple-websocket: a large frame is refused while it arrives; no compression is
agreed on (each connection would hold its own dictionary and compress the same words anew); and a frame is sent whole,
where a single `send` to a slow client can stop in the middle of one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engineio.async_drivers import gevent as driver
from gevent.queue import JoinableQueue

MAX_FRAME = 64 * 1024
"""Most bytes of one frame, or of one polling request. A message has at most 4,000 characters."""
_OFFER = "HTTP_SEC_WEBSOCKET_EXTENSIONS"
_ENGINE_PACKETS = tuple("0123456")
_WHOLE_TEXT = 0x81


class RoomWebSocket(driver.WebSocketWSGI):
    """The WebSocket of one client, as engineio drives it."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self.server_args["max_message_size"] = MAX_FRAME

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        plain = {name: value for name, value in environ.items() if name != _OFFER}
        return super().__call__(plain, start_response)

    def wait(self) -> Any:
        """The next frame; what is no Engine.IO packet ends the connection, without a trace in the log for each."""
        frame = super().wait()
        if isinstance(frame, str) and frame[:1] not in _ENGINE_PACKETS:
            return None
        return frame

    def send(self, message: str | bytes) -> None:
        """Send a frame whole. Raises OSError when the connection is closed."""
        if isinstance(message, bytes):
            super().send(message)
            return
        if not self.ws.connected:
            raise OSError("the connection is closed")
        frame = text_frame(message)
        sent = self.ws.sock.send(frame)  # nearly always all of it, and cheaper than asking for all
        if sent < len(frame):
            self.ws.sock.sendall(frame[sent:])


class PatientQueue(JoinableQueue):
    """A socket's outgoing packets, waited for without a time limit: setting up a limit cost more than the waiting.

    Nobody waits for ever: the server pings every connection, and closing one puts an end mark here.
    """

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return super().get(block, None)


@lru_cache(maxsize=64)
def text_frame(text: str) -> bytes:
    """`text` as one unmasked WebSocket text frame (RFC 6455, section 5.2)."""
    payload = text.encode()
    if len(payload) < 126:
        head = struct.pack("!BB", _WHOLE_TEXT, len(payload))
    elif len(payload) < 2**16:
        head = struct.pack("!BBH", _WHOLE_TEXT, 126, len(payload))
    else:
        head = struct.pack("!BBQ", _WHOLE_TEXT, 127, len(payload))
    return head + payload
