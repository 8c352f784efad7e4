"""What a contribution said before, and when others could read it so: what was read can be proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Contribution, Revision


@dataclass(frozen=True, slots=True)
class Version:
    """One version's words. `shown_to` is None while it still can be read; both are None where it never could."""

    number: int
    title: str
    body: str
    content_note: str
    shown_from: datetime | None
    shown_to: datetime | None


def keep_version(uow: UnitOfWork, contribution: Contribution, by_id: int) -> None:
    """Keep the words as they stand, with the stretch in which others could read them; that stretch ends now."""
    uow.session.add(
        Revision(
            contribution_id=contribution.id,
            version=contribution.version,
            title=title_of(uow, contribution),
            body=contribution.body,
            body_html=contribution.body_html,
            content_note=contribution.content_note,
            shown_from=contribution.shown_from,
            shown_to=None if contribution.shown_from is None else max(uow.now, contribution.shown_from),
            at=uow.now,
            by_id=by_id,
        )
    )
    contribution.shown_from = None


def title_of(uow: UnitOfWork, contribution: Contribution) -> str:
    """What stands above a contribution: its author's words too. '' for all but openings."""
    described = kind_named(uow, contribution.kind).describe(uow, [contribution.id])
    return described[contribution.id].title


def versions_shown_since(uow: UnitOfWork, contribution: Contribution, since: datetime) -> list[Version]:
    """Every version that others could read at some time after `since`, oldest first, each once."""
    rows = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == contribution.id, Revision.shown_to > since)
        .order_by(Revision.version, Revision.id)
    )
    found = {
        row.version: Version(row.version, row.title, row.body, row.content_note, row.shown_from, row.shown_to)
        for row in rows
    }
    if contribution.shown_from is not None:
        found[contribution.version] = current_version(uow, contribution)
    return list(found.values())


def current_version(uow: UnitOfWork, contribution: Contribution) -> Version:
    """The words as they stand."""
    return Version(
        contribution.version,
        title_of(uow, contribution),
        contribution.body,
        contribution.content_note,
        contribution.shown_from,
        None,
    )


def last_read(uow: UnitOfWork, contribution: Contribution) -> Version:
    """The words that others could read last: not those of an edit that waits."""
    if contribution.shown_from is not None:
        return current_version(uow, contribution)
    newest = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == contribution.id, Revision.shown_to.is_not(None))
        .order_by(Revision.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return Version(contribution.version, "", "", "", None, None)
    return Version(
        newest.version, newest.title, newest.body, newest.content_note, newest.shown_from, newest.shown_to
    )


def last_words(uow: UnitOfWork, contribution: Contribution) -> Version:
    """The words as they stand; of what its author removed, those that were there last."""
    if contribution.body:
        return current_version(uow, contribution)
    newest = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == contribution.id, Revision.body != "")
        .order_by(Revision.version.desc(), Revision.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return current_version(uow, contribution)
    return Version(
        contribution.version,
        newest.title,
        newest.body,
        newest.content_note,
        newest.shown_from,
        newest.shown_to,
    )
