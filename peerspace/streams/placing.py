"""Taking a contribution's numbers when an act settles, and telling what became of it.

The numbers of a stream are taken last (`UnitOfWork.last`), when everybody inside the act has heard of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm.attributes import set_committed_value

from peerspace.community.review import Review
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.events import ContributionChanged, ContributionPublished, ContributionToLookAt
from peerspace.streams.kinds import Answered, Change, kind_named
from peerspace.streams.models import Contribution, State
from peerspace.streams.taking import Take, take


def no_check(_contribution: Contribution | None) -> None:
    """Nothing else speaks against it."""


def place(
    uow: UnitOfWork,
    contribution: Contribution,
    what: Take,
    check: Callable[[Contribution | None], None] = no_check,
    then: Change | None = None,
) -> None:
    """When the act settles, take the stream's numbers for a contribution that got its place, or changed in it.

    `check` may still refuse then; `then` is told to the stream's owner.
    """

    def taken() -> None:
        seq, rev = take(uow, contribution.stream_id, what)
        check(contribution)
        placed_at = seq if what.seq else contribution.seq
        if placed_at is not None:
            _number(uow, contribution, placed_at, rev)
        kind = kind_named(uow, contribution.kind)
        if then is not None:
            kind.changed(uow, then)
        if what.seq:
            kind.placed(uow, contribution)

    uow.last(contribution.stream_id, taken)


def _number(uow: UnitOfWork, contribution: Contribution, seq: int, rev: int) -> None:
    """Write a contribution's numbers, which are the stream's."""
    uow.rows(_NUMBER, {"which": contribution.id, "at": seq, "changed": rev})
    set_committed_value(contribution, "seq", seq)
    set_committed_value(contribution, "rev", rev)


# For every contribution: built once.
_TABLE = cast(Table, Contribution.__table__)
_NUMBER = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("which"))
    .values(seq=bindparam("at"), rev=bindparam("changed"))
)


def change(uow: UnitOfWork, contribution: Contribution, before: State, *, by_staff: bool) -> None:
    uow.session.flush()
    place(uow, contribution, Take.CHANGE, then=Change(contribution, before, by_staff))
    tell_changed(uow, contribution, by_staff=by_staff)


def ask_for_a_look(uow: UnitOfWork, contribution: Contribution, asked: Review) -> None:
    if asked.look:
        uow.emit(
            ContributionToLookAt(
                contribution.id, contribution.stream_id, contribution.kind, contribution.author_id, asked.look
            )
        )


def tell_published(
    uow: UnitOfWork, contribution: Contribution, answers: Answered | None, *, is_opening: bool
) -> None:
    """It stands in its stream, or will when the act has settled. `answers`: what it answers, named or not."""
    answered = None if is_opening else answers
    uow.emit(
        ContributionPublished(
            contribution.id,
            contribution.stream_id,
            contribution.kind,
            contribution.author_id,
            is_opening=is_opening,
            answers_id=answered.id if answered else None,
            answers_author_id=answered.author_id if answered else None,
            names_it=contribution.reply_to_id is not None,
        )
    )


def tell_changed(uow: UnitOfWork, contribution: Contribution, *, by_staff: bool) -> None:
    uow.emit(
        ContributionChanged(
            contribution.id,
            contribution.stream_id,
            contribution.kind,
            contribution.author_id,
            contribution.state,
            by_staff,
        )
    )
