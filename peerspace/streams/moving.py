"""Moving contributions into another stream of their kind, with a trace of where they stood.

What is moved goes to the end of the other stream, in the order it had; nothing there gets another number. Where it
stood is kept with its dates: captured rows name that place, and who met what is found through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import contribution_for_update
from peerspace.streams.actions import StreamAction
from peerspace.streams.events import ContributionChanged
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Contribution, Placement
from peerspace.streams.taking import Take, stream_now, take


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contribution stood from a moment on, until another; `until` is None where it stands now."""

    stream_id: int
    seq: int
    since: datetime
    until: datetime | None


def move(uow: UnitOfWork, contribution_ids: Sequence[int], to_stream_id: int) -> list[Contribution]:
    """A supervisor moves contributions (row ids) to the end of another stream of the same kind.

    An opening moves with its stream only; what waits has no place to move from. Raises NotAllowed, NotFound,
    BadRequest("move_impossible").
    """
    uow.actor.require(Role.SUPERVISOR)
    target = stream_now(uow, to_stream_id)
    moved = [contribution_for_update(uow, one) for one in sorted(set(contribution_ids))]
    if not moved:
        raise NotFound("not_found")
    for one in moved:
        opening = kind_named(uow, one.kind).opening(uow, one.stream_id)
        is_opening = opening is not None and opening.id == one.id
        if one.kind != target.kind or one.stream_id == target.id or one.seq is None or is_opening:
            raise BadRequest("move_impossible")
    moved.sort(key=lambda one: (one.stream_id, one.seq or 0))
    for source in sorted({one.stream_id for one in moved}):
        _leave(uow, source)
    _arrive(uow, moved, target.id)
    for one in moved:
        subject = kind_named(uow, one.kind).contribution
        uow.audit(StreamAction.MOVED, subject, one.id, concerns=one.author_id, stream=target.id)
        uow.emit(
            ContributionChanged(one.id, one.stream_id, one.kind, one.author_id, one.state, by_staff=True)
        )
    return moved


def places_of(uow: UnitOfWork, contribution: Contribution) -> list[Place]:
    """Everywhere it stood, oldest first; the last one is where it stands now. Empty for what never had a place."""
    former = uow.session.scalars(
        select(Placement)
        .where(Placement.contribution_id == contribution.id)
        .order_by(Placement.from_at, Placement.id)
    ).all()
    places = [Place(one.stream_id, one.seq, one.from_at, one.to_at) for one in former]
    if contribution.seq is not None and contribution.published_at is not None:
        since = former[-1].to_at if former else contribution.published_at
        places.append(Place(contribution.stream_id, contribution.seq, since, None))
    return places


def _leave(uow: UnitOfWork, source_id: int) -> None:
    """When the act settles, the stream they leave is told to have changed."""

    def left() -> None:
        take(uow, source_id, Take.CHANGE)

    uow.last(source_id, left)


def _arrive(uow: UnitOfWork, moved: Sequence[Contribution], target_id: int) -> None:
    """When the act settles, they get their numbers at the end of the other stream, one after the other."""

    def arrived() -> None:
        for one in moved:
            since = places_of(uow, one)[-1].since
            if one.seq is None:
                raise ValueError("what has no place cannot have stood there")
            uow.session.add(
                Placement(
                    contribution_id=one.id,
                    stream_id=one.stream_id,
                    seq=one.seq,
                    from_at=since,
                    to_at=max(uow.now, since),
                )
            )
            seq, rev = take(uow, target_id, Take.PUBLISH)
            one.stream_id, one.seq, one.rev = target_id, seq, rev
            uow.session.flush()
            kind_named(uow, one.kind).placed(uow, one)

    uow.last(target_id, arrived)
