"""Capture of what moderation brings: to the one it concerns, and to those who met what was found to break the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from peerspace.accounts.models import Block
from peerspace.chat.models import RoomPresence
from peerspace.consent.models import Participant
from peerspace.kernel.clock import to_us
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import DecisionTaken
from peerspace.moderation.kinds import DecisionKind
from peerspace.moderation.models import Report
from peerspace.moderation.targets import subject_named
from peerspace.research.consent_in_force import ConsentInForce, consent_in_force, participants_with
from peerspace.research.models import UsageEvent
from peerspace.research.rows import Row, covers, make_row
from peerspace.streams.kinds import StreamKind, kind_named
from peerspace.streams.models import Contribution
from peerspace.streams.moving import places_of
from peerspace.streams.writing import answered_by

CONCERNS: dict[str, str] = {
    DecisionKind.HIDE: "content_removed",
    DecisionKind.HIDE_AND_LOCK: "content_removed",
    DecisionKind.WARN: "warned",
    DecisionKind.READ_ONLY: "restricted",
    DecisionKind.SUSPEND: "restricted",
    DecisionKind.END_MEMBERSHIP: "restricted",
}
"""The row a decision makes about the member it concerns. After a report, these decisions also mean it was upheld."""


def capture_decision(uow: UnitOfWork, happened: DecisionTaken) -> Sequence[Row]:
    """A decision: one row for the member it concerns; one for everyone who met the content if it upholds a report."""
    kinds = _kinds_of(happened)
    if not kinds:
        return ()
    subject = subject_named(uow, happened.target_kind)
    modality = subject.modality
    item = f"{happened.target_kind}:{happened.target_id}" if subject.is_content else ""
    who = consent_in_force(uow, happened.member_id).get(happened.member_id)
    at = to_us(uow.now)
    rows = [
        make_row(who, kind, at, modality, item=item)
        for kind in kinds
        if who is not None and covers(who, kind, at)
    ]
    if item and _was_reported(uow, happened.item_id):
        met = _met(uow, happened)
        at = to_us(uow.now)
        rows.extend(
            make_row(one, "report_upheld_met", at, modality)
            for account_id, one in met.items()
            if account_id != happened.member_id
        )
    return rows


def _kinds_of(happened: DecisionTaken) -> list[str]:
    """The rows a decision makes about its member: what it is, and that words of theirs went out of sight with it."""
    kinds = [CONCERNS[happened.kind]] if happened.kind in CONCERNS else []
    return kinds if not happened.hid or "content_removed" in kinds else [*kinds, "content_removed"]


def _was_reported(uow: UnitOfWork, item_id: int) -> bool:
    """Whether somebody told of it, whatever brought it to the desk first."""
    return uow.session.scalar(select(Report.id).where(Report.item_id == item_id).limit(1)) is not None


def witnesses(uow: UnitOfWork, subject_kind: str, target_id: int) -> set[int]:
    """Those who met what somebody wrote, and the one it answered; nobody for what is not written for others."""
    if not subject_named(uow, subject_kind).is_content:
        return set()
    found = uow.session.get_one(Contribution, target_id)
    if found.published_at is None or found.seq is None:
        return set()
    kind = kind_named(uow, found.kind)
    first = places_of(uow, found)[0]
    met = _present(uow, kind, found) if kind.is_live else _opened_the_page(uow, kind, found)
    answered = answered_by(uow, found) if found.reply_to_id else kind.opening(uow, first.stream_id)
    if answered is not None:
        met.add(answered.author_id)
    return met - _blocked_before(uow, found.author_id, first.since)


def _met(uow: UnitOfWork, happened: DecisionTaken) -> dict[int, ConsentInForce]:
    """Those of the witnesses whose consent covers it. The decision holds them already."""
    return participants_with(uow, "experience", witnesses(uow, happened.target_kind, happened.target_id))


def _blocked_before(uow: UnitOfWork, author_id: int, moment: datetime) -> set[int]:
    """Who had blocked its author when it appeared: it never reached them."""
    found = select(Block.blocker_id).where(Block.blocked_id == author_id, Block.created_at <= moment)
    return set(uow.session.scalars(found))


def _opened_the_page(uow: UnitOfWork, kind: StreamKind, found: Contribution) -> set[int]:
    """Those who opened a page that showed it, wherever it stood then."""
    met: set[int] = set()
    for place in places_of(uow, found):
        showed = and_(
            UsageEvent.kind == "thread_opened",
            UsageEvent.place == f"{kind.name}:{place.stream_id}",
            UsageEvent.position_from <= place.seq,
            UsageEvent.position_to >= place.seq,
        )
        met |= _witnesses(uow, place.since, showed, until=place.until)
    return met


def _present(uow: UnitOfWork, kind: StreamKind, found: Contribution) -> set[int]:
    """Those who were there when it appeared."""
    place = places_of(uow, found)[0]
    left = and_(
        UsageEvent.kind == "room_left",
        UsageEvent.place == f"{kind.name}:{place.stream_id}",
        UsageEvent.at_us - UsageEvent.duration_us <= to_us(place.since),
    )
    still = select(RoomPresence.account_id).where(
        RoomPresence.room_id == place.stream_id, RoomPresence.at <= place.since
    )
    return _witnesses(uow, place.since, left) | set(uow.session.scalars(still))


def _witnesses(
    uow: UnitOfWork, since: datetime, saw: ColumnElement[bool], *, until: datetime | None = None
) -> set[int]:
    """Accounts under `experience` with a row between two moments that says they saw it."""
    found = (
        select(Participant.account_id)
        .join(UsageEvent, UsageEvent.participant_id == Participant.id)
        .where(
            Participant.to_at.is_(None),
            Participant.scopes.contains("experience"),
            UsageEvent.at_us.between(to_us(since), to_us(until or uow.now)),
            saw,
        )
        .distinct()
    )
    return {number for number in uow.session.scalars(found) if number is not None}
