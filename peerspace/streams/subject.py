"""Contributions as what can be reported: one subject for each kind of stream, made of what its owner says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.kernel.subjects import Subject, Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import contribution_for_update
from peerspace.streams.kinds import StreamKind
from peerspace.streams.models import Contribution, State
from peerspace.streams.service import hold_sides_of, publish_held, set_state
from peerspace.streams.versions import Version, last_read, last_words, versions_shown_since

CONTEXT = 10
"""How much of what stood before is kept where people read along as it is written."""


def subject_of_kind(kind: StreamKind) -> Subject:
    """What of this kind can be reported, held, hidden, restored and published."""
    return Subject(
        kind=kind.contribution,
        load=partial(_load, kind),
        about=kind.about,
        about_in=kind.about_in,
        modality=kind.modality,
        is_reportable=True,
        is_content=True,
        versions=_versions,
        context=partial(_context, kind),
        places=partial(_places, kind),
        waiting=_waiting,
        hold=_hold,
        publish=publish_held,
        hide=partial(_set, State.HIDDEN),
        restore=partial(_set, State.PUBLISHED),
        lock=kind.lock,
    )


def _load(kind: StreamKind, uow: UnitOfWork, public_id: str, row_id: int) -> Target | None:
    wanted = Contribution.id == row_id if row_id else Contribution.public_id == public_id
    found = uow.session.scalar(select(Contribution).where(wanted, Contribution.kind == kind.name))
    if found is None:
        return None
    place = kind.describe(uow, [found.id])[found.id]
    return Target(
        kind.contribution,
        found.id,
        found.public_id,
        found.author_id,
        found.version,
        _as_read(last_words(uow, found)),
        found.state,
        where=place.place,
        place_url=place.href,
        had_place=found.seq is not None or found.published_at is not None,
        title=place.title,
        history_url=kind.history_href(found.public_id) if found.version > 1 else "",
    )


def _versions(uow: UnitOfWork, target: Target, since: datetime) -> list[Target]:
    found = uow.session.get_one(Contribution, target.id)
    return [_at(target, version) for version in versions_shown_since(uow, found, since)]


def _at(target: Target, version: Version) -> Target:
    """The target as it stood in that version."""
    return Target(
        target.kind,
        target.id,
        target.public_id,
        target.member_id,
        version.number,
        _as_read(version),
        target.state,
        where=target.where,
        place_url=target.place_url,
        had_place=target.had_place,
        title=version.title,
    )


def _as_read(version: Version) -> str:
    """Title, content note and words as they stand above one another."""
    return "\n\n".join(part for part in (version.title, version.content_note, version.body) if part)


def _context(kind: StreamKind, uow: UnitOfWork, target: Target) -> list[dict[str, Any]]:
    """What stood before it: up to 10, oldest first, with the last words of what was taken out of sight since."""
    if not kind.is_live:
        return []
    found = uow.session.get_one(Contribution, target.id)
    # A stream is read in the order of its numbers; what waits has none yet, and follows what was there when it came.
    order = (Contribution.id, found.id) if found.seq is None else (Contribution.seq, found.seq)
    rows = uow.session.execute(
        select(Contribution, Account.public_id)
        .join(Account, Account.id == Contribution.author_id)
        .where(
            Contribution.stream_id == found.stream_id,
            Contribution.published_at.is_not(None),
            order[0] < order[1],
        )
        .order_by(order[0].desc())
        .limit(CONTEXT)
    ).all()
    return [
        {
            "id": before.public_id,
            "at": before.published_at.isoformat() if before.published_at else "",
            "author": author,
            "body": last_read(uow, before).body,
            "state": str(before.state),
        }
        for before, author in reversed(rows)
    ]


def _places(kind: StreamKind, uow: UnitOfWork, row_ids: Collection[int]) -> Mapping[int, str]:
    return {row_id: described.place for row_id, described in kind.describe(uow, row_ids).items()}


def _waiting(uow: UnitOfWork, row_ids: Collection[int]) -> Collection[int]:
    held = select(Contribution.id).where(Contribution.id.in_(row_ids), Contribution.state == State.HELD)
    return set(uow.session.scalars(held))


def _hold(uow: UnitOfWork, row_id: int) -> None:
    hold_sides_of(uow, row_id)
    contribution_for_update(uow, row_id)


def _set(state: State, uow: UnitOfWork, row_id: int) -> object:
    return set_state(uow, row_id, state)
