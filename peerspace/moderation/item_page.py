"""Everything that a supervisor needs to decide on one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.kernel.actor import Role
from peerspace.kernel.subjects import Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.desk import can_be_seen, load_item
from peerspace.moderation.kinds import ItemKind
from peerspace.moderation.models import Decision, Evidence, Item, ItemEvent, Report
from peerspace.moderation.own import DecisionLine, decision_line
from peerspace.moderation.queue import DeskRow, desk_rows
from peerspace.moderation.targets import target_by_id, target_by_key
from peerspace.moderation.worried import SafetyLine, words_with


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report as a supervisor reads it."""

    reason: str
    words: str
    at: datetime
    reporter: PersonCard


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """The target as it stood, and what stood before it."""

    captured_at: datetime
    body: str
    version: int
    context: list[dict[str, Any]]
    target: Target
    """What it is a copy of, as that stands now."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of an item's life."""

    kind: str
    at: datetime
    note: str
    by: PersonCard | None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything a supervisor needs to decide."""

    item: DeskRow
    version: int
    mine: bool
    own_case: bool
    target: Target
    reports: list[ReportLine]
    evidence: list[EvidenceLine]
    versions: list[EvidenceLine]
    """The evidence without repeats: each version of what was written once, as it was first kept.

    The newest first where somebody may be in danger, else in the order they came.
    """
    changed_since: bool
    steps: list[StepLine]
    decision: DecisionLine | None
    earlier: list[DecisionLine]
    enough_to_see: bool
    """True where there is nothing to decide: a first contribution that stands already."""
    people: dict[str, PersonCard]
    words_with: list[SafetyLine]
    """What the person and supervisors wrote to one another, for a worried item."""


def item_page(uow: UnitOfWork, public_id: str) -> ItemPage:
    """Everything about one item; without who told what, and without the desk's notes, for the one it is about.

    Raises NotFound, or NotAllowed for anyone but a supervisor.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    own_case = item.member_id == me
    evidence = list(
        uow.session.scalars(select(Evidence).where(Evidence.item_id == item.id).order_by(Evidence.id))
    )
    kept = _evidence(uow, evidence)
    decided, earlier = _decisions(uow, item)
    return ItemPage(
        item=desk_rows(uow, [item])[0],
        version=item.version,
        mine=item.claimed_by_id == me,
        own_case=own_case,
        target=target_by_id(uow, item.target_kind, item.target_id),
        reports=[]
        if own_case
        else _reports(uow, item),  # who reports is promised that nobody else learns of it
        evidence=kept,
        versions=_newest_first(kept) if item.kind == ItemKind.WORRIED else _once_each(kept),
        changed_since=_changed_since(kept),
        steps=[] if own_case else _steps(uow, item),
        decision=decided,
        earlier=earlier,
        enough_to_see=can_be_seen(uow, item),
        people={card.public_id: card for card in _context_people(uow, evidence).values()},
        words_with=words_with(uow, item.member_id) if item.kind == ItemKind.WORRIED and not own_case else [],
    )


def _reports(uow: UnitOfWork, item: Item) -> list[ReportLine]:
    rows = uow.session.scalars(select(Report).where(Report.item_id == item.id).order_by(Report.id)).all()
    cards = people_cards(uow, {row.reporter_id for row in rows})
    return [ReportLine(row.reason, row.words, row.at, cards[row.reporter_id]) for row in rows]


def _steps(uow: UnitOfWork, item: Item) -> list[StepLine]:
    rows = uow.session.scalars(
        select(ItemEvent).where(ItemEvent.item_id == item.id).order_by(ItemEvent.id)
    ).all()
    cards = people_cards(uow, {row.by_id for row in rows if row.by_id is not None})
    return [StepLine(row.kind, row.at, row.note, cards.get(row.by_id or 0)) for row in rows]


def _decisions(uow: UnitOfWork, item: Item) -> tuple[DecisionLine | None, list[DecisionLine]]:
    """What was decided on the item, if anything, and what was decided about the same person before: the newest 20."""
    taken = select(Decision).where(Decision.item_id == item.id).order_by(Decision.id.desc()).limit(1)
    before = (
        select(Decision)
        .where(Decision.member_id == item.member_id, Decision.item_id != item.id)
        .order_by(Decision.id.desc())
        .limit(20)
    )
    rows = [*uow.session.scalars(taken), *uow.session.scalars(before)]
    cards = people_cards(uow, {row.decided_by_id for row in rows})
    lines = [(row.item_id, decision_line(row, cards.get(row.decided_by_id))) for row in rows]
    decided = next((line for item_id, line in lines if item_id == item.id), None)
    return decided, [line for item_id, line in lines if item_id != item.id]


def _evidence(uow: UnitOfWork, rows: Sequence[Evidence]) -> list[EvidenceLine]:
    """Every copy with what it is a copy of, as that stands now: asked once for each subject.

    What somebody told in a report about the reader is left out: who reports is promised that nobody else learns of it.
    """
    told = [row.report_id for row in rows if row.subject.startswith("report:")]
    about_me = (
        select(Report.id)
        .join(Item, Item.id == Report.item_id)
        .where(Report.id.in_(told), Item.member_id == uow.actor.account_id)
    )
    hidden = set(uow.session.scalars(about_me)) if told else set()
    rows = [row for row in rows if not (row.subject.startswith("report:") and row.report_id in hidden)]
    now = {row.subject: target_by_key(uow, row.subject) for row in rows}
    return [
        EvidenceLine(row.captured_at, row.body, row.target_version, row.context, now[row.subject])
        for row in rows
    ]


def _once_each(kept: list[EvidenceLine]) -> list[EvidenceLine]:
    """Each version of each thing once, as it was first kept: things in the order they came, versions as they rose."""
    first = {(line.target.open_key, line.version): line for line in reversed(kept)}
    came = list(dict.fromkeys(line.target.open_key for line in kept))
    return sorted(first.values(), key=lambda line: (came.index(line.target.open_key), line.version))


def _newest_first(kept: list[EvidenceLine]) -> list[EvidenceLine]:
    """Each version once; what somebody in danger wrote last is read first."""
    lines = _once_each(kept)[::-1]
    lines.sort(key=lambda line: line.captured_at, reverse=True)
    return lines


def _changed_since(kept: list[EvidenceLine]) -> bool:
    newest = {line.target.open_key: line for line in sorted(kept, key=lambda line: line.version)}
    return any(line.version != line.target.version for line in newest.values())


def _context_people(uow: UnitOfWork, evidence: list[Evidence]) -> dict[int, PersonCard]:

    refs = {line["author"] for row in evidence for line in row.context}
    ids = uow.session.scalars(select(Account.id).where(Account.public_id.in_(refs))).all() if refs else []
    return people_cards(uow, set(ids))
