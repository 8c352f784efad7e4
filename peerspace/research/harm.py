"""Capture of what moderation brings: to the one it concerns, and to those who met what was found to break the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from peerspace.chat.models import RoomPresence
from peerspace.consent.models import Participant
from peerspace.kernel.clock import to_us
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import DecisionTaken
from peerspace.moderation.models import Item
from peerspace.moderation.targets import subject_named
from peerspace.research.consent_in_force import ConsentInForce, consent_in_force, participants_with
from peerspace.research.models import UsageEvent
from peerspace.research.rows import Row, covers, make_row
from peerspace.streams.kinds import StreamKind, kind_named
from peerspace.streams.models import Contribution

CONCERNS = {
    "hide": "content_removed",
    "hide_and_lock": "content_removed",
    "warn": "warned",
    "read_only": "restricted",
    "suspend": "restricted",
    "end_membership": "restricted",
}
"""The row a decision makes about the member it concerns. After a report, these decisions also mean it was upheld."""


def capture_decision(uow: UnitOfWork, happened: DecisionTaken) -> Sequence[Row]:
    """A decision: one row for the member it concerns; one for everyone who met the content if it upholds a report."""
    kind = CONCERNS.get(happened.kind)
    if kind is None:
        return ()
    subject = subject_named(uow, happened.target_kind)
    modality = subject.modality
    item = f"{happened.target_kind}:{happened.target_id}" if subject.is_content else ""
    rows: list[Row] = []
    who = consent_in_force(uow, happened.member_id).get(happened.member_id)
    at = to_us(uow.now)
    if who is not None and covers(who, kind, at):
        rows.append(make_row(who, kind, at, modality, item=item))
    if uow.session.get_one(Item, happened.item_id).kind == "report" and item:
        met = _met(uow, happened)
        at = to_us(uow.now)
        rows.extend(
            make_row(one, "report_upheld_met", at, modality)
            for account_id, one in met.items()
            if account_id != happened.member_id
        )
    return rows


def _met(uow: UnitOfWork, happened: DecisionTaken) -> dict[int, ConsentInForce]:
    """Those who met what somebody wrote, and the one it answered."""
    found = uow.session.get_one(Contribution, happened.target_id)
    if found.published_at is None or found.seq is None:
        return {}
    kind = kind_named(uow, found.kind)
    saw = _present(uow, kind, found) if kind.is_live else _opened_the_page(uow, kind, found)
    answers_id = found.reply_to_id or kind.opening(uow, found.stream_id)
    answered = select(Contribution.author_id).where(Contribution.id == answers_id)
    return participants_with(uow, "experience", saw | set(uow.session.scalars(answered)))


def _opened_the_page(uow: UnitOfWork, kind: StreamKind, found: Contribution) -> set[int]:
    """Those who opened a page that showed it."""
    return _witnesses(
        uow,
        found,
        and_(
            UsageEvent.kind == "thread_opened",
            UsageEvent.place == f"{kind.name}:{found.stream_id}",
            UsageEvent.position_from <= found.seq,
            UsageEvent.position_to >= found.seq,
        ),
    )


def _present(uow: UnitOfWork, kind: StreamKind, found: Contribution) -> set[int]:
    """Those who were there when it appeared."""
    appeared = _appeared(found)
    left = and_(
        UsageEvent.kind == "room_left",
        UsageEvent.place == f"{kind.name}:{found.stream_id}",
        UsageEvent.at_us - UsageEvent.duration_us <= to_us(appeared),
    )
    still = select(RoomPresence.account_id).where(
        RoomPresence.room_id == found.stream_id, RoomPresence.at <= appeared
    )
    return _witnesses(uow, found, left) | set(uow.session.scalars(still))


def _appeared(found: Contribution) -> datetime:
    if found.published_at is None:
        raise ValueError("what was never published was met by nobody")
    return found.published_at


def _witnesses(uow: UnitOfWork, what: Contribution, saw: ColumnElement[bool]) -> set[int]:
    """Accounts under `experience` with a row, since it appeared, that says they saw it."""
    found = (
        select(Participant.account_id)
        .join(UsageEvent, UsageEvent.participant_id == Participant.id)
        .where(
            Participant.to_at.is_(None),
            Participant.scopes.contains("experience"),
            UsageEvent.at_us.between(to_us(_appeared(what)), to_us(uow.now)),
            saw,
        )
        .distinct()
    )
    return {number for number in uow.session.scalars(found) if number is not None}
