"""What a member reads of their own reports, and of the decisions about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.accounts.queries import PersonCard
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.kinds import DecisionKind
from peerspace.moderation.models import Decision, Evidence, Item, Report


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
class MyReport:
    """One of a member's own reports, and what became of it."""

    public_id: str
    reason: str
    words: str
    at: datetime
    state: str
    answer: str


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
        .where(Decision.member_id == me, Decision.kind != DecisionKind.NO_ACTION)
        .order_by(Decision.id.desc())
        .limit(100)
    ).all()
    # As it stood when it first came to the desk: a copy of an older version lies before that one.
    kept = uow.session.execute(
        select(Evidence.item_id, Evidence.body)
        .where(Evidence.item_id.in_([decision.item_id for decision in decisions]))
        .order_by(Evidence.captured_at.desc(), Evidence.target_version)
    ).all()
    first_evidence = {row.item_id: row.body for row in kept}
    return [decision_line(decision, None, first_evidence.get(decision.item_id, "")) for decision in decisions]


def decision_line(decision: Decision, by: PersonCard | None, body: str = "") -> DecisionLine:
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
