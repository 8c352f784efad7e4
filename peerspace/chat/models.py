"""Rooms, duty, messages and who is present."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal

MESSAGE_STATES = ("published", "held", "hidden", "removed")
PHRASES = ("with_you", "thank_you", "me_too")
"""Reactions are phrases; only the author sees how many (invariant 6)."""


class Room(Base):
    """A live room. `seq` counts published messages, `rev` every change, `on_duty` the people keeping it now.

    `away` counts the people whose duty is paused because their connection is gone. Taking the next `seq` is one
    guarded UPDATE on this row, and going on or off duty, pausing and resuming it take the same row: a message can
    never slip in after the last person left (invariant 2).
    """

    __tablename__ = "room"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    seq: Mapped[int] = mapped_column(BigId, default=0)
    rev: Mapped[int] = mapped_column(BigId, default=0)
    on_duty: Mapped[int] = mapped_column(Integer, default=0)
    away: Mapped[int] = mapped_column(Integer, default=0)
    slow_mode_s: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Closed by a supervisor or an administrator, duty or not."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcTime)


def _from_at(context: DefaultExecutionContext) -> datetime:
    """Duty begins with the person there."""
    # SQLAlchemy leaves this method untyped.
    begins: datetime = context.get_current_parameters()["from_at"]  # type: ignore[no-untyped-call]
    return begins


class Duty(Base):
    """One unbroken stretch of duty of one person: in a room, or at the desk (`room_id` empty).

    A pause ends the stretch (`end_reason` away, `resumes` true), and coming back begins another one with the same
    `began_at`. So every stretch is time in which somebody was there, and pauses need no subtraction anywhere.
    """

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(UtcTime, info=personal("hours on duty", "duty"))
    until_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the person means to stop; shown to members."""
    to_at: Mapped[datetime | None] = mapped_column(UtcTime)
    end_reason: Mapped[str] = mapped_column(String(24), default="")
    began_at: Mapped[datetime] = mapped_column(UtcTime, default=_from_at)
    """When the person went on duty, pauses or not."""
    seen_at: Mapped[datetime] = mapped_column(UtcTime, default=_from_at)
    """When a live connection of the person was last known."""
    resumes: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """True while the person is away and duty comes back with them."""
    invented: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Held by an invented host (demo, bench), who counts as present; never true in production."""

    __table_args__ = (
        Index(
            "uq_duty_held",
            "account_id",
            text("coalesce(room_id, 0)"),
            unique=True,
            sqlite_where=text("to_at IS NULL OR resumes"),
            postgresql_where=text("to_at IS NULL OR resumes"),
        ),
    )


class Message(Base):
    """A message in a room. `seq` is given when it is published; `rev` is the room's rev of its last change."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    author_role: Mapped[str] = mapped_column(String(16))
    """The role shown beside the name, as it was when the message was written."""
    seq: Mapped[int | None] = mapped_column(BigId)
    rev: Mapped[int] = mapped_column(BigId, default=0)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
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
    edited_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("state", MESSAGE_STATES),
        UniqueConstraint("author_id", "client_id"),
        UniqueConstraint("room_id", "seq"),
        Index("ix_message_room_rev", "room_id", "rev"),
    )


class MessageRevision(Base):
    """A message as it stood before a change. `version` is the version it had."""

    __tablename__ = "message_revision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text, info=personal("what you wrote before you changed it", "content"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (UniqueConstraint("message_id", "version"),)


class MessageReaction(Base):
    """One phrase from one person to one message."""

    __tablename__ = "message_reaction"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), info=personal("your reactions", "content")
    )
    phrase: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (one_of("phrase", PHRASES), UniqueConstraint("message_id", "account_id", "phrase"))


class RoomPresence(Base):
    """One socket that is in one room. Kept in the database so that every web process sees the same people."""

    __tablename__ = "room_presence"

    sid: Mapped[str] = mapped_column(ForeignKey("connected_socket.sid", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_room_presence_room_account", "room_id", "account_id"),)
