"""Why a stream takes nothing: a set of bits on its row, each flipped by whoever it belongs to."""

from __future__ import annotations

from enum import IntFlag, StrEnum


class ClosedBy(IntFlag):
    """What keeps a stream from taking contributions. It is open while no bit is set."""

    NO_DUTY = 1
    """Nobody named is on duty and connected (invariant 2). Set by duty."""
    AWAY = 2
    """Beside NO_DUTY: whoever was on duty lost their connection, and duty comes back with them. Set by duty."""
    CLOSED = 4
    """Closed for now by a supervisor or an administrator."""
    ARCHIVED = 8
    """Ended for good; it can be read."""
    LOCKED = 16
    """A supervisor closed it to answers and edits."""
    WAITING = 32
    """Its opening was never published."""


NOTHING = ClosedBy(0)
"""No reason: the stream is open."""


class StreamState(StrEnum):
    """A stream's state in one word."""

    OPEN = "open"
    PAUSED = "paused"
    """Whoever is on duty lost their connection."""
    READ_ONLY = "read_only"
    """Nobody is on duty."""
    CLOSED = "closed"
    ARCHIVED = "archived"
    LOCKED = "locked"
    WAITING = "waiting"


_FIRST_THAT_HOLDS = (
    (ClosedBy.ARCHIVED, StreamState.ARCHIVED),
    (ClosedBy.CLOSED, StreamState.CLOSED),
    (ClosedBy.LOCKED, StreamState.LOCKED),
    (ClosedBy.WAITING, StreamState.WAITING),
    (ClosedBy.AWAY, StreamState.PAUSED),
    (ClosedBy.NO_DUTY, StreamState.READ_ONLY),
)


def state_from(closed_by: int) -> StreamState:
    """The state in one word; of several reasons the one that lasts longest."""
    return next((state for bit, state in _FIRST_THAT_HOLDS if closed_by & bit), StreamState.OPEN)
