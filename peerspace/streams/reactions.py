"""Phrases sent to the author of a contribution. Only the author learns how many (invariant 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from peerspace.accounts.models import Block
from peerspace.kernel.errors import BadRequest, Conflict, NotAllowed
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import C, contribution_for, require_writer
from peerspace.streams.events import ContributionReacted
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Contribution, Phrase, Reaction, State

Counts = tuple[tuple[str, int], ...]
"""How often each phrase was received."""


def react(uow: UnitOfWork, public_id: object, phrase: object, what: type[C], *, on: bool = True) -> C:
    """Send a contribution's author a phrase, or take it back with `on=False`. Twice is once.

    Raises NotFound, NotAllowed("own_reaction"), BadRequest("phrase_unknown"), Conflict (the kind's `gone`).
    """
    account = require_writer(uow)
    found = contribution_for(uow, public_id, what)
    if phrase not in tuple(Phrase):
        raise BadRequest("phrase_unknown")
    if found.author_id == account.id:
        raise NotAllowed("own_reaction")
    if found.state != State.PUBLISHED:
        raise Conflict(kind_named(uow, found.kind).gone)
    if not on:
        _take_back(uow, found, account.id, str(phrase))
        return found
    share(uow, (account.id, found.author_id))
    row = {"contribution_id": found.id, "account_id": account.id, "phrase": str(phrase), "at": uow.now}
    if uow.session.scalar(_REACT_ONCE[uow.database.is_sqlite], row) is not None:
        uow.emit(
            ContributionReacted(
                found.id, found.stream_id, found.kind, found.author_id, account.id, str(phrase)
            )
        )
    return found


def reactions_to(uow: UnitOfWork, own: Sequence[Contribution]) -> dict[int, Counts]:
    """How many of each phrase contributions of one author received, by row id, without people the author blocked."""
    if not own:
        return {}
    blocked = select(Block.blocked_id).where(Block.blocker_id == own[0].author_id)
    counted = (
        select(Reaction.contribution_id, Reaction.phrase, func.count())
        .where(
            Reaction.contribution_id.in_([one.id for one in own]),
            Reaction.account_id.not_in(blocked),
        )
        .group_by(Reaction.contribution_id, Reaction.phrase)
        .order_by(Reaction.phrase)
    )
    found: dict[int, Counts] = {}
    for contribution_id, phrase, count in uow.session.execute(counted):
        found[contribution_id] = (*found.get(contribution_id, ()), (phrase, count))
    return found


def _take_back(uow: UnitOfWork, contribution: Contribution, account_id: int, phrase: str) -> None:
    uow.session.execute(
        delete(Reaction).where(
            Reaction.contribution_id == contribution.id,
            Reaction.account_id == account_id,
            Reaction.phrase == phrase,
        ),
        execution_options={"synchronize_session": False},
    )


_REACT_ONCE: dict[bool, Any] = {
    is_sqlite: dialect.insert(Reaction)
    .on_conflict_do_nothing(index_elements=["contribution_id", "account_id", "phrase"])
    .returning(Reaction.id)
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}
