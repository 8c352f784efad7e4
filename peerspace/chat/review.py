"""Whether a message waits for a human before it appears: a new member's first ones, or a watch phrase.

Software only holds; what becomes of a held message is decided by a supervisor (invariant 7).
"""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.chat.models import Duty, Message, Room
from peerspace.community.settings import get_setting
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.screening import phrases_from, screen


def why_held(uow: UnitOfWork, author: Account, room: Room, text: str) -> str:
    """Why `text` must wait: '' (it need not), `phrase` or `first_messages`."""
    phrases = phrases_from(get_setting(uow, "watch_phrases"))
    if any(hit.action == "hold" for hit in screen(text, phrases, place=room.slug)):
        return "phrase"
    if author.established_at is None and _first_ones_wait(uow, author):
        return "first_messages"
    return ""


def desk_is_kept(uow: UnitOfWork) -> bool:
    """True while somebody is on duty at the desk."""
    at_desk = select(Duty.id).where(Duty.room_id.is_(None), Duty.to_at.is_(None)).limit(1)
    return uow.session.scalar(at_desk) is not None


def _first_ones_wait(uow: UnitOfWork, author: Account) -> bool:
    """The setting `hold_first_messages` says when a new member's first messages wait: never, off_shift or always.

    Somebody named is in every open room and reads along, so `never` is its default.
    """
    when = get_setting(uow, "hold_first_messages")
    if when == "never" or (when == "off_shift" and desk_is_kept(uow)):
        return False
    seen = select(func.count()).where(Message.author_id == author.id, Message.state == "published")
    return (uow.session.scalar(seen) or 0) < int(get_setting(uow, "first_messages"))
