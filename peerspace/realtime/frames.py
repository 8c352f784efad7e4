"""WebSocket frames: reading one connection never holds up another, and a message for a whole room is framed once.

What differs from engineio's own use of simple-websocket:

- a connection is read when its next frame is asked for and not before, so that what waits stays in the kernel's buffer,
  and everybody else has a turn before each frame;
- every frame is counted from the first byte on, control frames and fragments too, and a connection that sends too much
  is closed;
- a large frame is refused while it arrives, and no compression is agreed on (each connection would hold its own
  dictionary and compress the same words anew);
- a frame is sent whole, where a single `send` to a slow client can stop in the middle of one, and a client that takes
  nothing for a while is dropped;
- a client is late with its answer to a ping only while the server waits for it: what it sent in the meantime cannot be
  read before the server is done with what it asked for earlier.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import gevent
import simple_websocket
from engineio.async_drivers import gevent as driver
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.queue import JoinableQueue
from wsproto.events import CloseConnection, Message, Ping
from wsproto.events import Event as WireEvent
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from peerspace.realtime.limits import FrameMeter

MAX_FRAME = 64 * 1024
"""Most bytes of one frame, or of one polling request. A message has at most 4,000 characters."""
SEND_WITHIN_S = 20.0
"""So long a client may take nothing of a frame that does not fit into its buffer."""
SEND_BUFFER = 256 * 1024
"""Bytes that the kernel keeps for a client that reads slowly."""
CLOSE_WITHIN_S = 2.0
"""So long a client has to answer a closing frame."""
MAX_WAITING = 1000
MAX_WAITING_CHARACTERS = 2_000_000
"""So much may wait for one client; whoever is further behind catches up after connecting anew."""
_OFFER = "HTTP_SEC_WEBSOCKET_EXTENSIONS"
_ENGINE_PACKET = re.compile(r"4\d|[1235]\Z|[23]probe\Z")
"""How a text frame of a client starts: a message, or a control packet as Engine.IO's own client writes it."""
_WHOLE_TEXT = 0x81
_WHOLE_BINARY = 0x82


class _NoThread:
    """simple-websocket starts a thread that reads; here whoever wants the next frame reads."""

    name = ""

    def __init__(self, target: object) -> None:
        pass

    def start(self) -> None:
        pass


class PacedConnection(simple_websocket.Server):
    """One WebSocket, read on demand and sent to within a time limit. `meter`: None for one that is not limited."""

    def __init__(self, environ: dict[str, Any], meter: FrameMeter | None) -> None:
        self._meter = meter
        self._sending = BoundedSemaphore(1)
        self.connected = False
        self.close_reason: int = CloseReason.NO_STATUS_RCVD
        self.close_message: str | None = None
        self._fragments: list[Any] = []
        self._length = 0
        self._waits_since: float | None = None
        super().__init__(environ, max_message_size=MAX_FRAME, thread_class=_NoThread, event_class=Event)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def receive(self, timeout: float | None = None) -> str | bytes:
        """The next message, after everybody else's turn. `timeout` is not used.

        Raises ConnectionClosed at the end, and when the client sent too much.
        """
        while True:
            gevent.sleep(0)
            if not self.connected:
                raise simple_websocket.ConnectionClosed(self.close_reason, self.close_message)
            event = self._next_event()
            if event is not None and self._may_come(event):
                message = self._handle(event)
                if message is not None:
                    return message

    def quiet_s(self) -> float:
        """Seconds that the server has waited for bytes of this client; 0 while it works on what that asked for."""
        return 0.0 if self._waits_since is None else time.monotonic() - self._waits_since

    def send_frame(self, frame: bytes) -> None:
        """Send `frame` whole. Raises OSError when the connection is closed or takes nothing for SEND_WITHIN_S."""
        with self._sending:
            try:
                sent = self.sock.send(
                    frame, 0, 0.0
                )  # nearly always all of it, and cheaper than asking for all
            except BlockingIOError:
                sent = 0
            if sent < len(frame):
                self._send_rest(frame[sent:])

    def close(self, reason: int | None = None, message: str | None = None) -> None:
        """Send a closing frame and wait for the client's only for CLOSE_WITHIN_S."""
        if not self.connected:
            raise simple_websocket.ConnectionClosed(self.close_reason, self.close_message)
        self.connected = False
        gevent.spawn_later(CLOSE_WITHIN_S, self.cut)
        frame = self.ws.send(CloseConnection(reason or CloseReason.NORMAL_CLOSURE, message))
        with contextlib.suppress(OSError):  # gone already
            self.sock.send(frame, 0, 0.0)

    def _next_event(self) -> WireEvent | None:
        """What the bytes at hand hold next; None after reading more of them."""
        event: WireEvent | None = next(self.ws.events(), None)
        if event is None:
            self._waits_since = time.monotonic()
            try:
                received = self.sock.recv(self.receive_bytes)
                self.ws.receive_data(received or None)
            except (OSError, LocalProtocolError):
                received = b""
            finally:
                self._waits_since = None
            if not received:
                self.connected = False
        return event

    def _may_come(self, event: WireEvent) -> bool:
        """Count a frame, or a part of one; closes the connection when it was too much."""
        if self._meter is None or isinstance(event, CloseConnection):
            return True
        size = len(event.data) if isinstance(event, Message) else len(getattr(event, "payload", b""))
        whole = event.frame_finished if isinstance(event, Message) else True
        if self._meter.passes(size, frames=1 if whole else 0):
            return True
        self.close(CloseReason.POLICY_VIOLATION, "too much at once")
        return False

    def _handle(self, event: WireEvent) -> str | bytes | None:
        """Answer a control frame; returns a message once its last fragment is there."""
        if isinstance(event, Message):
            return self._join(event)
        if isinstance(event, CloseConnection):
            self.connected = False
            self.close_reason, self.close_message = event.code, event.reason
        if isinstance(event, CloseConnection | Ping):
            with contextlib.suppress(OSError, LocalProtocolError):  # what a client does not take is left out
                self.send_frame(self.ws.send(event.response()))
        return None

    def _join(self, part: Message) -> str | bytes | None:
        self._fragments.append(part.data)
        self._length += len(part.data)
        if self._length > MAX_FRAME:
            self.close(CloseReason.MESSAGE_TOO_BIG, "too big")
        elif part.message_finished:
            fragments, self._fragments, self._length = self._fragments, [], 0
            return (b"" if isinstance(part.data, bytes) else "").join(fragments)
        return None

    def _send_rest(self, rest: bytes) -> None:
        try:
            with gevent.Timeout(SEND_WITHIN_S, OSError("a client that takes nothing")):
                self.sock.sendall(rest)
        except OSError:
            self.cut()
            raise

    def cut(self) -> None:
        """End the connection in both directions, whatever the client does; whoever reads or sends notices."""
        self.connected = False
        with contextlib.suppress(OSError):  # closed already
            self.sock.shutdown(socket.SHUT_RDWR)


class RoomWebSocket(driver.WebSocketWSGI):
    """The WebSocket of one client, as engineio drives it. `new_meter` makes what counts its frames, or None."""

    def __init__(self, handler: Any, server: Any, *, new_meter: Callable[[], FrameMeter | None]) -> None:
        super().__init__(handler, server)
        self._new_meter = new_meter

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        plain = {name: value for name, value in environ.items() if name != _OFFER}
        self.ws = PacedConnection(plain, self._new_meter())
        driven_by = self.app.__self__  # the Engine.IO socket whose handler this is
        driven_by.queue.on_overflow = self.ws.cut
        driven_by.connection = self.ws
        driven_by.check_ping_timeout = partial(_is_answering, driven_by)
        self._driven_by = driven_by
        self.app(self)
        raise StopIteration  # gunicorn: the connection is used up

    def wait(self) -> Any:
        """The next packet; what is none ends the connection, without a trace in the log for each.

        Nothing is read any more once the server has closed it.
        """
        packet = super().wait()
        if self._driven_by.closed or (isinstance(packet, str) and not is_packet(packet)):
            return None
        return packet

    def send(self, message: str | bytes) -> None:
        """Send a frame whole. Raises OSError when the connection is closed or its client takes nothing."""
        if not self.ws.connected:
            raise OSError("the connection is closed")
        self.ws.send_frame(text_frame(message) if isinstance(message, str) else _binary_frame(message))


def _is_answering(driven_by: Any) -> bool:
    """Engine.IO's own check for a ping that stays without answer, but for a client that the server does not listen to.

    Raises SocketIsClosedError as that does.
    """
    if not driven_by.closed and driven_by.connection.quiet_s() <= driven_by.server.ping_timeout:
        return True
    answers: bool = type(driven_by).check_ping_timeout(driven_by)
    return answers


def is_worked_on(driven_by: Any) -> bool:
    """Whether the server works on what this client (an Engine.IO socket) sent, and so does not listen to it now."""
    connection: PacedConnection | None = getattr(driven_by, "connection", None)
    return connection is not None and connection.quiet_s() == 0.0


class OutgoingQueue(JoinableQueue):
    """What waits for one client, bounded: what is too much ends the connection instead of filling the memory.

    Waited for without a time limit, because setting up a limit cost more than the waiting. Nobody waits for ever: the
    server pings every connection, and closing one puts an end mark here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.overflowed = False
        self.on_overflow: Callable[[], None] | None = None
        self._characters = 0

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add a packet, or the end mark None. Past the bound everything goes, and nothing but the end is left."""
        if self.overflowed:
            return
        self._characters += _size(item)
        waiting = self.qsize()
        if waiting and (waiting >= MAX_WAITING or self._characters > MAX_WAITING_CHARACTERS):
            self.overflowed = True
            while self.qsize():
                super().get(block=False)
                self.task_done()
            item = None
            if self.on_overflow is not None:
                self.on_overflow()
        super().put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        item = super().get(block, None)
        self._characters -= _size(item)
        return item


def _size(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0


def is_packet(text: str) -> bool:
    """True for what a client of Engine.IO may send: a Socket.IO packet, or a control packet without anything behind."""
    return _ENGINE_PACKET.match(text) is not None


@lru_cache(maxsize=64)
def text_frame(text: str) -> bytes:
    """`text` as one unmasked WebSocket text frame (RFC 6455, section 5.2)."""
    return _frame(_WHOLE_TEXT, text.encode())


def _binary_frame(payload: bytes) -> bytes:
    return _frame(_WHOLE_BINARY, payload)


def _frame(kind: int, payload: bytes) -> bytes:
    if len(payload) < 126:
        head = struct.pack("!BB", kind, len(payload))
    elif len(payload) < 2**16:
        head = struct.pack("!BBH", kind, 126, len(payload))
    else:
        head = struct.pack("!BBQ", kind, 127, len(payload))
    return head + payload
