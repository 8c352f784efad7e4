"""Notices: what the platform itself tells a member. They have no author (invariant 1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime
from peerspace.kernel.inventory import personal


class Notice(Base):
    """One entry of a member's inbox: a kind, what it points to, and ids its sentence needs."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(32), info=personal("your inbox", "inbox"))
    ref_kind: Mapped[str] = mapped_column(String(16), default="")
    ref_id: Mapped[str] = mapped_column(String(24), default="")
    about_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Whose act it tells of; a block between the two keeps the notice from being made or shown."""
    values: Mapped[dict[str, str | int]] = mapped_column(JSON, info=personal("your inbox", "inbox"))
    at: Mapped[datetime] = mapped_column(UtcTime, info=personal("your inbox", "inbox"))
    read_at: Mapped[datetime | None] = mapped_column(UtcTime, info=personal("your inbox", "inbox"))

    __table_args__ = (Index("ix_notice_account_at", "account_id", "at"),)
