"""The research layer's tables: events without words, studies, releases and who downloaded them.

`usage_event` and `participant` are the only tables a release is built from. They hold random ids, never an account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal
from peerspace.research.captured_kinds import SCOPE_OF

RELEASE_STATES = ("requested", "building", "ready", "failed", "expired")
TIERS = ("T0", "T1", "T2")
STUDY_STATES = ("registered", "approved", "declined")


class UsageEvent(Base):
    """One counted act of one participant. Integer microseconds, no NULLs, text for enumerations, no words.

    ADBC on SQLite guesses a column's type from its first rows, so every column is always filled: 0, '' or 'none'.
    """

    __tablename__ = "usage_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(32), info=personal("what research counts", "research"))
    kind: Mapped[str] = mapped_column(String(24))
    scope: Mapped[str] = mapped_column(String(16))
    """The consent scope it was captured under; a release keeps it only if that scope stands at the build."""
    at_us: Mapped[int] = mapped_column(BigId)
    modality: Mapped[str] = mapped_column(String(16))
    synchrony: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(32), default="")
    item: Mapped[str] = mapped_column(String(32), default="")
    reply_to: Mapped[str] = mapped_column(String(32), default="")
    other_participant: Mapped[str] = mapped_column(String(32), default="")
    other_class: Mapped[str] = mapped_column(String(16), default="none")
    giver_role: Mapped[str] = mapped_column(String(16), default="none")
    giver_training: Mapped[str] = mapped_column(String(16), default="none")
    giver_pay: Mapped[str] = mapped_column(String(16), default="none")
    length_chars: Mapped[int] = mapped_column(Integer, default=0)
    duration_us: Mapped[int] = mapped_column(BigId, default=0)
    position_from: Mapped[int] = mapped_column(Integer, default=0)
    position_to: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        one_of("kind", tuple(SCOPE_OF)),
        Index("ix_usage_event_participant_at", "participant_id", "at_us"),
        Index("ix_usage_event_item", "item"),
        Index("ix_usage_event_other", "other_participant"),
    )


class CaptureGap(Base):
    """A capture that failed: it never breaks the member's action and is told in every release's timeline."""

    __tablename__ = "capture_gap"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at_us: Mapped[int] = mapped_column(BigId, index=True)
    event: Mapped[str] = mapped_column(String(48))
    error: Mapped[str] = mapped_column(String(64))


class Study(Base):
    """A registered study. Its register entry is open to members (invariant 13)."""

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    registration: Mapped[dict[str, Any]] = mapped_column(
        JSON, info=personal("who answers for a study", "studies")
    )
    """What the form asked: protocol id, ethics body, reference and expiry, investigator, sponsor, controller, ..."""
    involvement: Mapped[dict[str, Any]] = mapped_column(
        JSON, info=personal("who took part in planning a study", "studies")
    )
    """Lived-experience involvement after GRIPP2-SF: aim, methods, results, influence, critical reflection."""

    __table_args__ = (one_of("state", STUDY_STATES),)


class PanelDecision(Base):
    """What the lived-experience panel decided about a study, with its published reasons."""

    __tablename__ = "panel_decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    decision: Mapped[str] = mapped_column(String(32))
    conditions: Mapped[str] = mapped_column(
        Text, default="", info=personal("what the panel wrote about a study", "studies")
    )
    reasons: Mapped[str] = mapped_column(Text, info=personal("what the panel wrote about a study", "studies"))
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (one_of("decision", ("approved", "approved_with_conditions", "declined")),)


class Release(Base):
    """One dataset asked for, built by the worker. Claimed by a guarded UPDATE; a failure leaves its reason."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    tier: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(16), index=True)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    client_id: Mapped[str] = mapped_column(String(36))
    window_from_us: Mapped[int] = mapped_column(BigId)
    cut_us: Mapped[int] = mapped_column(BigId)
    claimed_by: Mapped[str] = mapped_column(String(64), default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    progress: Mapped[str] = mapped_column(String(24), default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    failure: Mapped[str] = mapped_column(String(64), default="")
    failure_values: Mapped[dict[str, str | int]] = mapped_column(JSON, default=dict)
    folder: Mapped[str] = mapped_column(String(200), default="")
    """Path under EXPORT_DIR, never absolute."""
    manifest_hash: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        one_of("state", RELEASE_STATES),
        one_of("tier", TIERS),
        UniqueConstraint("requested_by_id", "client_id"),
    )


class ReleaseMember(Base):
    """Which consent periods went into a release; after an erasure the participant is a tombstone."""

    __tablename__ = "release_member"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class Download(Base):
    """One download of one file of a release, with the file's hash."""

    __tablename__ = "download"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    file: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime)
