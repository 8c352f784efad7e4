"""Rooms, and who is present in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, UtcTime
from peerspace.streams.models import Contribution, Stream

KIND = "room"
"""The kind of stream that a room is."""


class Room(Stream):
    """A live room: a stream that takes messages while somebody named is on duty in it."""

    __tablename__ = "room"

    id: Mapped[int] = mapped_column(ForeignKey("stream.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    slow_mode_s: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __mapper_args__ = {"polymorphic_identity": KIND}


class Message(Contribution):
    """A contribution to a room."""

    __mapper_args__ = {"polymorphic_identity": KIND}


class RoomPresence(Base):
    """One socket that is in one room. Kept in the database so that every web process sees the same people."""

    __tablename__ = "room_presence"

    sid: Mapped[str] = mapped_column(ForeignKey("connected_socket.sid", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_room_presence_room_account", "room_id", "account_id"),)
