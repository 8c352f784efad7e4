"""gunicorn's gevent worker: it counts unfinished requests, closes what is open when told to stop, and ends at once.

As gunicorn has it, open WebSockets hold up the end until they are cut off, and the worker looks once a second whether
it should stop, and again once a second whether it is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from gevent.event import Event
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from peerspace.serve_intake import Door, is_refused_unread, limit_unread, sent_ahead, take_rest
from peerspace.serve_log import NamelessLog, keep_addresses_out_of_gevent

if TYPE_CHECKING:
    from peerspace.serve_intake import Intake

BELIEVES_NOTHING = {
    "forwarded_allow_ips": "",
    "forwarder_headers": "",
    "header_map": "drop",
    "proxy_protocol": "off",
}
"""gunicorn believes no header that says where a request came from or which path it is for, not even from this machine
(`SCRIPT_NAME`, `PATH_INFO`, `X-Forwarded-Proto`). Whom to believe is decided once, by the setting TRUSTED_PROXIES."""


HEAD_BYTES = 64 * 1024
"""Most bytes of a request's head; browsers and proxies send a few kilobytes."""


class ShortHeaded(Request):  # type: ignore[misc]
    """A request whose head is short, and read with everybody else's turn between its parts.

    gunicorn takes 800 kB and goes over all of it again with each part that comes.
    """

    def parse(self, unreader: Any) -> Any:
        self.max_buffer_headers = HEAD_BYTES
        return super().parse(unreader)

    def read_into(self, unreader: Any, buf: bytearray, stop: bool = False) -> None:
        gevent.sleep(0)
        super().read_into(unreader, buf, stop=stop)


class Ended(BaseException):
    """Thrown into the worker's main loop: everything is closed and written."""


class Worker(GeventWorker):  # type: ignore[misc]
    """Knows its main loop, so that it can leave it."""

    here: ClassVar[Worker | None] = None
    """The worker of this process, while it loads the application and after."""
    ending: Callable[[], None] | None = None
    """Closes and writes everything. Until it returns the process stays, even with every connection closed."""
    intake: Intake
    """What stands before the application; known once that is loaded."""

    def init_process(self) -> None:
        Worker.here = self
        for name, value in BELIEVES_NOTHING.items():
            self.cfg.set(name, value)
        self.log = NamelessLog(self.cfg)
        keep_addresses_out_of_gevent()
        RequestParser.mesg_class = ShortHeaded
        super().init_process()

    def server_class(self, listener: Any, *, spawn: Any, **_: Any) -> Door:
        """What accepts connections at a listening socket, each in a greenlet of the pool `spawn`."""
        return Door(listener, partial(self._come, listener), spawn, self.intake)

    def _come(self, listener: Any, client: Any, addr: Any, wait_s: float) -> None:
        """Answer one connection, once its turn has come."""
        limit_unread(client)
        try:
            self.intake.waits(client, addr)
            if wait_s > 0:
                gevent.sleep(wait_s)
            self.handle(listener, client, addr)
        finally:
            self.intake.unfinished.remove(client)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer one request after everybody else's turn: what is sent without a pause is read without waiting.

        Raises StopIteration to close the connection: its body is not read to the end, or the next request came before
        this one was answered. gunicorn would read on for as long as anything comes, and nothing else would run.
        """
        gevent.sleep(0)
        refused = is_refused_unread(req)
        if refused:
            req.force_close()
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            if refused:
                take_rest(sock)
        if refused or sent_ahead(req):
            raise StopIteration
        self.intake.waits(sock, addr)  # kept open for the next request

    def run(self) -> None:
        self.main = gevent.getcurrent()
        self.written = Event()
        threading.Thread(target=self._end_in_time, name="stop", daemon=True).start()
        try:
            super().run()
            if self.ending is not None:
                self.written.wait(self.cfg.graceful_timeout)
        except Ended:
            self.log.info("Worker ended (pid:%s)", self.pid)

    def _end_in_time(self) -> None:
        """Open WebSockets would hold up the end: close them as soon as the worker is told to stop."""
        while self.alive:
            threading.Event().wait(0.1)
        try:
            if self.ending is not None:
                self.ending()
        finally:
            self.written.set()
            gevent.kill(self.main, Ended)
