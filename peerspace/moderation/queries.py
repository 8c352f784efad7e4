"""What the desk, the item's page and the member's own reports and decisions show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.subjects import Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.desk import WORRIED, can_be_seen, load_item
from peerspace.moderation.models import Decision, Evidence, Item, ItemEvent, Report
from peerspace.moderation.reasons import BY_KEY
from peerspace.moderation.targets import subject_named, target_by_id, target_by_key
from peerspace.moderation.worried import SafetyLine, words_with

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
        return self.state not in ("decided", "closed")


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
class DecisionLine:
    """A decision as the member and the desk read it. `decided_by` is None where the member reads."""

    public_id: str
    kind: str
    reason: str
    rule_ref: str
    decided_at: datetime
    expires_at: datetime | None
    decided_by: PersonCard | None
    body: str = ""
    """What it was about, as it stood."""


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


@dataclass(frozen=True, slots=True)
class MyReport:
    """One of a member's own reports, and what became of it."""

    public_id: str
    reason: str
    words: str
    at: datetime
    state: str
    answer: str


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
    longest = _rows(uow, list(oldest))
    return Desk(
        view,
        _rows(uow, list(items)),
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


def _rows(uow: UnitOfWork, items: list[Item]) -> list[DeskRow]:
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
            reason=WORRIED if item.kind == WORRIED else reasons.get(item.id, ""),
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
    brought = [item for item in items if item.kind == "held"]
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


def item_page(uow: UnitOfWork, public_id: str) -> ItemPage:
    """Everything about one item; without who told what, and without the desk's notes, for the one it is about.

    Raises NotFound, or NotAllowed for anyone but a supervisor.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    own_case = item.member_id == me
    reports = (
        []
        if own_case  # who reports is promised that nobody else learns of it
        else uow.session.scalars(select(Report).where(Report.item_id == item.id).order_by(Report.id)).all()
    )
    evidence = uow.session.scalars(
        select(Evidence).where(Evidence.item_id == item.id).order_by(Evidence.id)
    ).all()
    steps = (
        []
        if own_case
        else uow.session.scalars(
            select(ItemEvent).where(ItemEvent.item_id == item.id).order_by(ItemEvent.id)
        ).all()
    )
    taken = uow.session.scalars(
        select(Decision).where(Decision.item_id == item.id).order_by(Decision.id.desc()).limit(1)
    ).all()
    earlier = uow.session.scalars(
        select(Decision)
        .where(Decision.member_id == item.member_id, Decision.item_id != item.id)
        .order_by(Decision.id.desc())
        .limit(20)
    ).all()
    decisions = [*taken, *earlier]
    target = target_by_id(uow, item.target_kind, item.target_id)
    cards = people_cards(
        uow,
        {report.reporter_id for report in reports}
        | {line.by_id for line in steps if line.by_id is not None}
        | {decision.decided_by_id for decision in decisions},
    )
    kept = _evidence(uow, evidence)
    lines = {
        decision.item_id: _decision(decision, cards.get(decision.decided_by_id)) for decision in decisions
    }
    return ItemPage(
        item=_rows(uow, [item])[0],
        version=item.version,
        mine=item.claimed_by_id == me,
        own_case=own_case,
        target=target,
        reports=[
            ReportLine(report.reason, report.words, report.at, cards[report.reporter_id])
            for report in reports
        ],
        evidence=kept,
        versions=_newest_first(kept) if item.kind == WORRIED else _once_each(kept),
        changed_since=_changed_since(kept),
        steps=[StepLine(row.kind, row.at, row.note, cards.get(row.by_id or 0)) for row in steps],
        decision=lines.get(item.id),
        earlier=[line for item_id, line in lines.items() if item_id != item.id],
        enough_to_see=can_be_seen(uow, item),
        people={card.public_id: card for card in _context_people(uow, list(evidence)).values()},
        words_with=words_with(uow, item.member_id) if item.kind == WORRIED and not own_case else [],
    )


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
    from peerspace.accounts.models import Account

    refs = {line["author"] for row in evidence for line in row.context}
    ids = uow.session.scalars(select(Account.id).where(Account.public_id.in_(refs))).all() if refs else []
    return people_cards(uow, set(ids))


def _decision(decision: Decision, by: PersonCard | None, body: str = "") -> DecisionLine:
    return DecisionLine(
        decision.public_id,
        decision.kind,
        decision.reason,
        decision.rule_ref,
        decision.decided_at,
        decision.expires_at,
        by,
        body,
    )


def my_reports(uow: UnitOfWork) -> list[MyReport]:
    """The member's own reports, newest first, with what became of each."""
    me = uow.actor.require_account()
    rows = uow.session.execute(
        select(Report, Item.state, Decision.to_reporters)
        .join(Item, Item.id == Report.item_id)
        .outerjoin(Decision, Decision.item_id == Item.id)
        .where(Report.reporter_id == me)
        .order_by(Report.id.desc())
        .limit(100)
    ).all()
    return [
        MyReport(report.public_id, report.reason, report.words, report.at, state, answer or "")
        for report, state, answer in rows
    ]


def my_decisions(uow: UnitOfWork) -> list[DecisionLine]:
    """The decisions about this member, newest first, with what each was about and without who reported."""
    me = uow.actor.require_account()
    decisions = uow.session.scalars(
        select(Decision)
        .where(Decision.member_id == me, Decision.kind != "no_action")
        .order_by(Decision.id.desc())
        .limit(100)
    ).all()
    kept = uow.session.execute(
        select(Evidence.item_id, Evidence.body)
        .where(Evidence.item_id.in_([decision.item_id for decision in decisions]))
        .order_by(Evidence.id.desc())
    ).all()
    first_evidence = {row.item_id: row.body for row in kept}  # the oldest comes last and stays
    return [_decision(decision, None, first_evidence.get(decision.item_id, "")) for decision in decisions]
