"""Rules and settings with their history, and the platform's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime, one_of


class RulesVersion(Base):
    """One published version of the community's rules (invariant 13). Never changed, only followed by the next."""

    __tablename__ = "rules_version"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """The code of the language that `body` is in; '' where nobody said."""


class RulesWording(Base):
    """A version of the rules said in another language than the one it was published in. Never changed either."""

    __tablename__ = "rules_wording"
    __table_args__ = (UniqueConstraint("rules_version_id", "language"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rules_version_id: Mapped[int] = mapped_column(ForeignKey("rules_version.id"))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcTime)


class SettingValue(Base):
    """One value an administrator set. The newest row of a key is in force; the older ones are its history."""

    __tablename__ = "setting_value"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_at: Mapped[datetime] = mapped_column(UtcTime)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class PhraseHits(Base):
    """How often a phrase of the lists for danger was found: a count, nothing of where or by whom."""

    __tablename__ = "phrase_hits"

    phrase: Mapped[str] = mapped_column(String(120), primary_key=True)
    hits: Mapped[int] = mapped_column(Integer)


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


LINE_ACTS = ("added", "edited", "confirmed", "hidden", "shown", "as_shipped")


class HelpLineVersion(Base):
    """What an administrator did with a help line. The newest row of a key is in force, the older are its history.

    `content` replaces what PeerSpace ships; None: as shipped. `seal` is the hash of the line as it stood then: a
    confirmation counts while the line still has it. `shipped_seal` is that of the shipped line then, '' where there
    was none.
    """

    __tablename__ = "help_line_version"
    __table_args__ = (UniqueConstraint("line_key", "number"), one_of("act", LINE_ACTS))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    hidden: Mapped[bool] = mapped_column(default=False)
    seal: Mapped[str] = mapped_column(String(64))
    shipped_seal: Mapped[str] = mapped_column(String(64), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
