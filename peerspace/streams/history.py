"""A contribution's former versions, for its author and for supervisors, whose look is logged first (invariant 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import C, contribution_for
from peerspace.streams.actions import StreamAction
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Contribution, Revision, State


@dataclass(frozen=True, slots=True)
class FormerVersion:
    """One version. `until`: when it was changed or removed; None for what stands there now."""

    number: int
    html: Markup
    content_note: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """A contribution's versions, newest first. Empty for a supervisor who has not opened it: that look is logged first.

    `href`: where it stands.
    """

    id: str
    href: str
    author: PersonCard
    own: bool
    state: str
    versions: list[FormerVersion]


def history(uow: UnitOfWork, public_id: object, what: type[C], *, opened: bool) -> History:
    """The versions of a contribution that the acting person may know of.

    A supervisor sees them only with `opened`, which the caller sets after `look_at_history` logged the look. Raises
    NotAllowed, NotFound (other members: the history is not theirs to know of).
    """
    found = contribution_for(uow, public_id, what, past_blocks=uow.actor.has(Role.SUPERVISOR))
    own = found.author_id == uow.actor.account_id
    if not own and not uow.actor.has(Role.SUPERVISOR):
        raise NotFound("not_found")
    return History(
        id=found.public_id,
        href=kind_named(uow, found.kind).describe(uow, [found.id])[found.id].href,
        author=people_cards(uow, [found.author_id])[found.author_id],
        own=own,
        state=found.state,
        versions=_versions(uow, found) if own or opened else [],
    )


def look_at_history(uow: UnitOfWork, public_id: object, what: type[C]) -> None:
    """Log that a supervisor opens the former versions of what somebody wrote; they can see it (invariant 8).

    Looking at one's own is not logged. Raises NotAllowed, NotFound.
    """
    found = contribution_for(uow, public_id, what, past_blocks=uow.actor.has(Role.SUPERVISOR))
    if found.author_id == uow.actor.account_id:
        return
    if not uow.actor.has(Role.SUPERVISOR):
        raise NotFound("not_found")  # as the page says: the history is not theirs to know of
    subject = kind_named(uow, found.kind).contribution
    uow.audit(StreamAction.HISTORY_OPENED, subject, found.id, concerns=found.author_id)


def _versions(uow: UnitOfWork, found: Contribution) -> list[FormerVersion]:
    """What stands there now, then each former version once, newest first."""
    kept = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == found.id, Revision.version < found.version)
        .order_by(Revision.version.desc(), Revision.id)
    )
    now = [] if found.state == State.REMOVED else [(found.version, found.body_html, found.content_note, None)]
    before = {old.version: (old.version, old.body_html, old.content_note, old.at) for old in kept}
    return [
        FormerVersion(number, Markup(html), note, until)  # noqa: S704 -- text.written made it safe HTML
        for number, html, note, until in (*now, *before.values())
    ]
