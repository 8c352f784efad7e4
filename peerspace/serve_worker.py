"""gunicorn's gevent worker, ended at once when there is nothing left to wait for.

As it comes it looks once a second whether it should stop, and again once a second whether it is done.
"""

from __future__ import annotations

import gevent
from gevent.event import Event
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]


class Ended(BaseException):
    """Thrown into the worker's main loop: everything is closed and written."""


class Worker(GeventWorker):  # type: ignore[misc]
    """Knows its main loop, so that `end` can leave it."""

    awaited = False
    """Somebody calls `end` when all is written: until then the process stays, even with every connection closed."""

    def run(self) -> None:
        self.main = gevent.getcurrent()
        self.written = Event()
        try:
            super().run()
            if self.awaited:
                self.written.wait(self.cfg.graceful_timeout)
        except Ended:
            self.log.info("Worker ended (pid:%s)", self.pid)

    def end(self) -> None:
        """Leave the main loop now. Call it from another greenlet, after requests have had their time."""
        self.written.set()
        gevent.kill(self.main, Ended)
