"""The platform's timeline: dated changes that everybody met. Goes into every dataset, so it holds no words.

Nobody writes a timeline by hand: the platform notes its own changes where they are made. AUDITED says of every audited
action whether it is such a change, so that a new kind cannot be forgotten: a test fails until it stands there.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select

from peerspace.community.models import TimelineEntry
from peerspace.kernel.uow import UnitOfWork

KINDS = ("feature", "rules", "setting", "staffing", "consent", "outage", "release", "space", "room")
AUDITED: dict[str, str] = {
    "rules_published": "rules",
    "rules_worded": "rules",
    "setting_changed": "setting",
    "help_line_*": "setting",
    "space_created": "space",
    "room_created": "room",
    "room_state": "room",
    # Told for blocks of time and without anybody's dates, see research.staffing.
    "role_granted": "staffing",
    "role_ended": "staffing",
    "duty_on": "opening_hours",
    "duty_off": "opening_hours",
    "duty_paused": "opening_hours",
    "duty_resumed": "opening_hours",
}
"""Audited actions that change what everybody meets, and the kind under which the timeline tells them."""

NOT_OF_THE_PLATFORM: frozenset[str] = frozenset(
    {
        "admission_answered",
        "admission_asked",
        "admission_declined",
        "admission_granted",
        "consent_looked_at",
        "decision_taken",
        "evidence_opened",
        "item_claimed",
        "item_found_fine",
        "item_freed",
        "item_let_go",
        "member_file_opened",
        "passphrase_changed",
        "person_added",
        "post_history_opened",
        "read_only_lifted",
        "read_only_set",
        "recovery_code_used",
        "recovery_codes_made",
        "release_downloaded",
        "release_expired",
        "release_failed",
        "release_ready",
        "release_requested",
        "research_data_erased",
        "safety_written",
        "sessions_ended",
        "sign_in_link_agreed",
        "sign_in_link_asked",
        "sign_in_link_made",
        "sign_in_link_refused",
        "sign_in_link_used",
        "status_changed",
        "study_decided",
        "study_registered",
        "thread_locked",
        "thread_unlocked",
        "worried_step",
    }
)
"""The other audited actions: they are about one person, one case, one study or one dataset."""

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
