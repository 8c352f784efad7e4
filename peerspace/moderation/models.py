"""Reports, items on the desk, evidence and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal
from peerspace.moderation.kinds import DecisionKind, ItemKind, ItemState, Priority, ReasonKey


class Item(Base):
    """One thing on the desk: all reports and holds on one target. `open_key` is unique while it is open.

    A *worried* item gathers everything about one person, whatever they wrote and wherever: its target is the member.

    Every change carries `version`, so that two supervisors never overwrite one another.
    """

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    target_kind: Mapped[str] = mapped_column(String(16))
    """One of the kinds of subjects that the features bring (kernel.subjects)."""
    target_id: Mapped[int] = mapped_column(BigId)
    member_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    """Whose content it is, or who the reported member is."""
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    priority: Mapped[str] = mapped_column(String(16))
    priority_rank: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer, default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    hits: Mapped[int] = mapped_column(Integer, default=0)
    """How often the check for danger found words while the item was open (moderation.danger)."""
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        one_of("kind", tuple(ItemKind)),
        one_of("priority", tuple(Priority)),
        one_of("state", tuple(ItemState)),
        Index("ix_item_queue", "state", "priority_rank", "due_at"),
        Index("ix_item_target", "target_kind", "target_id"),
    )


class Report(Base):
    """What one member told about one target. Its item's state lets the reporter see that they were heard."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    reason: Mapped[str] = mapped_column(String(24), info=personal("what you reported", "evidence"))
    words: Mapped[str] = mapped_column(Text, default="", info=personal("what you told", "evidence"))
    client_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (one_of("reason", tuple(ReasonKey)), UniqueConstraint("reporter_id", "client_id"))


class Evidence(Base):
    """The target as it stood when it was reported or held (invariant 10): kept whatever happens to the original."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    captured_at: Mapped[datetime] = mapped_column(UtcTime)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    subject: Mapped[str] = mapped_column(String(48))
    """What it is a copy of: kind and row id, as `post:12`. A worried item holds several."""
    target_version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text, info=personal("what was reported, as it stood", "evidence"))
    context: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, info=personal("what stood before it", "evidence")
    )
    """The previous 10 messages of the room (author's public id, time, words), oldest first."""


class ItemEvent(Base):
    """One step in an item's life, a `kinds.Step`."""

    __tablename__ = "item_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="", info=personal("a supervisor's note", "evidence"))


class Decision(Base):
    """What a supervisor decided, with the reason the member reads and the rule it refers to (invariant 7)."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    member_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(Text, info=personal("why it was decided", "decisions"))
    to_reporters: Mapped[str] = mapped_column(
        Text, default="", info=personal("what reporters were told", "decisions")
    )
    rules_version_id: Mapped[int | None] = mapped_column(ForeignKey("rules_version.id"))
    rule_ref: Mapped[str] = mapped_column(String(80), default="")
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (one_of("kind", tuple(DecisionKind)),)


class SafetyMessage(Base):
    """Words between a supervisor and a person somebody is worried about. `by_id` is whichever of the two wrote them.

    They reach the person's inbox through every block: the one exception that invariant 9 knows.
    """

    __tablename__ = "safety_message"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    """The person whom it is about."""
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(Text, info=personal("what a supervisor and you wrote", "evidence"))
    client_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("by_id", "client_id"),)
