"""Rules and settings with their history, and the platform's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime


class RulesVersion(Base):
    """One published version of the community's rules (invariant 13). Never changed, only followed by the next."""

    __tablename__ = "rules_version"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class SettingValue(Base):
    """One value an administrator set. The newest row of a key is in force; the older ones are its history."""

    __tablename__ = "setting_value"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_at: Mapped[datetime] = mapped_column(UtcTime)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class TimelineEntry(Base):
    """Something that changed the platform for everybody: a feature, a rule, staffing, consent version, outage.

    Goes into every dataset. `code` and `detail` are enumerations and numbers, never words of members.
    """

    __tablename__ = "timeline_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    code: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, str | int]] = mapped_column(JSON)
