"""What each request of the protocol says, parsed once: a frozen dataclass a kind, made by its `parse`.

What is no text where a text belongs names nothing that there is; a field's own words are refused as the forms refuse
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from peerspace.kernel.errors import BadRequest, Invalid, NotFound
from peerspace.realtime.wire import Json

BIGGEST = 2**53
"""Numbers above this are not exact in a browser; none of ours gets near."""


class Request(Protocol):
    """A parsed request."""

    @classmethod
    def parse(cls, asked: Json) -> Self: ...


@dataclass(frozen=True, slots=True)
class OfRoom:
    """A request about the room with the address `room`."""

    room: str

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Take the room's address out of the request."""
        return cls(room=_name(asked, "room"))


@dataclass(frozen=True, slots=True)
class Join(OfRoom):
    """Coming into a room. `last_seq`, `last_rev`: how far the page got before; None for a first visit."""

    last_seq: int | None
    last_rev: int | None

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Raises BadRequest for a number that is none."""
        return cls(_name(asked, "room"), _number(asked, "last_seq"), _number(asked, "last_rev"))


@dataclass(frozen=True, slots=True)
class History(OfRoom):
    """Messages before `before_seq`, the newest where it is None; at most `limit`."""

    before_seq: int | None
    limit: int | None

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Raises BadRequest for a number that is none."""
        return cls(_name(asked, "room"), _number(asked, "before_seq"), _number(asked, "limit"))


@dataclass(frozen=True, slots=True)
class Send(OfRoom):
    """A message for a room. `reply_to`: the id of the one that it answers, empty for none."""

    body: str
    content_note: str
    client_id: str
    reply_to: str

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Raises Invalid (`body`, `content_note`), NotFound (`reply_to`)."""
        return cls(
            room=_name(asked, "room"),
            body=_words(asked, "body"),
            content_note=_words(asked, "content_note"),
            client_id=_name(asked, "client_id"),
            reply_to=_reference(asked, "reply_to"),
        )


@dataclass(frozen=True, slots=True)
class OfMessage:
    """A request about the message with the id `id`."""

    id: str

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Take the message's id out of the request."""
        return cls(id=_name(asked, "id"))


@dataclass(frozen=True, slots=True)
class Edit(OfMessage):
    """New words for a message."""

    body: str

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Raises Invalid (`body`)."""
        return cls(_name(asked, "id"), _words(asked, "body"))


@dataclass(frozen=True, slots=True)
class React(OfMessage):
    """A phrase to a message's author, or taking it back (`on` False)."""

    phrase: str
    on: bool

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Anything but `on: false` sends the phrase."""
        return cls(_name(asked, "id"), _name(asked, "phrase"), asked.get("on") is not False)


@dataclass(frozen=True, slots=True)
class Report(OfMessage):
    """A report of a message. `client_id` is empty where the page made none."""

    reason: str
    text: str
    client_id: str

    @classmethod
    def parse(cls, asked: Json) -> Self:
        """Raises Invalid (`words`), BadRequest (`client_id`)."""
        client_id = asked.get("client_id") or ""
        if not isinstance(client_id, str):
            raise BadRequest("client_id_bad")
        text = _words(asked, "text", field="words")
        return cls(_name(asked, "id"), _name(asked, "reason"), text, client_id)


def _name(asked: Json, name: str) -> str:
    """A text that names something; '' for what is no text: nothing is called so."""
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _reference(asked: Json, name: str) -> str:
    """The same for what may be left out. Raises NotFound for what is no text: it would be left out silently."""
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise NotFound("not_found")
    return value or ""


def _words(asked: Json, name: str, *, field: str = "") -> str:
    """Words as they were typed; '' where they were left out. Raises Invalid for what is no text."""
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise Invalid("bad_request", fields={field or name: "bad_request"})
    return value or ""


def _number(asked: Json, name: str) -> int | None:
    """A whole number of the request that is not negative, or None when it was left out.

    Raises BadRequest for anything else.
    """
    value = asked.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < BIGGEST:
        raise BadRequest("number_bad", name=name)
    return value
