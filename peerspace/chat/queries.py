"""Read models of rooms: the list, a room's messages for one reader, catching up.

A reader never meets anybody they blocked: not in messages, quotes or names; the blocked person notices nothing
(invariant 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Select, bindparam, select

from peerspace.accounts.models import Account
from peerspace.accounts.queries import PersonCard, blocked_by, people_cards
from peerspace.accounts.status import AccountStatus
from peerspace.chat.gathering import OnDuty, People, RoomNow, own_duty, people_in, rooms_now
from peerspace.chat.models import Message, Room
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import by_blocked
from peerspace.streams.models import State
from peerspace.streams.reactions import reactions_to

__all__ = [
    "Author",
    "CatchUp",
    "MessageView",
    "OnDuty",
    "People",
    "Quote",
    "RoomNow",
    "catch_up",
    "history",
    "message_views",
    "own_duty",
    "own_waiting",
    "people_in",
    "rooms_by_id",
    "rooms_now",
    "told_views",
]

NEWEST = 50
CATCH_UP = 200
CHANGED = 500
"""Most changed messages in one answer; when there are more, `rev` says how far it reaches and `gap` is set."""
HISTORY = 100
EXCERPT = 80


@dataclass(frozen=True, slots=True)
class Author:
    """The person beside a message, with the role they had when they wrote it."""

    id: str
    name: str
    symbol: str
    colour: str
    role: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers. `excerpt` is '' where the words are not for everybody's first look."""

    id: str
    name: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as one reader sees it. `html` is safe.

    `body`, `client_id` and `reactions` are filled for its author only.

    `account_id` and `answers_account_id` are for the adapters' addressing and never sent. `reply_to` is None when
    nothing is answered or the answered person was blocked by the reader.
    """

    id: str
    room: str
    seq: int | None
    rev: int
    at: datetime
    author: Author
    html: Markup
    reply_to: Quote | None
    content_note: str
    state: str
    edited_at: datetime | None
    account_id: int
    answers_account_id: int | None = None
    mine: bool = False
    body: str = ""
    client_id: str = ""
    reactions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What a client that comes (back) to a room is given. `seq` and `rev` say how far this answer reaches."""

    seq: int
    rev: int
    messages: tuple[MessageView, ...]
    changed: tuple[MessageView, ...]
    gap: bool
    state: str


def message_views(
    uow: UnitOfWork, messages: Sequence[Message], reader_id: int | None, room_slug: str
) -> list[MessageView]:
    """The messages as `reader_id` sees them, or as everybody may see them (None). A fixed number of queries."""
    hidden = blocked_by(uow, reader_id) if reader_id is not None else frozenset()
    answered = _rows(uow, {message.reply_to_id for message in messages if message.reply_to_id is not None})
    cards = people_cards(
        uow, {message.author_id for message in messages} | {one.author_id for one in answered.values()}
    )
    counts = reactions_to(uow, [message for message in messages if message.author_id == reader_id])
    return [
        _view(
            message,
            room_slug,
            cards,
            answered.get(message.reply_to_id) if message.reply_to_id is not None else None,
            hidden,
            mine=message.author_id == reader_id,
            reactions=counts.get(message.id, ()),
        )
        for message in messages
        if message.author_id not in hidden
    ]


# Asked for every message that is told: built once.
_TOLD = (
    select(
        Message, Room.slug, Account.public_id, Account.pseudonym, Account.token_symbol, Account.token_colour,
        Account.status,
    )
    .join(Room, Room.id == Message.stream_id)
    .join(Account, Account.id == Message.author_id)
    .where(Message.id == bindparam("which"))
)  # fmt: skip


def told_views(
    uow: UnitOfWork, message_id: int, *, reactions: bool = True
) -> tuple[MessageView, MessageView] | None:
    """A message as everybody may see it, and as its author does; None while it has no place in its room.

    One query for most messages. `reactions`: count them for its author (nobody reacted to one that is new).
    """
    found = uow.session.execute(_TOLD, {"which": message_id}).one_or_none()
    if found is None or found.Message.seq is None:
        return None
    message: Message = found.Message
    gone = found.status == AccountStatus.LEFT
    cards = {
        message.author_id: PersonCard(
            message.author_id,
            found.public_id,
            found.pseudonym,
            found.token_symbol,
            found.token_colour,
            gone=gone,
        )
    }
    answered, hidden = None, frozenset[int]()
    if message.reply_to_id is not None:
        answered = _rows(uow, [message.reply_to_id])[message.reply_to_id]
        cards |= people_cards(uow, [answered.author_id])
        hidden = blocked_by(uow, message.author_id)
    counts = reactions_to(uow, [message]).get(message.id, ()) if reactions else ()
    seen = _view(message, found.slug, cards, answered, frozenset(), mine=False, reactions=())
    own = _view(message, found.slug, cards, answered, hidden, mine=True, reactions=counts)
    return seen, own


def history(
    uow: UnitOfWork, room: Room, reader_id: int, *, before_seq: int | None = None, limit: int = NEWEST
) -> list[MessageView]:
    """Up to `limit` (1 to 100) messages before `before_seq`, or the newest ones; oldest first."""
    wanted = _readable(room.id, reader_id).order_by(Message.seq.desc()).limit(max(1, min(limit, HISTORY)))
    if before_seq is not None:
        wanted = wanted.where(Message.seq < before_seq)
    rows = list(uow.session.scalars(wanted))[::-1]
    return message_views(uow, rows, reader_id, room.slug)


def catch_up(
    uow: UnitOfWork, room: Room, reader_id: int, *, last_seq: int | None = None, last_rev: int | None = None
) -> CatchUp:
    """What changed in a room for a client that has everything up to `last_seq` and `last_rev`.

    Messages after `last_seq` (the first 200, `gap` when there are more), or the newest 50 for a client that has
    nothing or more than there is; and those up to `last_seq` changed after `last_rev`. With `gap` the client asks
    again from the `seq` and `rev` of this answer until there is none.
    """
    state = room.state_word
    if last_seq is None or last_seq > room.seq or (last_rev or 0) > room.rev:
        newest = history(uow, room, reader_id)
        return CatchUp(room.seq, room.rev, tuple(newest), (), gap=False, state=state)
    after = _readable(room.id, reader_id).where(Message.seq > last_seq, Message.seq <= room.seq)
    rows = list(uow.session.scalars(after.order_by(Message.seq).limit(CATCH_UP + 1)))
    more_messages = len(rows) > CATCH_UP
    rows = rows[:CATCH_UP]
    changed: list[Message] = []
    if last_rev is not None:
        since = _readable(room.id, reader_id).where(Message.seq <= last_seq, Message.rev > last_rev)
        changed = list(uow.session.scalars(since.order_by(Message.rev).limit(CHANGED + 1)))
    more_changes = len(changed) > CHANGED
    changed = changed[:CHANGED]
    views = {view.id: view for view in message_views(uow, [*rows, *changed], reader_id, room.slug)}
    return CatchUp(
        seq=rows[-1].seq or 0 if more_messages else room.seq,
        rev=changed[-1].rev if more_changes else room.rev,
        messages=tuple(views[row.public_id] for row in rows),
        changed=tuple(views[row.public_id] for row in changed),
        gap=more_messages or more_changes,
        state=state,
    )


def rooms_by_id(ids: Iterable[int]) -> Select[Room]:
    """The statement for some rooms by their row ids."""
    return select(Room).where(Room.id.in_(list(ids)))


def own_waiting(uow: UnitOfWork, room: Room, reader_id: int) -> list[MessageView]:
    """The reader's own messages in the room that wait for a human, oldest first."""
    waiting = select(Message).where(
        Message.stream_id == room.id,
        Message.author_id == reader_id,
        Message.state == State.HELD,
        Message.seq.is_(None),
    )
    rows = list(uow.session.scalars(waiting.order_by(Message.id)))
    return message_views(uow, rows, reader_id, room.slug)


def _readable(room_id: int, reader_id: int) -> Select[Message]:
    """Messages standing in the room whose authors the reader has not blocked."""
    return select(Message).where(
        Message.stream_id == room_id, Message.seq.is_not(None), ~by_blocked(reader_id)
    )


def _view(
    message: Message,
    room_slug: str,
    cards: dict[int, PersonCard],
    answered: Message | None,
    hidden: frozenset[int],
    *,
    mine: bool,
    reactions: tuple[tuple[str, int], ...],
) -> MessageView:
    card = cards[message.author_id]
    shown = message.state == State.PUBLISHED or (mine and message.state == State.HELD)
    return MessageView(
        id=message.public_id,
        room=room_slug,
        seq=message.seq,
        rev=message.rev,
        at=message.published_at or message.created_at,
        author=Author(card.public_id, card.name, card.symbol, card.colour, message.author_role),
        html=Markup(message.body_html if shown else ""),  # noqa: S704 -- made by text.markdown when it was written
        reply_to=_quote(answered, cards, hidden),
        content_note=message.content_note if shown else "",
        state=message.state,
        edited_at=message.edited_at,
        account_id=message.author_id,
        answers_account_id=answered.author_id if answered is not None else None,
        mine=mine,
        body=message.body if mine and shown else "",
        client_id=message.client_id if mine else "",
        reactions=reactions,
    )


def _quote(answered: Message | None, cards: dict[int, PersonCard], hidden: frozenset[int]) -> Quote | None:
    if answered is None or answered.author_id in hidden:
        return None
    words = ""
    if answered.state == State.PUBLISHED and not answered.content_note:
        words = " ".join(answered.body.split())
        if len(words) > EXCERPT:
            words = words[: EXCERPT - 1].rstrip() + "…"
    return Quote(answered.public_id, cards[answered.author_id].name, words)


def _rows(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, Message]:
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: row for row in uow.session.scalars(select(Message).where(Message.id.in_(wanted)))}
