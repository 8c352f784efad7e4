"""The platform's timeline: dated changes that everybody met. Goes into every dataset, so it holds no words.

Nobody writes a timeline by hand: the platform notes its own changes where they are made. Each audited action says
whether it is such a change (`AuditedAction.timeline`). Roles and duty are told for blocks of time and without anybody's
dates, see research.staffing.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select

from peerspace.community.models import TimelineEntry
from peerspace.kernel.uow import UnitOfWork

KINDS = ("feature", "rules", "setting", "staffing", "consent", "outage", "space", "room")
_CODE = re.compile(r"[a-z0-9_.-]{1,64}")


def add_entry(uow: UnitOfWork, kind: str, code: str, **detail: str | int) -> TimelineEntry:
    """Note that something changed for everybody, now. `code` and `detail` are enumerations and numbers.

    Raises ValueError for an unknown kind, or a code or detail that could hold words: the caller is wrong, not a person.
    """
    if kind not in KINDS or not _CODE.fullmatch(code):
        raise ValueError(f"not a timeline entry: {kind} {code}")
    for name, value in detail.items():
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError(f"the timeline's {name} must be an enumeration")
    entry = TimelineEntry(at=uow.now, kind=kind, code=code, detail=detail)
    uow.session.add(entry)
    uow.session.flush()
    return entry


def entries_between(
    uow: UnitOfWork, start: datetime | None = None, end: datetime | None = None
) -> list[TimelineEntry]:
    """Entries with start <= at < end (UTC; None: open), oldest first."""
    asked = select(TimelineEntry).order_by(TimelineEntry.at, TimelineEntry.id)
    if start is not None:
        asked = asked.where(TimelineEntry.at >= start)
    if end is not None:
        asked = asked.where(TimelineEntry.at < end)
    return list(uow.session.scalars(asked))
