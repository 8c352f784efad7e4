"""Whether a message waits for a human before it appears, or appears and a human looks (community.review)."""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.chat.models import Duty, Message, Room
from peerspace.community.drafts import Draft
from peerspace.community.review import FirstOnes, Review, review
from peerspace.community.settings import get_setting
from peerspace.kernel.uow import UnitOfWork


def review_message(uow: UnitOfWork, author: Account, room: Room, draft: Draft) -> Review:
    """What is asked of a human about a message with the words of `draft`.

    `hold_first_messages` says when first ones wait. Somebody named is in every open room and reads along, so by
    default they neither wait nor go to the desk.
    """

    def published() -> int:
        mine = select(func.count()).where(Message.author_id == author.id, Message.state == "published")
        return uow.session.scalar(mine) or 0

    when = "" if author.established_at is not None else str(get_setting(uow, "hold_first_messages"))
    first = FirstOnes("first_messages", when, published, read_along=True)
    return review(uow, author, draft, place=room.slug, first=first)


def desk_is_kept(uow: UnitOfWork) -> bool:
    """True while somebody is on duty at the desk."""
    at_desk = select(Duty.id).where(Duty.room_id.is_(None), Duty.to_at.is_(None)).limit(1)
    return uow.session.scalar(at_desk) is not None
