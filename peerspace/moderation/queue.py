"""The queue on the desk: what waits for a human, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.kinds import OVER, ItemKind
from peerspace.moderation.models import Item, Report
from peerspace.moderation.reasons import BY_KEY
from peerspace.moderation.targets import subject_named

PAGE = 25
VIEWS = ("unclaimed", "mine", "overdue", "all", "decided")


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One line of the queue."""

    public_id: str
    kind: str
    target_kind: str
    priority: str
    state: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    reports: int
    reason: str
    member: PersonCard
    claimed_by: PersonCard | None
    about: str = ""
    """What it is called, in English, with `%(name)s`; `about_in` also with `%(place)s`."""
    about_in: str = ""
    place: str = ""
    """Where it stands: the name of a space or room, empty for a member."""
    hits: int = 0
    """How often the check for danger found words, for a worried item."""
    waits: bool = False
    """True for content that others do not see until somebody decides."""

    @property
    def is_open(self) -> bool:
        return self.state not in OVER


@dataclass(frozen=True, slots=True)
class Desk:
    """One page of the queue, most urgent first, and how many wait in each view."""

    view: str
    rows: list[DeskRow]
    counts: dict[str, int]
    page: int
    pages: int
    longest: DeskRow | None = None
    """What has waited longest without anybody who has it."""
    on_duty: tuple[PersonCard, ...] = ()
    """Who keeps the desk now."""


def desk(uow: UnitOfWork, view: str, page: int = 1) -> Desk:
    """One page of the queue for a supervisor. An unknown `view` raises NotFound."""
    me = uow.actor.require(Role.SUPERVISOR)
    if view not in VIEWS:
        raise NotFound("not_found")
    conditions = _views(uow, me)
    counts = {
        name: uow.session.scalar(select(func.count()).select_from(Item).where(condition)) or 0
        for name, condition in conditions.items()
        if name != "decided"
    }
    total = counts.get(view)
    if total is None:
        total = uow.session.scalar(select(func.count()).select_from(Item).where(conditions[view])) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    order = (
        (Item.closed_at.desc(), Item.id.desc())
        if view == "decided"
        else (Item.priority_rank, Item.due_at, Item.id)
    )
    items = uow.session.scalars(
        select(Item).where(conditions[view]).order_by(*order).offset((page - 1) * PAGE).limit(PAGE)
    ).all()
    oldest = uow.session.scalars(
        select(Item).where(conditions["unclaimed"]).order_by(Item.opened_at, Item.id).limit(1)
    ).all()
    longest = desk_rows(uow, list(oldest))
    return Desk(
        view,
        desk_rows(uow, list(items)),
        counts,
        page,
        pages,
        longest=longest[0] if longest else None,
        on_duty=_at_the_desk(uow),
    )


def _at_the_desk(uow: UnitOfWork) -> tuple[PersonCard, ...]:
    ids = uow.session.scalars(
        select(Duty.account_id).where(Duty.stream_id.is_(None), Duty.to_at.is_(None)).order_by(Duty.id)
    ).all()
    cards = people_cards(uow, ids)
    return tuple(cards[one] for one in ids)


def _views(uow: UnitOfWork, me: int) -> dict[str, ColumnElement[bool]]:
    is_open = Item.open_key.is_not(None)
    return {
        "unclaimed": is_open & Item.claimed_by_id.is_(None),
        "mine": is_open & (Item.claimed_by_id == me),
        "overdue": is_open & (Item.due_at < uow.now),
        "all": is_open,
        "decided": Item.open_key.is_(None),
    }


def desk_rows(uow: UnitOfWork, items: list[Item]) -> list[DeskRow]:
    ids = [item.id for item in items]
    counts: dict[int, int] = {}
    reasons: dict[int, str] = {}
    for item_id, reason, number in uow.session.execute(
        select(Report.item_id, Report.reason, func.count())
        .where(Report.item_id.in_(ids))
        .group_by(Report.item_id, Report.reason)
    ):
        counts[item_id] = counts.get(item_id, 0) + number
        best = reasons.get(item_id)
        order = list(BY_KEY)
        if best is None or order.index(reason) < order.index(best):
            reasons[item_id] = reason
    waits = _that_wait(uow, items)
    places = _places(uow, items)
    held_by = [item.claimed_by_id for item in items if item.claimed_by_id is not None]
    cards = people_cards(uow, {*(item.member_id for item in items), *held_by})
    return [
        DeskRow(
            public_id=item.public_id,
            kind=item.kind,
            target_kind=item.target_kind,
            priority=item.priority,
            state=item.state,
            opened_at=item.opened_at,
            due_at=item.due_at,
            overdue=item.open_key is not None and item.due_at < uow.now,
            reports=counts.get(item.id, 0),
            reason=ItemKind.WORRIED if item.kind == ItemKind.WORRIED else reasons.get(item.id, ""),
            hits=item.hits,
            member=cards[item.member_id],
            claimed_by=cards.get(item.claimed_by_id) if item.claimed_by_id else None,
            about=subject_named(uow, item.target_kind).about,
            about_in=subject_named(uow, item.target_kind).about_in,
            place=places.get((item.target_kind, item.target_id), ""),
            waits=item.id in waits,
        )
        for item in items
    ]


def _places(uow: UnitOfWork, items: list[Item]) -> dict[tuple[str, int], str]:
    """The name of the place of each target: a query a kind, however many items."""
    return {
        (kind, target_id): name
        for kind, ids in _by_kind(items).items()
        for target_id, name in subject_named(uow, kind).places(uow, ids).items()
    }


def _that_wait(uow: UnitOfWork, items: list[Item]) -> set[int]:
    """The ids of those items whose content is held now."""
    brought = [item for item in items if item.kind == ItemKind.HELD]
    waiting = {
        (kind, target_id)
        for kind, ids in _by_kind(brought).items()
        for target_id in subject_named(uow, kind).waiting(uow, ids)
    }
    return {item.id for item in brought if (item.target_kind, item.target_id) in waiting}


def _by_kind(items: list[Item]) -> dict[str, set[int]]:
    """The row ids of the targets, by their kind."""
    ids: dict[str, set[int]] = {}
    for item in items:
        ids.setdefault(item.target_kind, set()).add(item.target_id)
    return ids
