"""Where an account stands."""

from __future__ import annotations

from enum import StrEnum


class AccountStatus(StrEnum):
    """Waiting at the door (waiting, asked), in (active), or not in the community. Only active people act in it."""

    WAITING = "waiting"
    ASKED = "asked"
    """A supervisor asked something before letting them in."""
    ACTIVE = "active"
    DECLINED = "declined"
    SUSPENDED = "suspended"
    ENDED = "ended"
    """By a decision."""
    LEFT = "left"
