"""Releases: asking for one, claiming the work, and every state in between.

requested -> building -> ready, failed or (later) expired. A claim is one guarded UPDATE; a builder that stops renewing
it loses it, and the next one starts again.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from peerspace.kernel.clock import to_us
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.ids import check_client_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.access import own_study, release_for
from peerspace.research.actions import ResearchAction
from peerspace.research.models import Release, ReleaseMember
from peerspace.research.windows import parse_window, refuse_outside_study, refuse_overlap

STALE_AFTER = timedelta(seconds=90)
"""A claim that has not been renewed for this long is anybody's."""
MOST_ATTEMPTS = 3
BUILDING = ".building"
"""Folder under EXPORT_DIR where a package grows; on the same disk, so that a rename puts it in its place whole."""


def growing_name(public_id: str, holder: str) -> str:
    """The name of the folder under BUILDING in which a holder's package grows."""
    return f"{public_id}-{holder[:16]}"


def request_release(
    uow: UnitOfWork, slug: str, *, first_day: object, last_day: object, client_id: object, tier: object = "T0"
) -> Release:
    """Ask for the open tables of a study over whole UTC days, both in; the same `client_id` returns the same release.

    Days are texts like 2026-09-30. A window that ends today ends now. Raises NotAllowed for anybody but a researcher,
    NotFound for another's study, Invalid for the tier, the window or days outside the study, Conflict while the panel
    has not approved the study and where another open release of the installation tells one of these days.
    """
    study = own_study(uow, slug)
    me = uow.actor.require_account()
    once = check_client_id(client_id)
    known = uow.session.scalar(
        select(Release).where(Release.requested_by_id == me, Release.client_id == once)
    )
    if known is not None:
        return known
    if study.state != "approved":
        raise Conflict("study_not_approved")
    if tier != "T0":
        raise Invalid(fields={"tier": "release_tier"})
    begins, ends = parse_window(uow, first_day, last_day)
    refuse_outside_study(study, begins, ends)
    release = Release(
        public_id=secrets.token_hex(10),  # letters and digits only: it is part of file names and citations
        study_id=study.id,
        tier="T0",
        state="requested",
        requested_by_id=me,
        requested_at=uow.now,
        client_id=once,
        window_from_us=to_us(begins),
        cut_us=to_us(ends),
    )
    uow.session.add(release)
    uow.session.flush()
    uow.audit(ResearchAction.RELEASE_REQUESTED, "release", release.public_id, study=study.slug, tier="T0")
    refuse_overlap(uow, release)
    return release


def claim_next(uow: UnitOfWork, holder: str) -> Release | None:
    """Take the oldest release that waits for a builder, or whose builder is gone; None when nothing is due.

    A release that was tried MOST_ATTEMPTS times fails instead.
    """
    abandoned = or_(
        Release.claimed_at < uow.now - STALE_AFTER,
        Release.claimed_at > uow.now + STALE_AFTER,  # the clock was set back since
    )
    stale = and_(Release.state == "building", abandoned)
    due = or_(Release.state == "requested", stale)
    for number, attempts in uow.session.execute(
        select(Release.id, Release.attempts).where(due).order_by(Release.id).limit(20)
    ).all():
        if attempts >= MOST_ATTEMPTS:
            _leave_guarded(
                uow, number, due, state="failed", failure="release_failed_crashed", finished_at=uow.now
            )
            continue
        taken = _leave_guarded(
            uow,
            number,
            due,
            state="building",
            claimed_by=holder,
            claimed_at=uow.now,
            attempts=Release.attempts + 1,
            progress="claimed",
        )
        if taken:
            return uow.session.get_one(Release, number, populate_existing=True)
    return None


def _leave_guarded(uow: UnitOfWork, number: int, guard: object, **values: object) -> bool:
    changed = uow.session.execute(
        update(Release)
        .where(Release.id == number, guard)  # type: ignore[arg-type]
        .values(**values)
        .returning(Release.id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None


def renew_claim(uow: UnitOfWork, release_id: int, holder: str, progress: str | None = None) -> bool:
    """Say that the builder lives, and where it is; False when the claim is no longer its own."""
    values: dict[str, object] = {"claimed_at": uow.now}
    if progress is not None:
        values["progress"] = progress
    return _leave_guarded(uow, release_id, _held(holder), **values)


def give_back(uow: UnitOfWork, release_id: int, holder: str) -> bool:
    """The builder died: the release waits again, or fails when it was tried often enough. False if not its own."""
    release = uow.session.get_one(Release, release_id, populate_existing=True)
    if release.attempts >= MOST_ATTEMPTS:
        return fail(uow, release_id, holder, "release_failed_crashed")
    return _leave_guarded(uow, release_id, _held(holder), state="requested", claimed_by="", progress="")


def fail(uow: UnitOfWork, release_id: int, holder: str, failure: str, **values: str | int) -> bool:
    """The release cannot be made, for a reason with a sentence; False if the claim is no longer the holder's."""
    done = _leave_guarded(
        uow,
        release_id,
        _held(holder),
        state="failed",
        failure=failure[:64],
        failure_values=values,
        finished_at=uow.now,
        progress="",
    )
    if done:
        release = uow.session.get_one(Release, release_id, populate_existing=True)
        uow.audit(ResearchAction.RELEASE_FAILED, "release", release.public_id, failure=failure[:64])
    return done


def finish(
    uow: UnitOfWork,
    release_id: int,
    holder: str,
    *,
    folder: str,
    manifest_hash: str,
    members: tuple[str, ...],
) -> bool:
    """The package stands in its place: note it, and whose rows went in. False if the claim is another's now.

    Raises Conflict where another open release of the installation was published over one of its days.
    """
    done = _leave_guarded(
        uow,
        release_id,
        _held(holder),
        state="ready",
        folder=folder,
        manifest_hash=manifest_hash,
        finished_at=uow.now,
        progress="",
    )
    if done:
        uow.session.add_all(ReleaseMember(release_id=release_id, participant_id=one) for one in members)
        uow.session.flush()
        release = uow.session.get_one(Release, release_id, populate_existing=True)
        uow.audit(ResearchAction.RELEASE_READY, "release", release.public_id, manifest=manifest_hash)
        refuse_overlap(uow, release, published_only=True)
    return done


def expire_release(uow: UnitOfWork, public_id: str) -> Release:
    """Keep a release no longer: its files go with the next sweep, its entry in the register stays.

    By the study's researcher or the installation. Raises Conflict while it is being built.
    """
    release, study = release_for(uow, public_id)
    if not uow.actor.is_installation:
        own_study(uow, study.slug)
    if release.state == "building":
        raise Conflict("release_building")
    if release.state != "expired":
        release.state = "expired"
        release.finished_at = uow.now
        uow.session.flush()
        uow.audit(ResearchAction.RELEASE_EXPIRED, "release", release.public_id)
    return release


def _held(holder: str) -> object:
    return and_(Release.state == "building", Release.claimed_by == holder)
