"""Streams, what stands in them, its history, and what each reader keeps of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal
from peerspace.streams.closing import ClosedBy, StreamState, state_from


class State(StrEnum):
    """Where a contribution stands in its life. docs/architecture.md has the table of who moves it, and how."""

    HELD = "held"
    """It waits for a human: others do not read it."""
    PUBLISHED = "published"
    HIDDEN = "hidden"
    """By a supervisor's decision."""
    REMOVED = "removed"
    """By its author."""


class Phrase(StrEnum):
    """What one can send to the author of a contribution. Only the author learns how many (invariant 6)."""

    WITH_YOU = "with_you"
    THANK_YOU = "thank_you"
    ME_TOO = "me_too"


class Level(StrEnum):
    """What of a stream that somebody follows is told to them."""

    ALL = "all"
    REPLIES = "replies"
    """What answers them."""
    NONE = "none"


class Stream(Base):
    """Where contributions stand in one order: a thread, a room. The owner's table extends this row.

    `seq` counts published contributions, `rev` every change of one. Both are given out by one guarded UPDATE of this
    row (`streams.taking`), which duty and closing take too: nothing slips in after the last person left (invariant 2).
    """

    __tablename__ = "stream"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """The name of its kind (`streams.kinds`), which says who may read it and what else holds for it."""
    seq: Mapped[int] = mapped_column(BigId, default=0)
    rev: Mapped[int] = mapped_column(BigId, default=0)
    closed_by: Mapped[int] = mapped_column(Integer, default=0)
    """Why it takes nothing (`closing.ClosedBy`); 0 while it is open."""

    __table_args__: Any = (UniqueConstraint("id", "kind"),)
    __mapper_args__ = {"polymorphic_on": "kind"}

    @property
    def state_word(self) -> StreamState:
        """Its state in one word."""
        return state_from(self.closed_by)


def free_of(reasons: ClosedBy | int) -> ColumnElement[bool]:
    """The condition that none of these reasons closes a stream."""
    return Stream.closed_by.op("&")(int(reasons)) == 0


class Contribution(Base):
    """What somebody wrote into a stream: a post, a message.

    `seq` is its place in the stream, given when it is published; `rev` is the stream's rev of its last change. Its
    `kind` is the stream's, and never changes.
    """

    __tablename__ = "contribution"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    stream_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    author_role: Mapped[str] = mapped_column(String(16), default="")
    """The role shown beside the name, as it was when this was written."""
    seq: Mapped[int | None] = mapped_column(BigId)
    rev: Mapped[int] = mapped_column(BigId, default=0)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    body: Mapped[str] = mapped_column(Text, info=personal("what you wrote", "content"))
    body_html: Mapped[str] = mapped_column(Text, info=personal("what you wrote, as shown", "content"))
    content_note: Mapped[str] = mapped_column(
        String(120), default="", info=personal("what you wrote", "content")
    )
    state: Mapped[str] = mapped_column(String(16))
    client_id: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    shown_from: Mapped[datetime | None] = mapped_column(UtcTime)
    """Since when others can read it as it stands; None while they cannot."""
    edited_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("state", tuple(State)),
        ForeignKeyConstraint(["stream_id", "kind"], ["stream.id", "stream.kind"]),
        UniqueConstraint("author_id", "client_id"),
        UniqueConstraint("stream_id", "seq"),
        Index("ix_contribution_stream_rev", "stream_id", "rev"),
    )
    __mapper_args__ = {"polymorphic_on": "kind"}


class Revision(Base):
    """A contribution as it stood before it was changed or taken out of sight, and when others could read it so.

    `version` is the version it had. What was hidden and shown again has several rows of one version: one for each
    stretch in which it could be read.
    """

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(
        String(200), default="", info=personal("what you wrote before you changed it", "content")
    )
    body: Mapped[str] = mapped_column(Text, info=personal("what you wrote before you changed it", "content"))
    body_html: Mapped[str] = mapped_column(
        Text, default="", info=personal("what you wrote before you changed it", "content")
    )
    content_note: Mapped[str] = mapped_column(
        String(120), default="", info=personal("what you wrote before you changed it", "content")
    )
    shown_from: Mapped[datetime | None] = mapped_column(UtcTime)
    shown_to: Mapped[datetime | None] = mapped_column(UtcTime)
    """Both None for words that others never read."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (Index("ix_revision_contribution_version", "contribution_id", "version"),)


class Placement(Base):
    """Where a contribution stood before it was moved, and until when: who met what there is found by it.

    What was never moved has no row; its place is its own `stream_id` and `seq`.
    """

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"))
    seq: Mapped[int] = mapped_column(BigId)
    from_at: Mapped[datetime] = mapped_column(UtcTime)
    to_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("stream_id", "seq"),)


class PageStart(Base):
    """Where a page of a stream begins. Written when the page before it is full; it never moves."""

    __tablename__ = "page_start"

    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), primary_key=True)
    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(BigId)

    __table_args__ = (UniqueConstraint("stream_id", "seq"),)


class Reaction(Base):
    """One phrase from one person to the author of one contribution."""

    __tablename__ = "reaction"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("contribution.id"), index=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), info=personal("your reactions", "content")
    )
    phrase: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("phrase", tuple(Phrase)),
        UniqueConstraint("contribution_id", "account_id", "phrase"),
    )


class ReadingPosition(Base):
    """How far somebody has read a stream: up to `seq`, on every device."""

    __tablename__ = "reading_position"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigId, info=personal("how far you have read", "content"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class Following(Base):
    """That somebody follows a stream, and what of it they are told."""

    __tablename__ = "following"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), primary_key=True, index=True)
    level: Mapped[str] = mapped_column(String(16), info=personal("what you follow", "content"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (one_of("level", tuple(Level)),)


class SavedDraft(Base):
    """What somebody typed and has not sent, in one place, on every device. `sequence` counts its saves."""

    __tablename__ = "draft"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Where it was typed: opaque here, the page's own word for it."""
    sequence: Mapped[int] = mapped_column(BigId)
    words: Mapped[str] = mapped_column(Text, info=personal("what you typed and have not sent", "content"))
    saved_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
