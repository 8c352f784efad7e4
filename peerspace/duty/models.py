"""Duty: who is responsible where, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime
from peerspace.kernel.inventory import personal


def _from_at(context: DefaultExecutionContext) -> datetime:
    """Duty begins with the person there."""
    # SQLAlchemy leaves this method untyped.
    begins: datetime = context.get_current_parameters()["from_at"]  # type: ignore[no-untyped-call]
    return begins


class Duty(Base):
    """One unbroken stretch of duty of one person: in a stream that needs somebody (a room),
    or at the desk (`stream_id` empty).

    A pause ends the stretch (`end_reason` away, `resumes` true), and coming back begins another one with the same
    `began_at`. So every stretch is time in which somebody was there, and pauses need no subtraction anywhere.
    """

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stream_id: Mapped[int | None] = mapped_column(ForeignKey("stream.id"), index=True)
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
            text("coalesce(stream_id, 0)"),
            unique=True,
            sqlite_where=text("to_at IS NULL OR resumes"),
            postgresql_where=text("to_at IS NULL OR resumes"),
        ),
    )
