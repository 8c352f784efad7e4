"""The windows of open releases (T0): whole UTC days, and each day told once by the whole installation.

Two releases over the same days, one withdrawal apart, can be subtracted: the difference is that person's activity. So
the windows of all studies together are disjoint, and a window stays told when its files are no longer kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, or_, select

from peerspace.kernel.clock import from_us
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.locks import ONE_WINDOW, take_turn
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.models import Release, Study
from peerspace.research.registration import study_days

_PUBLISHED = and_(Release.state.in_(("ready", "expired")), Release.manifest_hash != "")
"""Somebody could read it, once at least. A release that failed, or was ended before it was built, never had a file that
anybody could fetch, and its reason for failing holds no number: its days are free again."""
_UNDER_WAY = Release.state.in_(("requested", "building"))


@dataclass(frozen=True, slots=True)
class ToldDays:
    """Days that an open release of this installation holds or is about to hold, both in."""

    first: date
    last: date


def parse_window(uow: UnitOfWork, first_day: object, last_day: object) -> tuple[datetime, datetime]:
    """From two days like 2026-09-30, both in, to the moments between which is counted.

    A window that ends today ends now. Raises Invalid for a day that is none, and for a window that ends before it
    begins or in the future.
    """
    errors: dict[str, str] = {}
    days: dict[str, date] = {}
    for name, value in (("first_day", first_day), ("last_day", last_day)):
        text = value.strip() if isinstance(value, str) else ""
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                raise ValueError
            days[name] = date.fromisoformat(text)
        except ValueError:
            errors[name] = "study_field_date"
    if errors:
        raise Invalid(fields=errors)
    if days["last_day"] > uow.now.date() or days["first_day"] > days["last_day"]:
        raise Invalid(fields={"last_day": "release_window"})
    begins = datetime.combine(days["first_day"], datetime.min.time(), UTC)
    ends = min(datetime.combine(days["last_day"], datetime.min.time(), UTC) + timedelta(days=1), uow.now)
    if ends <= begins:
        raise Invalid(fields={"last_day": "release_window"})
    return begins, ends


def refuse_outside_study(study: Study, begins: datetime, ends: datetime) -> None:
    """Raise Invalid where a window holds a day before the study begins or after it ends, as it was registered.

    What people did before was not done for this study, whenever they consented; a window is refused and not cut, so
    that what is asked for is what is told.
    """
    first, last = study_days(study.registration)
    errors = {}
    if begins.date() < first:
        errors["first_day"] = "release_before_study"
    if (ends - timedelta(microseconds=1)).date() > last:
        errors["last_day"] = "release_after_study"
    if errors:
        raise Invalid(fields=errors, first_day=first.isoformat(), last_day=last.isoformat())


def told_days(uow: UnitOfWork) -> tuple[ToldDays, ...]:
    """Every window that is published, asked for or being built, the earliest first."""
    found = uow.session.scalars(
        select(Release)
        .where(Release.tier == "T0", or_(_PUBLISHED, _UNDER_WAY))
        .order_by(Release.window_from_us)
    )
    return tuple(_days(release) for release in found)


def refuse_overlap(uow: UnitOfWork, release: Release, *, published_only: bool = False) -> None:
    """Raise Conflict when another open release tells, or is about to tell, a moment of this release's window.

    `published_only`: a build gives way to what is published, not to what waits behind it. Two units of work that have
    both written a release come here one after the other, and stay until their commit: the second sees the first.
    """
    take_turn(uow.session, ONE_WINDOW)
    taken = _PUBLISHED if published_only else or_(_PUBLISHED, _UNDER_WAY)
    others: Sequence[Release] = uow.session.scalars(
        select(Release)
        .where(
            Release.tier == "T0",
            Release.id != release.id,
            Release.window_from_us < release.cut_us,
            Release.cut_us > release.window_from_us,
            taken,
        )
        .order_by(Release.window_from_us)
    ).all()
    if others:
        days = _days(others[0])
        raise Conflict(
            "release_window_told", first_day=days.first.isoformat(), last_day=days.last.isoformat()
        )


def _days(release: Release) -> ToldDays:
    return ToldDays(from_us(release.window_from_us).date(), from_us(release.cut_us - 1).date())
