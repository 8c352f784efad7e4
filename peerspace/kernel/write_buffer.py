"""Write buffers: small writes are kept in memory and written in batches, so that reading a page never writes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import structlog

from peerspace.kernel.errors import Unavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)

HARD_LIMIT_FACTOR = 20
"""A buffer whose writes fail keeps this many times its limit, then lets the oldest go."""


class Flushes(Protocol):
    """Anything that keeps something to be written."""

    def flush(self) -> int: ...


class WriteBuffer(Generic[T]):
    """A thread-safe buffer that hands up to `limit` things at a time to `write`.

    What `write` could not write (the database was away) goes back to the front and is tried with the next flush.
    """

    def __init__(self, write: Callable[[list[T]], None], limit: int = 500) -> None:
        self._write = write
        self._limit = limit
        self._kept: deque[T] = deque(maxlen=limit * HARD_LIMIT_FACTOR)
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self.full: Callable[[], None] = lambda: None
        """Called when `limit` is reached; the background loop sets it to wake up."""

    def add(self, thing: T) -> None:
        """Keep `thing` until the next flush. Never writes, never waits for the database."""
        with self._lock:
            self._kept.append(thing)
            reached = len(self._kept) == self._limit
        if reached:
            self.full()

    def __len__(self) -> int:
        return len(self._kept)

    def flush(self) -> int:
        """Write everything kept so far and return how many things that were. Call it outside any unit of work.

        Raises what `write` raises; then nothing of that batch is lost.
        """
        written = 0
        with self._flushing:
            while batch := self._take():
                try:
                    self._write(batch)
                except BaseException:
                    with self._lock:
                        room = (self._kept.maxlen or 0) - len(self._kept)
                        self._kept.extendleft(reversed(batch[max(0, len(batch) - room) :]))
                    raise
                written += len(batch)
        return written

    def _take(self) -> list[T]:
        with self._lock:
            return [self._kept.popleft() for _ in range(min(self._limit, len(self._kept)))]


class WriteBufferLoop:
    """Flushes several buffers every `every_s` seconds in a background thread (a greenlet under gevent)."""

    def __init__(self, every_s: float = 2.0) -> None:
        self._every_s = every_s
        self._buffers: list[Flushes] = []
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def add(self, buffer: WriteBuffer[T]) -> WriteBuffer[T]:
        """Take care of `buffer` too; returns it."""
        buffer.full = self._wake.set
        self._buffers.append(buffer)
        return buffer

    def flush(self) -> int:
        """Flush every buffer now and return how many things were written. One that fails is logged, tried later."""
        written = 0
        for buffer in self._buffers:
            try:
                written += buffer.flush()
            except Unavailable as error:
                log.warning("buffered_writes_wait", reason=error.values.get("reason", ""))
            except Exception:
                # The loop must outlive one buffer's defect: the others hold members' sessions.
                log.exception("buffered_writes_failed")
        return written

    def start(self) -> None:
        """Start the background flushing once; a second call does nothing."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="write-buffer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop the background flushing and write what is left."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.flush()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._every_s)
            self._wake.clear()
            self.flush()
