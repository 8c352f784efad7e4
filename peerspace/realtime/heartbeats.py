"""Which other web processes live, judged by the monotonic clock of this one.

A process that lives changes its row every few seconds. Whether a row changed needs no agreement between clocks, and
how long it has not is counted by a clock that is never set.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

LOST_AFTER_S = 15.0
"""A web process whose row has not changed for this long is lost."""


class Heartbeats:
    """What one process has seen of the others. `monotonic` returns seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, tuple[datetime, float]] = {}

    def silent(self, rows: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
        """Those of the rows (id, `seen_at`) that have not changed for LOST_AFTER_S, with what stands in them."""
        now = self._monotonic()
        known = self._seen
        self._seen = {}
        for process_id, seen_at in rows:
            before = known.get(process_id)
            changed = before is None or before[0] != seen_at
            self._seen[process_id] = (seen_at, now) if changed or before is None else before
        return {one: seen_at for one, (seen_at, since) in self._seen.items() if now - since >= LOST_AFTER_S}
