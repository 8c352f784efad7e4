"""Who may see which study and which release. What one may not know of is NotFound."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.locks import held
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.models import Release, Study


def study_by_slug(uow: UnitOfWork, slug: str, *, lock: bool = False) -> Study:
    """A study by its address; the register is open to everybody (invariant 13). Raises NotFound."""
    query = select(Study).where(Study.slug == slug)
    if lock:
        query = held(query)
    study = uow.session.scalar(query)
    if study is None:
        raise NotFound("not_found")
    return study


def own_study(uow: UnitOfWork, slug: str) -> Study:
    """A study of the acting researcher. Raises NotAllowed for other roles, NotFound for another's study."""
    me = uow.actor.require(Role.RESEARCHER)
    study = study_by_slug(uow, slug)
    if study.registered_by_id != me:
        raise NotFound("not_found")
    return study


def release_for(uow: UnitOfWork, public_id: str) -> tuple[Release, Study]:
    """A release the actor may know of, with its study.

    The study's researcher, the panel, administrators and the installation see it in every state. A ready or expired
    open release (T0) is there for everybody who is signed in. Raises NotFound, NotAllowed for a guest.
    """
    release = uow.session.scalar(select(Release).where(Release.public_id == public_id))
    if uow.actor.is_installation:
        me = None
    else:
        me = uow.actor.require_account()
    if release is None:
        raise NotFound("not_found")
    study = uow.session.get_one(Study, release.study_id)
    if me is None or study.registered_by_id == me or uow.actor.has(Role.PANEL, Role.ADMINISTRATOR):
        return release, study
    if release.tier == "T0" and release.state in ("ready", "expired"):
        return release, study
    raise NotFound("not_found")


def ready_release(uow: UnitOfWork, public_id: str) -> tuple[Release, Study]:
    """As `release_for`, for its files. Raises Conflict when there are none (yet, or any more)."""
    release, study = release_for(uow, public_id)
    if release.state == "expired":
        raise Conflict("release_expired")
    if release.state != "ready":
        raise Conflict("release_not_ready")
    return release, study
