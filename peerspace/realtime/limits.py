"""How much may come over sockets: token buckets, in memory, for each connection and for each person of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from peerspace.kernel.errors import TooMany

MAX_SOCKETS = 30
"""Most sockets of one person in one process: a browser with many tabs stays far below."""
TYPING_EVERY_S = 3.0
ROUND_S = 0.001
"""Long enough that the event loop goes round once: it listens to sockets and clocks again. Waiting for nothing is not
(`sleep(0)`, a semaphore that is given on): up to fifty who can go on do so before the loop listens again."""
KEPT_NETWORKS = 1000
"""Above so many networks, those that have rested are forgotten."""


@dataclass(slots=True)
class Bucket:
    """Holds `size` tokens and gains `per_s` a second."""

    size: float
    per_s: float
    left: float = field(init=False)
    at: float = field(default_factory=lambda: time.monotonic())

    def __post_init__(self) -> None:
        self.left = self.size

    def take(self, now: float, tokens: float = 1) -> float:
        """Take `tokens` and return 0, or return the seconds until there are so many."""
        self._refill(now)
        if self.left >= tokens:
            self.left -= tokens
            return 0.0
        return (tokens - self.left) / self.per_s

    def reserve(self, now: float, longest_s: float) -> float:
        """Take one token now or in advance; returns the seconds until it is there.

        Beyond `longest_s` nothing is taken: there is no place left in the line.
        """
        self._refill(now)
        wait_s = max(0.0, (1 - self.left) / self.per_s)
        if wait_s <= longest_s:
            self.left -= 1
        return wait_s

    def is_full(self, now: float) -> bool:
        self._refill(now)
        return self.left >= self.size

    def _refill(self, now: float) -> None:
        self.left = min(self.size, self.left + (now - self.at) * self.per_s)
        self.at = now


class Line:
    """New connections stand in line by network: `size` at once, then `per_s` a second, up to `longest_s` seconds."""

    def __init__(self, size: float, per_s: float, longest_s: float) -> None:
        self._size, self._per_s, self._longest_s = size, per_s, longest_s
        self._buckets: dict[str, Bucket] = {}

    def wait_s(self, network: str) -> float:
        """Seconds until the turn of one more, which has its place then; above `longest_s` it has none."""
        now = time.monotonic()
        if len(self._buckets) > KEPT_NETWORKS:
            self._buckets = {one: each for one, each in self._buckets.items() if not each.is_full(now)}
        bucket = self._buckets.setdefault(network, Bucket(self._size, self._per_s))
        return bucket.reserve(now, self._longest_s)


class FrameMeter:
    """What one connection may send before anybody looks at it: frames, and bytes.

    A page sends a frame for each thing that its reader does and one for each ping. Far more than hands can do passes:
    entering twenty rooms and sending a whole outbox after a reconnect.
    """

    def __init__(self) -> None:
        self._frames = Bucket(200, 40)
        self._bytes = Bucket(1_000_000, 100_000)

    def passes(self, size: int, frames: int = 1) -> bool:
        """Count `frames` frames of `size` bytes together; False when the connection sent too much."""
        now = time.monotonic()
        return self._frames.take(now, frames) == 0 and self._bytes.take(now, size) == 0


class Allowance:
    """One person's buckets: everything they send, and apart what puts words or work before others."""

    def __init__(self) -> None:
        self._all = Bucket(60, 15)
        self._writing = Bucket(10, 1)
        self._typing: dict[int, float] = {}
        self._working = threading.Lock()
        self._events = 0

    @contextmanager
    def turn(self) -> Iterator[Callable[[], bool]]:
        """Held while an event of this person is worked on, however many sockets they have.

        Gives what tells whether more of their events wait.
        """
        self._events += 1
        try:
            with self._working:
                yield lambda: self._events > 1
        finally:
            self._events -= 1

    def spend(self, *, writes: bool, weight: float = 1) -> None:
        """Raise TooMany (`retry_after` seconds) when there is too much at once. `weight`: what much work counts."""
        now = time.monotonic()
        wait = self._all.take(now, weight) or (self._writing.take(now) if writes else 0.0)
        if wait > 0:
            raise TooMany("too_many", retry_after=max(1, int(wait + 0.999)))

    @property
    def rested(self) -> bool:
        """True when nothing that was done lately counts any more."""
        now = time.monotonic()
        return self._all.is_full(now) and self._writing.is_full(now)

    def may_type(self, room_id: int) -> bool:
        """True when others may hear again that this person is typing: at most once in three seconds."""
        now = time.monotonic()
        if now - self._typing.get(room_id, -TYPING_EVERY_S) < TYPING_EVERY_S:
            return False
        self._typing[room_id] = now
        return True
