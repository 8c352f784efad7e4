"""The inbox as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from peerspace.accounts.models import Account, Block
from peerspace.accounts.queries import PersonCard, blocked_by, people_cards
from peerspace.kernel.uow import UnitOfWork
from peerspace.notifications.models import Notice

PAGE = 30


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice. `about` is the person whose act it tells of, if any; of staff acts also past a block."""

    public_id: str
    kind: str
    ref_kind: str
    ref_id: str
    at: datetime
    read: bool
    about: PersonCard | None
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of notices, newest first."""

    notices: list[NoticeLine]
    unread: int
    page: int
    pages: int


def _mine(uow: UnitOfWork, me: int) -> ColumnElement[bool]:
    """A member's own notices, without those about people blocked since."""
    hidden = blocked_by(uow, me)
    mine = Notice.account_id == me
    return mine & or_(Notice.about_id.is_(None), Notice.about_id.not_in(hidden)) if hidden else mine


def unread_of(account_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ScalarSelect[int]:
    """`unread_count` of the account with the id `account_id`, as a part of another statement about that account."""
    hidden = select(Block.blocked_id).where(Block.blocker_id == account_id).correlate(Account)
    return (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.account_id == account_id,
            Notice.read_at.is_(None),
            or_(Notice.about_id.is_(None), Notice.about_id.not_in(hidden)),
        )
        .correlate(Account)
        .scalar_subquery()
    )


def unread_count(uow: UnitOfWork, account_id: int) -> int:
    """How many notices the member has not read."""
    where = _mine(uow, account_id) & Notice.read_at.is_(None)
    return uow.session.scalar(select(func.count()).select_from(Notice).where(where)) or 0


_UNREAD_OF_KIND = (
    select(Notice.public_id)
    .where(Notice.account_id == bindparam("me"), Notice.kind == bindparam("kind"), Notice.read_at.is_(None))
    .order_by(Notice.id.desc())
    .limit(1)
)


def unread_of_kind(uow: UnitOfWork, account_id: int, kind: str) -> str | None:
    """The public id of the member's newest unread notice of `kind`, if there is one."""
    return uow.rows(_UNREAD_OF_KIND, {"me": account_id, "kind": kind}).scalar()


def inbox(uow: UnitOfWork, page: int = 1) -> Inbox:
    """One page of the acting member's inbox."""
    me = uow.actor.require_account()
    mine = _mine(uow, me)
    is_unread = case((Notice.read_at.is_(None), 1))
    counted = select(func.count().label("all"), func.count(is_unread).label("unread"))
    counts = uow.rows(counted.select_from(Notice).where(mine)).one()
    pages = max(1, -(-counts.all // PAGE))
    page = min(max(page, 1), pages)
    rows = uow.session.scalars(
        select(Notice)
        .where(mine)
        .order_by(Notice.at.desc(), Notice.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    of = {row.id: row.about_id or int(row.values.get("by", 0)) for row in rows}
    cards = people_cards(uow, {account_id for account_id in of.values() if account_id})
    lines = [
        NoticeLine(
            row.public_id,
            row.kind,
            row.ref_kind,
            row.ref_id,
            row.at,
            row.read_at is not None,
            cards.get(of[row.id]),
            row.values,
        )
        for row in rows
    ]
    return Inbox(lines, counts.unread, page, pages)
