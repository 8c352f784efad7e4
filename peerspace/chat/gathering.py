"""Read models of who is where: rooms now, who keeps them, who is present for one reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, func, or_, select

from peerspace.accounts.models import Account, Block
from peerspace.accounts.queries import CARD, PersonCard, blocked_by, blockers_of, card_from, people_cards
from peerspace.chat.models import Message, Room, RoomPresence
from peerspace.chat.presence import ALIVE
from peerspace.duty.models import Duty
from peerspace.duty.service import HELD
from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.closing import ClosedBy, state_from
from peerspace.streams.models import free_of

TALKING = timedelta(minutes=30)
"""Whoever is present and wrote within this time is named; the others are 'just reading' and are counted."""


@dataclass(frozen=True, slots=True)
class RoomNow:
    """A room in the list. `keepers`: on duty, without people the reader blocked; `present`: how many are there."""

    id: int
    slug: str
    name: str
    description: str
    state: str
    keepers: tuple[PersonCard, ...]
    on_duty: int
    present: int
    until: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class People:
    """Who is in a room, as one reader sees it.

    `keepers` are on duty, here or not; `here` wrote lately; `reading`: how many more are there.
    """

    keepers: tuple[PersonCard, ...]
    here: tuple[PersonCard, ...]
    reading: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody's own duty in one place, `paused` while they have no connection.

    `room_id` is None and `slug` and `name` are '' for the desk.
    """

    room_id: int | None
    slug: str
    name: str
    since: datetime
    until: datetime | None
    paused: bool


def rooms_now(uow: UnitOfWork) -> list[RoomNow]:
    """All rooms that have not ended, in their order, with who is on duty and how many are present.

    For a guest nobody is named (`keepers` empty, `on_duty` counts). One query, however many rooms.
    """
    reader = uow.actor.account_id
    rows = uow.rows(_ROOMS, {"me": reader or NOBODY})
    return [
        _room_now(list(duties), is_guest=reader is None)
        for _, duties in groupby(rows, key=lambda row: row.id)
    ]


def _room_now(duties: list[Row[Any]], *, is_guest: bool) -> RoomNow:
    """A room, from a row for each stretch of duty that runs in it, or one row without any."""
    room = duties[0]
    kept = [duty for duty in duties if duty.card_id is not None]
    return RoomNow(
        id=room.id,
        slug=room.slug,
        name=room.name,
        description=room.description,
        state=state_from(room.closed_by),
        keepers=() if is_guest else tuple(card_from(duty) for duty in kept if not duty.is_hidden),
        on_duty=len(kept),
        present=room.present or 0,
        until=_latest([duty.until_at for duty in kept]),
    )


# Asked on everybody's first page: built once.
NOBODY = 0
"""No account has this number: whoever is not signed in blocked nobody."""
_ME: BindParameter[int] = bindparam("me", type_=Block.blocker_id.type)
_BLOCKED = select(Block.blocked_id).where(Block.blocker_id == _ME)
_BLOCKERS = select(Block.blocker_id).where(Block.blocked_id == _ME)
_PRESENT = (
    select(RoomPresence.room_id, func.count(RoomPresence.account_id.distinct()).label("present"))
    .join(ConnectedSocket, ConnectedSocket.sid == RoomPresence.sid)
    .join(WebProcess, WebProcess.id == ConnectedSocket.process_id)
    .where(ALIVE, RoomPresence.account_id.not_in(_BLOCKED), RoomPresence.account_id.not_in(_BLOCKERS))
    .group_by(RoomPresence.room_id)
    .subquery()
)
_ROOMS = (
    select(
        Room.id,
        Room.slug,
        Room.name,
        Room.description,
        Room.closed_by,
        Duty.until_at,
        Duty.account_id.in_(_BLOCKED).label("is_hidden"),
        _PRESENT.c.present,
        *CARD,
    )
    .outerjoin(Duty, and_(Duty.stream_id == Room.id, Duty.to_at.is_(None)))
    .outerjoin(Account, Account.id == Duty.account_id)
    .outerjoin(_PRESENT, _PRESENT.c.room_id == Room.id)
    .where(free_of(ClosedBy.ARCHIVED))
    .order_by(Room.position, Room.id, Duty.from_at, Duty.id)
)


def people_in(uow: UnitOfWork, room: Room, reader_id: int | None) -> People:
    """Who is in the room as `reader_id` sees it, or as somebody without any block would (None).

    Blocked and blocker are absent for one another; but who is on duty is said to everybody they did not block.
    """
    hidden = blocked_by(uow, reader_id) if reader_id is not None else frozenset()
    apart = hidden | (blockers_of(uow, reader_id) if reader_id is not None else frozenset())
    duties = _duties(uow, [room.id])
    keeping = {duty.account_id for duty in duties}
    present = present_in(uow, [room.id]).get(room.id, frozenset()) - apart - keeping
    lately = _wrote_lately(uow, room, present)
    cards = people_cards(uow, (keeping - hidden) | lately)
    here = sorted((cards[one] for one in lately), key=lambda card: card.name.casefold())
    return People(
        keepers=_keepers(duties, room.id, cards),
        here=tuple(here),
        reading=len(present - lately),
        until=_until(duties, room.id),
    )


def present_in(uow: UnitOfWork, room_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """{room id: ids of the accounts present}, through living web processes only."""
    found: dict[int, set[int]] = {}
    rows = (
        select(RoomPresence.room_id, RoomPresence.account_id)
        .join(ConnectedSocket, ConnectedSocket.sid == RoomPresence.sid)
        .join(WebProcess, WebProcess.id == ConnectedSocket.process_id)
        .where(RoomPresence.room_id.in_(list(room_ids)), ALIVE)
        .distinct()
    )
    for room_id, account_id in uow.session.execute(rows):
        found.setdefault(room_id, set()).add(account_id)
    return {room_id: frozenset(accounts) for room_id, accounts in found.items()}


def own_duty(uow: UnitOfWork) -> list[OnDuty]:
    """The acting person's duty now, the desk first."""
    rows = uow.session.execute(
        select(Duty.began_at, Duty.until_at, Duty.resumes, Room.id, Room.slug, Room.name)
        .outerjoin(Room, Room.id == Duty.stream_id)
        .where(Duty.account_id == uow.actor.require_account(), HELD)
        .order_by(Duty.stream_id.is_not(None), Room.position)
    )
    return [
        OnDuty(room_id, slug or "", name or "", since, until, paused)
        for since, until, paused, room_id, slug, name in rows
    ]


def _duties(uow: UnitOfWork, room_ids: list[int]) -> list[Duty]:
    live = (
        select(Duty).where(Duty.stream_id.in_(room_ids), Duty.to_at.is_(None)).order_by(Duty.from_at, Duty.id)
    )
    return list(uow.session.scalars(live))


def _keepers(duties: list[Duty], room_id: int, cards: dict[int, PersonCard]) -> tuple[PersonCard, ...]:
    return tuple(
        cards[duty.account_id] for duty in duties if duty.stream_id == room_id and duty.account_id in cards
    )


def _until(duties: list[Duty], room_id: int) -> datetime | None:
    """The latest announced end; None when somebody stays without one."""
    return _latest([duty.until_at for duty in duties if duty.stream_id == room_id])


def _latest(ends: list[datetime | None]) -> datetime | None:
    """The latest of announced ends; None where one is not announced, or there is none."""
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _wrote_lately(uow: UnitOfWork, room: Room, present: frozenset[int]) -> frozenset[int]:
    if not present:
        return frozenset()
    wrote = (
        select(Message.author_id)
        .where(
            Message.stream_id == room.id,
            Message.seq > room.seq - 500,
            Message.published_at > uow.now - TALKING,
            Message.author_id.in_(present),
        )
        .distinct()
    )
    return frozenset(uow.session.scalars(wrote))


@dataclass(frozen=True, slots=True)
class Audience:
    """People in a room whom a broadcast about somebody's act must treat apart, by account id.

    `deaf`: they blocked the acting person; `apart`: those and the people whom the acting person blocked; `unquoted`:
    they blocked the one who is answered. `sids`: the sockets of all of these and of the acting person in the room.
    """

    deaf: frozenset[int]
    apart: frozenset[int]
    unquoted: frozenset[int]
    sids: dict[int, tuple[str, ...]]


# Asked for every message that is told: built once.
_BLOCKS = select(Block.blocker_id, Block.blocked_id).where(
    or_(
        Block.blocked_id == bindparam("author"),
        Block.blocked_id == bindparam("answered"),
        Block.blocker_id == bindparam("author"),
    )
)
_SOCKETS = select(RoomPresence.account_id, RoomPresence.sid).where(
    RoomPresence.room_id == bindparam("room"),
    RoomPresence.account_id.in_(bindparam("accounts", expanding=True)),
)


def audience(uow: UnitOfWork, room_id: int, author_id: int, answers_id: int | None = None) -> Audience:
    """Who in the room gets something else than everybody, for an act of `author_id`. Two queries."""
    asked = {"author": author_id, "answered": author_id if answers_id is None else answers_id}
    blocks = uow.session.execute(_BLOCKS, asked).all()
    deaf = frozenset(blocker for blocker, blocked in blocks if blocked == author_id)
    apart = deaf | {blocked for blocker, blocked in blocks if blocker == author_id}
    unquoted = frozenset(blocker for blocker, blocked in blocks if blocked == answers_id) - deaf - {author_id}
    return Audience(deaf, apart, unquoted, sids_in(uow, room_id, {author_id} | apart | unquoted))


def apart_in(uow: UnitOfWork, account_ids: Iterable[int]) -> frozenset[int]:
    """Those of the accounts that blocked, or are blocked by, another of them: they see people their own way."""
    among = list(account_ids)
    rows = uow.session.execute(
        select(Block.blocker_id, Block.blocked_id).where(
            Block.blocker_id.in_(among), Block.blocked_id.in_(among)
        )
    )
    return frozenset(one for pair in rows for one in pair)


def sids_in(uow: UnitOfWork, room_id: int, account_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """{account id: its sockets in the room}."""
    found: dict[int, tuple[str, ...]] = {}
    for account_id, sid in uow.session.execute(_SOCKETS, {"room": room_id, "accounts": list(account_ids)}):
        found[account_id] = (*found.get(account_id, ()), sid)
    return found
