"""Blocks: from the first minute, everywhere, and silent (invariant 9)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from peerspace.accounts.access import person_to_meet
from peerspace.accounts.events import Blocked, Unblocked
from peerspace.accounts.models import Block
from peerspace.accounts.queries import PersonCard, blocked_by, people_cards
from peerspace.kernel.errors import BadRequest
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """Whom the acting person may block, and whether they have."""

    person: PersonCard
    is_blocked: bool


def block_choice(uow: UnitOfWork, public_id: str) -> BlockChoice:
    """What is asked before a block is made or lifted.

    Raises NotFound for nobody, BadRequest("block_self") for oneself.
    """
    me = uow.actor.require_account()
    other = person_to_meet(uow, public_id)
    if other.id == me:
        raise BadRequest("block_self")
    return BlockChoice(people_cards(uow, [other.id])[other.id], other.id in blocked_by(uow, me))


def block(uow: UnitOfWork, public_id: str) -> None:
    """The acting person no longer meets `public_id`. Twice is the same as once.

    Raises NotFound for nobody, BadRequest("block_self") for oneself.
    """
    me = uow.actor.require_account()
    other = person_to_meet(uow, public_id)
    if other.id == me:
        raise BadRequest("block_self")
    there = select(Block.id).where(Block.blocker_id == me, Block.blocked_id == other.id)
    if uow.session.scalar(there) is None:
        share(uow, (me,))
        try:
            with uow.session.begin_nested():
                uow.session.add(Block(blocker_id=me, blocked_id=other.id, created_at=uow.now))
        except IntegrityError:  # the same press, twice at once
            return
        uow.emit(Blocked(blocker_id=me, blocked_id=other.id))


def unblock(uow: UnitOfWork, public_id: str) -> None:
    """Lift a block; lifting none is fine."""
    me = uow.actor.require_account()
    other = person_to_meet(uow, public_id)
    gone = uow.session.execute(
        delete(Block).where(Block.blocker_id == me, Block.blocked_id == other.id).returning(Block.id)
    ).first()
    if gone is not None:
        uow.emit(Unblocked(blocker_id=me, blocked_id=other.id))
