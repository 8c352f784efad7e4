"""Whether a message waits for a human before it appears, or appears and a human looks (community.review)."""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.chat.models import Message, Room
from peerspace.community.drafts import Draft
from peerspace.community.review import FirstOnes, Review, review
from peerspace.community.settings import get_setting
from peerspace.duty.service import desk_is_kept
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import State


def review_message(uow: UnitOfWork, author: Account, room: Room, draft: Draft) -> Review:
    """What is asked of a human about a message with the words of `draft`.

    `hold_first_messages` says when first ones wait. Somebody named is in every open room and reads along, so by
    default they neither wait nor go to the desk.
    """

    def published() -> int:
        mine = select(func.count()).where(Message.author_id == author.id, Message.state == State.PUBLISHED)
        return uow.session.scalar(mine) or 0

    when = "" if author.established_at is not None else str(get_setting(uow, "hold_first_messages"))
    first = FirstOnes("first_messages", when, published, desk_is_kept, read_along=True)
    return review(uow, author, draft, place=room.slug, first=first)
