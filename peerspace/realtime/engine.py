"""What stands before Engine.IO: a pace for new connections from one network, and the limits of a polling session."""

from __future__ import annotations

import io
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from peerspace.addresses import client_address, network_of
from peerspace.realtime.frames import MAX_FRAME, is_packet
from peerspace.realtime.limits import FrameMeter, Line

MAX_PACKETS = 16
"""Most packets of one polling request; Engine.IO's own limit, which it answers with a traceback."""
SEPARATOR = "\x1e"
NEW_AT_ONCE, NEW_PER_S = 100, 20.0
"""New connections of one network: a clinic of fifty people with two tabs each comes back at once after a restart."""
LONGEST_LINE_S = 10.0
"""Whoever would wait longer for their turn is told to come back."""

Answer = Iterable[bytes]
Handle = Callable[[dict[str, Any], Callable[..., Any]], Answer]


class EngineGuard:
    """Engine.IO's request handler with its limits. `limited`: False counts nothing, but keeps to the protocol."""

    def __init__(self, engine: Any, *, trusted_proxies: int, limited: bool) -> None:
        self._engine = engine
        self._handle: Handle = engine.handle_request
        self._trusted_proxies = trusted_proxies
        self._limited = limited
        self._new = Line(NEW_AT_ONCE, NEW_PER_S, LONGEST_LINE_S)
        self._meters: WeakKeyDictionary[Any, FrameMeter] = WeakKeyDictionary()
        self._polled: WeakSet[Any] = WeakSet()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""))
        if "j" in query:  # JSONP, which no client of ours speaks
            return _refuse(start_response, "400 Bad Request")
        sid = query.get("sid", [""])[0]
        if not sid:
            return self._open(environ, start_response)
        socket = self._engine.sockets.get(sid)
        if socket is not None and socket.closed:
            return _refuse(start_response, "400 Bad Request")  # Engine.IO would answer with a traceback
        if socket is None or socket.upgraded:
            return self._handle(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            return self._post(socket, environ, start_response)
        if environ["REQUEST_METHOD"] == "GET" and "HTTP_UPGRADE" not in environ:
            return self._poll(socket, environ, start_response)
        return self._handle(environ, start_response)

    def _open(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        """A new connection: it waits for its turn among those of its network, and others do not wait for it."""
        if self._limited:
            wait_s = self._new.wait_s(network_of(client_address(environ, self._trusted_proxies)))
            if wait_s > LONGEST_LINE_S:
                return _refuse(start_response, "429 Too Many Requests", retry_after=int(wait_s))
            if wait_s > 0:
                self._engine.sleep(wait_s)
        return self._handle(environ, start_response)

    def _post(self, socket: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        """Packets of a polling client: so many at a time, and no more than a WebSocket may send."""
        length = environ.get("CONTENT_LENGTH") or "0"
        sent = b"" if int(length) > MAX_FRAME else environ["wsgi.input"].read(int(length))
        packets = sent.decode("utf-8", "replace").split(SEPARATOR)
        meter = self._meters.setdefault(socket, FrameMeter())
        passes = not self._limited or meter.passes(len(sent), frames=len(packets))
        understood = len(packets) <= MAX_PACKETS and all(one[:1] == "b" or is_packet(one) for one in packets)
        if not passes or not understood:
            socket.close(wait=False, abort=True)
            return _refuse(start_response, "400 Bad Request" if passes else "429 Too Many Requests")
        return self._handle({**environ, "wsgi.input": io.BytesIO(sent)}, start_response)

    def _poll(self, socket: Any, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        """A waiting request; a second one beside it ends the session, as Engine.IO's protocol has it."""
        if socket in self._polled:
            socket.close(wait=False, abort=True)
            return _refuse(start_response, "400 Bad Request")
        self._polled.add(socket)
        try:
            return self._handle(environ, start_response)
        finally:
            self._polled.discard(socket)


def _refuse(start_response: Callable[..., Any], status: str, *, retry_after: int = 0) -> Answer:
    """An answer for a machine: Engine.IO's clients read the status and connect anew later."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    if retry_after:
        headers.append(("Retry-After", str(retry_after)))
    start_response(status, headers)
    return [status.encode()]
