"""The public figures of moderation: generated, and too coarse to pick anybody out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from sqlalchemy import exists, func, or_, select

from peerspace.duty.models import Duty
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import day, gettext, ngettext
from peerspace.moderation.decisions import BY_KIND
from peerspace.moderation.kinds import STAFF_STEPS, ItemKind
from peerspace.moderation.models import Decision, Item, ItemEvent, Report
from peerspace.moderation.reasons import BY_KEY
from peerspace.moderation.words import length

PERIOD = timedelta(days=365)
LEAST = 10
"""Counts below this are not shown: a small one could be somebody."""


@dataclass(frozen=True, slots=True)
class Response:
    """Time to the first human answer, in words: the middle case, and what nine in ten stay under."""

    median: str
    p90: str


@dataclass(frozen=True, slots=True)
class Transparency:
    """The page's figures, in the reader's words. A count is None where it is under ten."""

    period: str
    reports: list[tuple[str, int | None]]
    decisions: list[tuple[str, int | None]]
    first_response: Response | None
    hours_covered: str


def transparency_report(uow: UnitOfWork) -> Transparency | None:
    """Figures of the last twelve months; None while nothing was reported or decided.

    A kind that never occurred is listed like one that occurred a few times, or its absence would tell. For the same
    reason no totals stand beside the counts.
    """
    since = uow.now - PERIOD
    reports = _counts(uow, Report.reason, Report.at, since)
    decisions = _counts(uow, Decision.kind, Decision.decided_at, since)
    if not reports and not decisions:
        return None
    return Transparency(
        period=gettext("From %(first)s to %(last)s", first=day(since), last=day(uow.now)),
        reports=[(gettext(reason.label), _shown(reports.get(key, 0))) for key, reason in BY_KEY.items()],
        decisions=[
            (gettext(choice.taken), _shown(decisions.get(kind, 0))) for kind, choice in BY_KIND.items()
        ],
        first_response=_first_response(uow, since),
        hours_covered=_hours_covered(uow, since),
    )


def _counts(uow: UnitOfWork, kind: object, at: object, since: datetime) -> dict[str, int]:
    counted = select(kind, func.count()).where(at >= since).group_by(kind)  # type: ignore[call-overload,operator]
    return {row[0]: row[1] for row in uow.session.execute(counted)}


def _shown(count: int) -> int | None:
    return count if count >= LEAST else None


def _first_response(uow: UnitOfWork, since: datetime) -> Response | None:
    """From an item's opening to the first act of a supervisor on it, whoever took it over or let it go since."""
    acted = (
        select(Item.opened_at, func.min(ItemEvent.at, type_=ItemEvent.at.type))
        .join(ItemEvent, ItemEvent.item_id == Item.id)
        .where(
            or_(Item.kind == ItemKind.WORRIED, exists().where(Report.item_id == Item.id)),
            Item.opened_at >= since,
            ItemEvent.kind.in_(STAFF_STEPS),
        )
        .group_by(Item.id, Item.opened_at)
    )
    minutes = sorted((at - opened).total_seconds() / 60 for opened, at in uow.session.execute(acted))
    if len(minutes) < LEAST:
        return None
    return Response(length(median(minutes)), length(quantiles(minutes, n=10)[-1]))


def _hours_covered(uow: UnitOfWork, since: datetime) -> str:
    """Hours in which at least one person was on duty, anywhere."""
    stretches = select(Duty.from_at, Duty.to_at).where((Duty.to_at.is_(None)) | (Duty.to_at >= since))
    hours = (
        _union_s((max(start, since), end or uow.now) for start, end in uow.session.execute(stretches)) / 3600
    )
    if hours < 1:
        return gettext("less than an hour in the period")
    return ngettext("about %(num)s hour in the period", "about %(num)s hours in the period", round(hours))


def _union_s(stretches: Iterable[tuple[datetime, datetime]]) -> float:
    covered, reached = 0.0, None
    for start, end in sorted(stretches):
        start = start if reached is None else max(start, reached)
        if end > start:
            covered += (end - start).total_seconds()
            reached = end
    return covered
