"""A room's page as it is before any script runs, and the page of one's own duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.chat.access import room_by_slug
from peerspace.chat.gathering import OnDuty, People, RoomNow, own_duty, people_in, rooms_now
from peerspace.chat.queries import MessageView, history, own_waiting
from peerspace.duty.models import Duty
from peerspace.duty.service import HELD
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader

ON_THE_PAGE = 20
"""Newest messages in the page itself, so that it stays light; its script asks for more than these."""


@dataclass(frozen=True, slots=True)
class RoomPage:
    """Everything the page shows. `keeps`: the reader is on duty here, present or away; `may_keep`: they could be.

    `waiting`: the reader's own messages that a human has not looked at yet; `elsewhere`: other rooms open now.
    """

    slug: str
    name: str
    description: str
    state: str
    slow_mode_s: int
    seq: int
    messages: tuple[MessageView, ...]
    waiting: tuple[MessageView, ...]
    people: People
    keeps: bool
    may_keep: bool
    until: datetime | None
    elsewhere: tuple[RoomNow, ...]

    @property
    def newest(self) -> int:
        """How many messages a page begins with."""
        return ON_THE_PAGE

    @property
    def has_earlier(self) -> bool:
        """True when messages came before those of the page."""
        return bool(self.messages) and (self.messages[0].seq or 0) > 1 and len(self.messages) >= ON_THE_PAGE

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class DutyPage:
    """The rooms that one could keep, one's own duty now, and who keeps the desk."""

    rooms: tuple[RoomNow, ...]
    own: tuple[OnDuty, ...]
    may_keep_desk: bool

    def duty_in(self, room_id: int | None) -> OnDuty | None:
        """One's own duty in a room, or at the desk (None)."""
        return next((duty for duty in self.own if duty.room_id == room_id), None)


def room_page(uow: UnitOfWork, slug: object) -> RoomPage:
    """The room at an address as the acting person sees it.

    Raises NotFound, NotAllowed.
    """
    reader = require_reader(uow)
    room = room_by_slug(uow, slug)
    mine = select(Duty.until_at).where(Duty.stream_id == room.id, Duty.account_id == reader, HELD)
    keeping = uow.session.execute(mine).first()
    return RoomPage(
        slug=room.slug,
        name=room.name,
        description=room.description,
        state=room.state_word,
        slow_mode_s=room.slow_mode_s,
        seq=room.seq,
        messages=tuple(history(uow, room, reader, limit=ON_THE_PAGE)),
        waiting=tuple(own_waiting(uow, room, reader)),
        people=people_in(uow, room, reader),
        keeps=keeping is not None,
        may_keep=uow.actor.has(Role.PEER_WORKER, Role.SUPERVISOR),
        until=keeping.until_at if keeping is not None else None,
        elsewhere=tuple(other for other in rooms_now(uow) if other.is_open and other.id != room.id),
    )


def duty_page(uow: UnitOfWork) -> DutyPage:
    """The acting peer worker's or supervisor's duty."""
    uow.actor.require(Role.PEER_WORKER, Role.SUPERVISOR)
    return DutyPage(tuple(rooms_now(uow)), tuple(own_duty(uow)), uow.actor.has(Role.SUPERVISOR))
