"""All rooms as an administrator sees them, and as guests are told of them: names and numbers, nothing that was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.accounts.queries import people_cards
from peerspace.chat.gathering import rooms_now
from peerspace.chat.models import Room
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class RoomLine:
    """One room. `state`: open, read_only, paused, closed or archived."""

    slug: str
    name: str
    description: str
    state: str


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """An open room, and how many people are in it."""

    name: str
    people: int


@dataclass(frozen=True, slots=True)
class OpenNow:
    """What guests are told: how many people are on duty, until when, and which rooms are open."""

    on_duty: int
    all_peer_workers: bool
    until: datetime | None
    rooms: tuple[OpenRoom, ...]


def all_rooms(uow: UnitOfWork) -> list[RoomLine]:
    """Every room in its order, archived ones too."""
    rows = uow.session.scalars(select(Room).order_by(Room.position, Room.id))
    return [RoomLine(row.slug, row.name, row.description, row.state_word) for row in rows]


def open_now(uow: UnitOfWork) -> OpenNow:
    """How many people are on duty and which rooms are open; numbers only, because guests see no names."""
    rooms = [room for room in rooms_now(uow) if room.is_open]
    on_duty = select(Duty.account_id).where(Duty.to_at.is_(None), Duty.stream_id.is_not(None))
    keepers = people_cards(uow, uow.session.scalars(on_duty)) if rooms else {}
    return OpenNow(
        on_duty=len(keepers),
        all_peer_workers=all(card.role == Role.PEER_WORKER.value for card in keepers.values()),
        until=max((room.until for room in rooms if room.until is not None), default=None),
        rooms=tuple(OpenRoom(room.name, room.present) for room in rooms),
    )
