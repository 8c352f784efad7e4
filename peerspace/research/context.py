"""What a release says about the platform during its window: the timeline, and when rooms were open."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import func, select

from peerspace.community.timeline import entries_between
from peerspace.duty.models import Duty
from peerspace.forum.models import Space
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.measures.load import Context
from peerspace.research.models import CaptureGap
from peerspace.research.package.inputs import DESCRIPTION, TIMELINE_KINDS, TimelineEntry
from peerspace.research.staffing import Span, merged, staffing

_UNFIT = re.compile(r"[^a-z0-9_.:=-]+")


def package_timeline(uow: UnitOfWork, window_from_us: int, cut_us: int) -> tuple[TimelineEntry, ...]:
    """The platform's changes up to the cut, and the days on which capture had gaps. Codes and numbers, never words.

    Entries from before the window are in it too: they say how the platform stood when the window began.
    """
    cut = from_us(cut_us)
    made = [
        TimelineEntry(entry.at.date(), entry.kind, code)
        for entry in entries_between(uow, None, cut)
        if entry.kind in TIMELINE_KINDS and (code := describe(entry.code, entry.detail))
    ]
    gaps: set[tuple[date, str]] = {
        (from_us(gap.at_us).date(), gap.event.lower())
        for gap in uow.session.scalars(
            select(CaptureGap).where(CaptureGap.at_us >= window_from_us, CaptureGap.at_us < cut_us)
        )
    }
    made += [TimelineEntry(day, "capture_gap", event) for day, event in gaps]
    made += staffing(uow, window_from_us, cut_us)
    return tuple(sorted(made, key=lambda entry: (entry.on, entry.kind, entry.description)))


def describe(code: str, detail: dict[str, str | int]) -> str:
    """An entry as one code with its numbers, such as `notice_published:number=1`; '' if that does not fit a package.

    What is not a number stays out: the name of a space or a room is somebody's words (invariant 5).
    """
    numbers = [(name, value) for name, value in sorted(detail.items()) if isinstance(value, int)]
    parts = [code, *(f"{name}={value}" for name, value in numbers)]
    text = _UNFIT.sub("_", ":".join(parts).lower())[:80]
    return text if re.fullmatch(DESCRIPTION, text) else ""


def platform_context(uow: UnitOfWork, cut_us: int, intended_use: tuple[str, float]) -> Context:
    """When rooms could be used by anybody (somebody was on duty in at least one), and the study's intended use."""
    kept = _rooms_kept(uow, cut_us)
    return Context(availability=[("room", begins, ends) for begins, ends in kept], intended_use=intended_use)


def channels_open(uow: UnitOfWork, cut_us: int) -> dict[str, tuple[Span, ...]]:
    """When each channel could be used up to the cut, in UTC microseconds: the forum since its first space was made,
    rooms while somebody was on duty in one of them. A room that nobody keeps takes no messages, and every member knows.

    PeerSpace has no conversations one to one yet, so that channel is not in it.
    """
    first = uow.session.scalar(select(func.min(Space.created_at)))
    forum = ((to_us(first), cut_us),) if first is not None else ()
    return {"forum": forum, "room": tuple(_rooms_kept(uow, cut_us))}


def _rooms_kept(uow: UnitOfWork, cut_us: int) -> list[Span]:
    """When somebody was on duty in a room."""
    return merged(
        (to_us(duty.from_at), to_us(duty.to_at) if duty.to_at else cut_us)
        for duty in uow.session.scalars(select(Duty).where(Duty.stream_id.is_not(None)))
    )
