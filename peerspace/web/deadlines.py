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


class DeadlinePool:
    """Asks in threads of their own (under gevent: greenlets), at most `at_once` together, each waited for `patience_s`.

    What takes longer goes on and its answer is dropped. After that nobody waits at all for `rest_s`, unless an answer
    comes: one slow look is enough to know.
    """

    def __init__(self, *, patience_s: float = 0.5, rest_s: float = 3.0, at_once: int = 8) -> None:
        self._patience_s = patience_s
        self._rest_s = rest_s
        self._rests_until = float("-inf")
        self._free = threading.BoundedSemaphore(at_once)

    def ask(self, work: Callable[[], T]) -> T:
        """What `work` returns, or the PeerSpaceError that it raised.

        Raises Unavailable(database_unavailable) when it takes too long or breaks.
        """
        begun = time.monotonic()
        if begun < self._rests_until or not self._free.acquire(timeout=self._patience_s):
            raise Unavailable("database_unavailable", reason="slow")
        asked: _Asked[T] = _Asked()
        threading.Thread(target=self._run, args=(work, asked), daemon=True).start()
        if not asked.done.wait(max(0.0, begun + self._patience_s - time.monotonic())):
            self._rests_until = time.monotonic() + self._rest_s
            raise Unavailable("database_unavailable", reason="slow")
        if asked.error is not None:
            raise asked.error
        return asked.result  # type: ignore[return-value]

    def _run(self, work: Callable[[], T], asked: _Asked[T]) -> None:
        try:
            asked.result = work()
            self._rests_until = float("-inf")
        except PeerSpaceError as error:
            asked.error = error
        except Exception:
            log.exception("deadline_question_failed")
            asked.error = Unavailable("database_unavailable", reason="broke")
        finally:
            self._free.release()
            asked.done.set()
