"""Asking for something that may hang, for a page that must not: it is waited for a moment and no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from peerspace.kernel.errors import PeerSpaceError, Unavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")


class _Asked(Generic[T]):
    """One question on its way: what came of it, once `done` is set."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: T | None = None
        self.error: PeerSpaceError | None = None


class Hurry:
    """Asks in threads of their own (under gevent: greenlets), at most `at_once` together, each waited for `patience_s`.

    What takes longer goes on and its answer is dropped; while all of them hang, nobody else is kept waiting longer.
    """

    def __init__(self, *, patience_s: float = 0.5, at_once: int = 8) -> None:
        self._patience_s = patience_s
        self._free = threading.BoundedSemaphore(at_once)

    def ask(self, work: Callable[[], T]) -> T:
        """What `work` returns, or the PeerSpaceError that it raised.

        Raises Unavailable(database_unavailable) when it takes too long or breaks.
        """
        until = time.monotonic() + self._patience_s
        if not self._free.acquire(timeout=self._patience_s):
            raise Unavailable("database_unavailable", reason="slow")
        asked: _Asked[T] = _Asked()
        threading.Thread(target=self._run, args=(work, asked), daemon=True).start()
        if not asked.done.wait(max(0.0, until - time.monotonic())):
            raise Unavailable("database_unavailable", reason="slow")
        if asked.error is not None:
            raise asked.error
        return asked.result  # type: ignore[return-value]

    def _run(self, work: Callable[[], T], asked: _Asked[T]) -> None:
        try:
            asked.result = work()
        except PeerSpaceError as error:
            asked.error = error
        except Exception:
            log.exception("hurried_question_failed")
            asked.error = Unavailable("database_unavailable", reason="broke")
        finally:
            self._free.release()
            asked.done.set()
