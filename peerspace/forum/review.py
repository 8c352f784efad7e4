"""Whether a post waits for a human before it appears, or appears and a human looks (community.review)."""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.community.drafts import Draft
from peerspace.community.review import FirstOnes, Review, review
from peerspace.duty.service import desk_is_kept
from peerspace.forum.models import Post, Space
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import State


def review_post(uow: UnitOfWork, author: Account, space: Space, draft: Draft) -> Review:
    """What is asked of a human about a post with these words in `space`, which says when first posts wait."""

    def published() -> int:
        mine = select(func.count()).where(Post.author_id == author.id, Post.state == State.PUBLISHED)
        return uow.session.scalar(mine) or 0

    first = FirstOnes("first_posts", space.hold_first_posts, published, desk_is_kept)
    return review(uow, author, draft, place=space.slug, first=first)
