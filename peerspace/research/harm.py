"""Capture of what moderation brings: to the one it concerns, and to those who met what was found to break the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from peerspace.chat.models import Message, RoomPresence
from peerspace.consent.models import Participant
from peerspace.forum.models import Post
from peerspace.kernel.clock import to_us
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import DecisionTaken
from peerspace.moderation.models import Item
from peerspace.research.consent_in_force import ConsentInForce, consent_in_force, participants_with
from peerspace.research.models import UsageEvent
from peerspace.research.rows import Row, covers, make_row

CONCERNS = {
    "hide": "content_removed",
    "hide_and_lock": "content_removed",
    "warn": "warned",
    "read_only": "restricted",
    "suspend": "restricted",
    "end_membership": "restricted",
}
"""The row a decision makes about the member it concerns. After a report, these decisions also mean it was upheld."""
MODALITY = {"post": "forum", "message": "room", "member": "site"}


def capture_decision(uow: UnitOfWork, happened: DecisionTaken) -> Sequence[Row]:
    """A decision: one row for the member it concerns; one for everyone who met the content if it upholds a report."""
    kind = CONCERNS.get(happened.kind)
    if kind is None:
        return ()
    modality = MODALITY[happened.target_kind]
    item = f"{happened.target_kind}:{happened.target_id}" if happened.target_kind != "member" else ""
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
    if happened.target_kind == "post":
        met = _met_post(uow, uow.session.get_one(Post, happened.target_id))
    else:
        met = _met_message(uow, uow.session.get_one(Message, happened.target_id))
    return participants_with(uow, "experience", met)


def _met_post(uow: UnitOfWork, post: Post) -> set[int]:
    """Those who opened a page of the thread that showed the post, and the one it answered."""
    if post.published_at is None or post.position is None:
        return set()
    opened = _witnesses(
        uow,
        post.published_at,
        and_(
            UsageEvent.kind == "thread_opened",
            UsageEvent.place == f"thread:{post.thread_id}",
            UsageEvent.position_from <= post.position,
            UsageEvent.position_to >= post.position,
        ),
    )
    opener = and_(Post.thread_id == post.thread_id, Post.position == 1)
    answered = select(Post.author_id).where(Post.id == post.reply_to_id if post.reply_to_id else opener)
    return opened | set(uow.session.scalars(answered))


def _met_message(uow: UnitOfWork, message: Message) -> set[int]:
    """Those who were in the room when it appeared, and the one it answered."""
    if message.published_at is None:
        return set()
    left = and_(
        UsageEvent.kind == "room_left",
        UsageEvent.place == f"room:{message.room_id}",
        UsageEvent.at_us - UsageEvent.duration_us <= to_us(message.published_at),
    )
    still = select(RoomPresence.account_id).where(
        RoomPresence.room_id == message.room_id, RoomPresence.at <= message.published_at
    )
    answered = select(Message.author_id).where(Message.id == message.reply_to_id)
    return (
        _witnesses(uow, message.published_at, left)
        | set(uow.session.scalars(still))
        | set(uow.session.scalars(answered))
    )


def _witnesses(uow: UnitOfWork, since: datetime, saw: ColumnElement[bool]) -> set[int]:
    """Accounts under `experience` with a row since `since` that says they saw it."""
    found = (
        select(Participant.account_id)
        .join(UsageEvent, UsageEvent.participant_id == Participant.id)
        .where(
            Participant.to_at.is_(None),
            Participant.scopes.contains("experience"),
            UsageEvent.at_us.between(to_us(since), to_us(uow.now)),
            saw,
        )
        .distinct()
    )
    return {number for number in uow.session.scalars(found) if number is not None}
