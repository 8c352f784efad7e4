"""Read models as the protocol's JSON. Nothing is sent that is not written here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from peerspace.accounts.queries import PersonCard
from peerspace.chat.models import Message, Room
from peerspace.chat.queries import CatchUp, MessageView, People

Json = dict[str, Any]


def at(moment: datetime | None) -> str | None:
    """A time in UTC as ISO 8601 with milliseconds and `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person(card: PersonCard) -> Json:
    return {
        "id": card.public_id,
        "name": card.name,
        "token": {"symbol": card.symbol, "colour": card.colour},
        "role": card.role,
    }


def message(view: MessageView, *, quoted: bool = True) -> Json:
    """A message as `message:new`, `message:changed`, joins and history carry it.

    `reply_to` is the id of what it answers; `reply` its author's name and an excerpt, left out with `quoted=False`
    (the reader blocked that person). `body`, `client_id`, `reactions` are there for the author only.
    """
    quote = view.reply_to if quoted else None
    sent: Json = {
        "room": view.room,
        "id": view.id,
        "seq": view.seq,
        "rev": view.rev,
        "at": at(view.at),
        "author": {
            "id": view.author.id,
            "name": view.author.name,
            "token": {"symbol": view.author.symbol, "colour": view.author.colour},
            "role": view.author.role,
        },
        "html": str(view.html),
        "reply_to": quote.id if quote is not None else None,
        "reply": {"name": quote.name, "excerpt": quote.excerpt} if quote is not None else None,
        "content_note": view.content_note,
        "state": view.state,
        "edited_at": at(view.edited_at),
    }
    if view.mine:
        sent |= {"body": view.body, "client_id": view.client_id, "reactions": dict(view.reactions)}
    return sent


def people(seen: People) -> Json:
    """`keepers` are on duty (until `until`, if they said), `here` wrote lately, `reading`: how many more are there."""
    return {
        "keepers": [person(card) for card in seen.keepers],
        "here": [person(card) for card in seen.here],
        "reading": seen.reading,
        "until": at(seen.until),
    }


def joined(room: Room, caught: CatchUp, seen: People) -> Json:
    return {
        "room": room.slug,
        "seq": caught.seq,
        "rev": caught.rev,
        "messages": [message(view) for view in caught.messages],
        "changed": [message(view) for view in caught.changed],
        "gap": caught.gap,
        "people": people(seen),
        "state": caught.state,
    }


def sent(row: Message) -> Json:
    """The acknowledgement of a message that is committed."""
    if row.seq is None:
        return {"id": row.public_id, "state": row.state}
    return {
        "id": row.public_id,
        "seq": row.seq,
        "rev": row.rev,
        "at": at(row.published_at or row.created_at),
        "state": row.state,
    }


def room_state(room: Room, seen: People) -> Json:
    return {"room": room.slug, "state": room.state_word, "until": at(seen.until)}


def pulse(room: Room) -> Json:
    return {"room": room.slug, "seq": room.seq, "rev": room.rev}
