"""The one source of time. A test can hold it still or move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class HeldClock:
    """A clock that stands still until it is moved; for tests and for invented communities."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at or datetime(2026, 3, 2, 20, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta | float) -> datetime:
        """Move on by `by` (a timedelta, or seconds) and return the new time."""
        self._at += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self._at


def to_us(at: datetime) -> int:
    """Integer microseconds since 1970-01-01 UTC of an aware time, exact (no float on the way)."""
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_us(us: int) -> datetime:
    """The aware UTC time of integer microseconds since 1970-01-01."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
