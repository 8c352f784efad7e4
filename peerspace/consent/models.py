"""Consent: notices with versions, append-only records, and the random ids the research layer knows people by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal

EVENTS = ("given", "declined", "renewed", "withdrawn", "expired", "changed")
END_REASONS = ("", "stopped", "stopped_and_erased", "left", "suspended", "expired")


class ConsentNotice(Base):
    """One version of what people are told before they choose. Never changed once published."""

    __tablename__ = "consent_notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("number", "language"),)


class ConsentRecord(Base):
    """One append-only record after ISO/IEC TS 27560. The state in force is a fold over a person's records.

    One act makes one record, whatever it says of how many scopes.
    `account_id` is the account's own ledger; it is the only link, and the receipt never carries a participant id.
    """

    __tablename__ = "consent_record"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[str] = mapped_column(String(36), unique=True)
    schema_version: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), index=True, info=personal("proof of your consent", "consent")
    )
    event: Mapped[str] = mapped_column(String(16), info=personal("proof of your consent", "consent"))
    """What was said of every scope of the act; `changed` where that differs."""
    answers: Mapped[dict[str, str]] = mapped_column(JSON, info=personal("what you agreed to", "consent"))
    """Of each of `scopes`, what was said: given, declined, renewed, withdrawn or expired."""
    scopes: Mapped[list[str]] = mapped_column(JSON, info=personal("what you agreed to", "consent"))
    """The scopes this event is about, not the whole state."""
    notice_id: Mapped[int] = mapped_column(ForeignKey("consent_notice.id"))
    at: Mapped[datetime] = mapped_column(UtcTime, info=personal("proof of your consent", "consent"))
    method: Mapped[str] = mapped_column(String(24))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, info=personal("what you agreed to", "consent"))
    """Controller, purposes, data categories, recipients, retention and legal basis as they stood."""
    receipt_hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (one_of("event", EVENTS),)


class Participant(Base):
    """One consent period of one member, known to the research layer by a random id.

    `person_id` is the same for all periods of one human and just as random. `account_id` is the link; it goes with
    "stop and erase", and the row stays as a tombstone that nothing points back from.
    """

    __tablename__ = "participant"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), index=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), index=True, info=personal("the link to what research counts", "research")
    )
    from_at: Mapped[datetime] = mapped_column(UtcTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcTime)
    end_reason: Mapped[str] = mapped_column(String(24), default="")
    scopes: Mapped[str] = mapped_column(String(160), default="")
    """The scopes in force, parted by spaces: the fold, kept here so that capture needs one look. When the period
    ends by leaving or suspension it keeps them; after a withdrawal it is empty."""
    since: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """Of each of `scopes`, since when it stands within this period, in microseconds: nothing from before is counted."""
    valid_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """When `scopes` run out unless they are renewed: from then on nothing is captured, whatever the job has done."""

    __table_args__ = (
        one_of("end_reason", END_REASONS),
        Index(
            "uq_participant_live",
            "account_id",
            unique=True,
            sqlite_where=text("to_at IS NULL AND account_id IS NOT NULL"),
            postgresql_where=text("to_at IS NULL AND account_id IS NOT NULL"),
        ),
    )
