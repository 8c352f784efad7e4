"""What happens in rooms. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class RoomJoined(DomainEvent):
    """A member's first socket entered a room."""

    room_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class RoomLeft(DomainEvent):
    """A member's last socket left a room after `stayed_us` microseconds."""

    room_id: int
    account_id: int
    stayed_us: int
