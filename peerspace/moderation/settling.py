"""When a new member counts as settled in: their first contributions have been seen, and some days have passed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select

from peerspace.accounts.models import Account
from peerspace.accounts.service import mark_established
from peerspace.accounts.status import AccountStatus
from peerspace.community.settings import get_setting
from peerspace.kernel.errors import NotAllowed
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.models import Item
from peerspace.moderation.targets import content_kinds
from peerspace.streams.kinds import StreamKind, kinds
from peerspace.streams.models import Contribution, State

AT_ONCE = 500


def settle_members(uow: UnitOfWork) -> int:
    """Mark members as settled in and return how many; a job calls this.

    Settled in is who was let in at least `first_days` ago, has `first_posts` published posts or `first_messages`
    published messages, and has nothing that waits for a human (community.settings): no held content, and no open item
    on the desk about what they wrote. So what appeared at once counts once somebody has looked at it. Raises
    NotAllowed for people.
    """
    if not uow.actor.is_installation:
        raise NotAllowed("not_allowed")
    since = uow.now - timedelta(days=int(get_setting(uow, "first_days")))
    waiting = select(Contribution.id).where(
        Contribution.author_id == Account.id, Contribution.state == State.HELD
    )
    unseen = select(Item.id).where(
        Item.member_id == Account.id,
        Item.target_kind.in_(content_kinds(uow)),
        Item.open_key.is_not(None),
    )
    due = uow.session.scalars(
        select(Account.id)
        .where(
            Account.status == AccountStatus.ACTIVE,
            Account.established_at.is_(None),
            Account.admitted_at <= since,
            or_(*(_enough(uow, kind) for kind in kinds(uow))),
            ~waiting.exists(),
            ~unseen.exists(),
        )
        .order_by(Account.id)
        .limit(AT_ONCE)
    ).all()
    for account_id in due:
        mark_established(uow, account_id)
    return len(due)


def _enough(uow: UnitOfWork, kind: StreamKind) -> ColumnElement[bool]:
    """The condition that somebody has published as many of this kind as count as the first ones."""
    published = select(func.count()).where(
        Contribution.author_id == Account.id,
        Contribution.kind == kind.name,
        Contribution.state == State.PUBLISHED,
    )
    return published.scalar_subquery() >= int(get_setting(uow, kind.first_ones))
