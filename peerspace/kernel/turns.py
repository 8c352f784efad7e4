"""Turns, first come, first served.

A plain lock gives its next turn to whoever asks at the right moment: under gevent one greenlet had 2,869 turns while
two others had none. Here each one who waits is handed the turn in the order of arrival.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from peerspace.kernel.errors import TooMany, Unavailable


class Turns:
    """At most `at_once` have a turn, and at most `waiting` wait for one (None: as many as come)."""

    def __init__(self, at_once: int = 1, waiting: int | None = None) -> None:
        self._free = at_once
        self._most = waiting
        self._queue: deque[threading.Event] = deque()
        self._guard = threading.Lock()  # never held while anybody waits
        self._at_once = at_once

    @property
    def idle(self) -> bool:
        """True while nobody has a turn or waits for one."""
        return self._free == self._at_once

    @contextmanager
    def turn(self, within_s: float) -> Iterator[None]:
        """Wait for a turn and have it for the length of the block.

        Raises TooMany (`retry_after` seconds) when too many wait already, Unavailable (`busy`) after `within_s`
        seconds.
        """
        self._take(within_s)
        try:
            yield
        finally:
            with self._guard:
                self._give()

    def _take(self, within_s: float) -> None:
        with self._guard:
            if self._free > 0:  # then nobody waits: a turn that ends is handed on
                self._free -= 1
                return
            if self._most is not None and len(self._queue) >= self._most:
                raise TooMany("too_many", retry_after=2)
            mine = threading.Event()
            self._queue.append(mine)
        came = False
        try:
            came = mine.wait(within_s)
        finally:
            if not came:
                with self._guard:
                    self._leave(mine)
        if not came:
            raise Unavailable("database_unavailable", reason="busy")

    def _leave(self, mine: threading.Event) -> None:
        """Whoever waits no longer leaves the queue; a turn that came in the last moment goes on to the next."""
        if mine.is_set():
            self._give()
        else:
            self._queue.remove(mine)

    def _give(self) -> None:
        if self._queue:
            self._queue.popleft().set()
        else:
            self._free += 1


class FairTurns:
    """One at a time, and between people by turns: who asks for much waits behind their own, not others behind them.

    `each` is the most that one person may have waiting, `most` the most that wait in all.
    """

    def __init__(self, *, each: int, most: int, retry_after: int) -> None:
        self._each, self._most, self._retry_after = each, most, retry_after
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: OrderedDict[Hashable, deque[threading.Event]] = OrderedDict()

    @contextmanager
    def turn(self, who: Hashable) -> Iterator[None]:
        """Wait for a turn of `who` and hold it. Raises TooMany (`retry_after` seconds)."""
        self._wait(who)
        try:
            yield
        finally:
            with self._lock:
                self._pass_on()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(map(len, self._waiting.values()))

    def _wait(self, who: Hashable) -> None:
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            if len(self._waiting.get(who, ())) >= self._each or self.waiting >= self._most:
                raise TooMany("too_many", retry_after=self._retry_after)
            called = threading.Event()
            self._waiting.setdefault(who, deque()).append(called)
        arrived = False
        try:
            called.wait()
            arrived = True
        finally:
            if not arrived:  # whoever waited has been ended meanwhile
                with self._lock:
                    self._give_up(who, called)

    def _give_up(self, who: Hashable, called: threading.Event) -> None:
        if called.is_set():
            self._pass_on()
            return
        mine = self._waiting[who]
        mine.remove(called)
        if not mine:
            del self._waiting[who]

    def _pass_on(self) -> None:
        if not self._waiting:
            self._busy = False
            return
        who, mine = self._waiting.popitem(last=False)
        called = mine.popleft()
        if mine:
            self._waiting[who] = mine  # behind everybody else who waits
        called.set()
