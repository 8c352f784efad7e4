"""What stands before every page: a request that is not whole in time ends, and one address takes its turns.

Pages are made from whole requests: the body is read here, within a time limit and at a least rate, so that a slow one
costs a greenlet and nothing else. Of each network so many requests are answered at a time; the others of it wait, and
everybody else does not wait for them.
"""

from __future__ import annotations

import contextlib
import io
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore
from gevent.server import StreamServer
from werkzeug import Request

from peerspace.addresses import client_address, network_of
from peerspace.kernel import wording
from peerspace.kernel.errors import BadRequest, PeerSpaceError, TooMany
from peerspace.languages import offered, wanted
from peerspace.realtime.limits import ROUND_S, Line
from peerspace.sentences import say
from peerspace.web.security import MAX_FORM_BYTES

BODY_GRACE_S = 10.0
BODY_LEAST_RATE = 2048
"""Bytes a second, after the first BODY_GRACE_S seconds: the slowest mobile network that still opens a page."""
BODY_WITHIN_S = 60.0
NEW_AT_ONCE, NEW_PER_S = 300, 60.0
"""New connections of one network: fifty browsers that open six each at the same moment, and more every second."""
LONGEST_LINE_S = 5.0
ACCEPTED_AT_ONCE, REFUSED_AT_ONCE = 100, 500
"""New connections between two turns of everybody else. To refuse one costs a tenth of what it costs to let it in."""
MAX_UNFINISHED = 512
"""Most connections of one network that have not sent a whole request; the oldest ends for one more."""
AT_ONCE = 4
"""Most requests of one network that are answered at a time; fewer than the database's connections."""
RESTS, LONGEST_REST_S = 3, 0.5
"""Where more of a network wait, a place rests so many times as long as its last request took: the AT_ONCE places
together keep one request going, and a page of somebody else, which waits for the database a dozen times, does not find
four before it each time."""
TURN_WITHIN_S = 20.0
"""So long a request waits for its turn among those of its network."""
UNACKNOWLEDGED_MS = 30_000
"""So long what was sent may stay unacknowledged or unread before the kernel ends the connection."""
STEP = 1024
REST_BYTES, REST_WITHIN_S = 1024 * 1024, 2.0
"""So much of a body that is refused is taken in, and so long, so that its sender gets to read why."""
SOCKETS, ALIVE = "/socket.io", "/healthz"
STATUS = {"body_slow": "408 Request Timeout", "body_length": "411 Length Required"}

Answer = Iterable[bytes]
App = Callable[[dict[str, Any], Callable[..., Any]], Answer]


class Unfinished:
    """Connections whose request is not whole yet, by network, oldest first."""

    def __init__(self, most: int = MAX_UNFINISHED) -> None:
        self._most = most
        self._networks: dict[str, OrderedDict[socket.socket, None]] = {}
        self._network_of: dict[socket.socket, str] = {}

    def __len__(self) -> int:
        return len(self._network_of)

    def add(self, connection: socket.socket, network: str) -> None:
        """Count a connection under `network`; one that is there already keeps its place."""
        known = self._network_of.get(connection)
        if known == network:
            return
        if known is not None:
            self.remove(connection)
        mine = self._networks.setdefault(network, OrderedDict())
        if len(mine) >= self._most:
            self._end(next(iter(mine)))
        self._networks.setdefault(network, mine)[connection] = None
        self._network_of[connection] = network

    def remove(self, connection: socket.socket) -> None:
        """Its request is whole, or it is closed."""
        network = self._network_of.pop(connection, None)
        if network is not None:
            mine = self._networks[network]
            del mine[connection]
            if not mine:
                del self._networks[network]

    def _end(self, oldest: socket.socket) -> None:
        self.remove(oldest)
        with contextlib.suppress(OSError):  # closed already
            oldest.shutdown(socket.SHUT_RDWR)


class NetworkTurns:
    """Lets `at_once` requests of each network be answered at a time; the others of it wait for a free place."""

    def __init__(self, at_once: int = AT_ONCE, within_s: float = TURN_WITHIN_S) -> None:
        self._at_once = at_once
        self._within_s = within_s
        self._networks: dict[str, tuple[BoundedSemaphore, list[int]]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    @contextlib.contextmanager
    def turn(self, network: str) -> Iterator[None]:
        """Hold a turn. Raises TooMany when none came in time."""
        free, using = self._networks.setdefault(network, (BoundedSemaphore(self._at_once), [0]))
        using[0] += 1
        try:
            if not free.acquire(timeout=self._within_s):
                raise TooMany("too_many", retry_after=5)
            began = time.monotonic()
            try:
                yield
            finally:
                took_s = time.monotonic() - began
                gevent.sleep(ROUND_S)  # or all that came from there would go first, one after another
                if using[0] > self._at_once:
                    gevent.spawn_later(min(LONGEST_REST_S, RESTS * took_s), free.release)
                else:
                    free.release()
        finally:
            using[0] -= 1
            if using[0] == 0:
                self._networks.pop(network, None)


class Door(StreamServer):
    """Accepts connections, and closes those that have no place in line before anything is made for them.

    All who come stand in one queue of the kernel: whoever is turned away quickly holds up nobody behind them.
    `handle(connection, address, wait_s)` is called for the others.
    """

    max_accept = ACCEPTED_AT_ONCE

    def __init__(self, listener: Any, handle: Callable[..., None], spawn: Any, intake: Intake) -> None:
        self._intake = intake
        super().__init__(listener, handle=handle, spawn=spawn)

    def do_read(self) -> tuple[Any, ...] | None:  # type: ignore[override]  # as gevent does
        """The next connection that may come; None when none waits, or after many that may not."""
        for _ in range(REFUSED_AT_ONCE):
            came: tuple[Any, Any] | None = super().do_read()
            if came is None:
                return None
            connection, address = came
            wait_s = self._intake.wait_s(address)
            if wait_s is not None:
                return connection, address, wait_s
            connection.close()
        return None


class Intake:
    """WSGI middleware that hands whole requests on. `limited`: False leaves out what counts by network."""

    def __init__(self, app: App, *, trusted_proxies: int, limited: bool, production: bool) -> None:
        self._app = app
        self._trusted_proxies = trusted_proxies
        self._limited = limited
        self._languages = offered(production=production)
        self._turns = NetworkTurns()
        self._new = Line(NEW_AT_ONCE, NEW_PER_S, LONGEST_LINE_S)
        self.unfinished = Unfinished()

    def wait_s(self, address: Any) -> float | None:
        """Seconds until the turn of a new connection among those of its network; None when there is no place left."""
        if not self._counts(address):
            return 0.0
        wait_s = self._new.wait_s(network_of(address[0]))
        return wait_s if wait_s <= LONGEST_LINE_S else None

    def waits(self, connection: socket.socket, address: Any) -> None:
        """A connection waits for its next request."""
        if self._counts(address):
            self.unfinished.add(connection, network_of(address[0]))

    def _counts(self, address: Any) -> bool:
        """Behind a proxy every connection is the proxy's, which is trusted to send whole requests."""
        return self._limited and not self._trusted_proxies and isinstance(address, tuple)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        network = network_of(client_address(environ, self._trusted_proxies))
        path = environ.get("PATH_INFO", "")
        try:
            body = self._whole_body(environ, network)
            whole = {**environ, "wsgi.input": io.BytesIO(body)} if body is not None else environ
            if not self._limited or path == ALIVE or (path.startswith(SOCKETS) and body is None):
                return self._app(whole, start_response)
            with self._turns.turn(network):
                return self._app(whole, start_response)
        except PeerSpaceError as refused:
            return self._refuse(refused, environ, start_response)

    def _whole_body(self, environ: dict[str, Any], network: str) -> bytes | None:
        """The body of a request, or None without one and for one that is too long, which the application refuses.

        Raises BadRequest for one that comes too slowly or ends early, or whose length was not told.
        """
        connection = environ.get("gunicorn.socket")
        length = environ.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in environ:
            raise BadRequest(
                "body_length"
            )  # no browser does it, and a byte a piece costs a thousand times its size
        if length == "0" or int(length) > MAX_FORM_BYTES:
            self._is_whole(connection)
            return None
        try:
            if self._limited and connection is not None:
                self.unfinished.add(connection, network)
            return read_body(environ["wsgi.input"], int(length))
        except BadRequest:
            if connection is not None:
                with contextlib.suppress(OSError):  # nothing more is read from it; the answer still goes
                    connection.shutdown(socket.SHUT_RD)
            raise
        finally:
            self._is_whole(connection)

    def _is_whole(self, connection: socket.socket | None) -> None:
        if connection is not None:
            self.unfinished.remove(connection)

    def _refuse(
        self, refused: PeerSpaceError, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Answer:
        """A sentence in the reader's language, cheaper than a page."""
        request = Request(environ)
        language = wanted(self._languages, request.cookies.get("language"), request.accept_languages)
        with wording.speaking(language):
            told = say(refused).encode()
        status = STATUS.get(refused.key, f"{refused.status} Refused")
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(told))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if "retry_after" in refused.values:
            headers.append(("Retry-After", str(refused.values["retry_after"])))
        start_response(status, headers)
        return [told]


def is_refused_unread(request: Any) -> bool:
    """True for gunicorn's `request` when nobody reads its body: it is too long, or its length was not told."""
    headers = dict(request.headers)
    return "TRANSFER-ENCODING" in headers or int(headers.get("CONTENT-LENGTH") or 0) > MAX_FORM_BYTES


def sent_ahead(request: Any) -> bool:
    """True when more came on a connection before gunicorn's `request` was answered, as no browser does it."""
    return bool(request.unreader.buf.getvalue())


def take_rest(connection: socket.socket) -> None:
    """Take in a little of what still comes, so that the answer before it is not lost when the connection closes."""
    with contextlib.suppress(OSError), gevent.Timeout(REST_WITHIN_S, TimeoutError()):
        connection.shutdown(socket.SHUT_WR)
        for _ in range(REST_BYTES // (16 * STEP)):
            gevent.sleep(0)
            if not connection.recv(16 * STEP):
                return


def read_body(stream: Any, length: int) -> bytes:
    """Read `length` bytes.

    Raises BadRequest: `body_slow` below BODY_LEAST_RATE after BODY_GRACE_S or after BODY_WITHIN_S, `body_cut` when the
    stream ends before.
    """
    began, read = time.monotonic(), bytearray()
    while len(read) < length:
        allowed_s = min(BODY_WITHIN_S, BODY_GRACE_S + len(read) / BODY_LEAST_RATE)
        left_s = began + allowed_s - time.monotonic()
        try:
            with gevent.Timeout(max(0.001, left_s), BadRequest("body_slow")):
                part = stream.read(min(STEP, length - len(read)))
        except OSError as error:
            raise BadRequest("body_cut") from error
        if not part:
            raise BadRequest("body_cut")
        read += part
    return bytes(read)


def limit_unread(connection: socket.socket) -> None:
    """Let the kernel end a connection whose client takes nothing of what was sent for UNACKNOWLEDGED_MS."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
