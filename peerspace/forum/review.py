"""Whether a post waits for a human before it appears: a new member's first ones, or a watch phrase.

Software only holds; what becomes of a held post is decided by a supervisor (invariant 7).
"""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.community.settings import get_setting
from peerspace.forum.models import Post, Space
from peerspace.kernel.policies import DESK_IS_KEPT, ask
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.screening import phrases_from, screen


def why_held(uow: UnitOfWork, author: Account, space: Space, text: str) -> str:
    """Why `text` must wait: '' (it need not), `phrase` or `first_posts`."""
    phrases = phrases_from(get_setting(uow, "watch_phrases"))
    if any(hit.action == "hold" for hit in screen(text, phrases, place=space.slug)):
        return "phrase"
    if author.established_at is None and _first_ones_wait(uow, author, space):
        return "first_posts"
    return ""


def _first_ones_wait(uow: UnitOfWork, author: Account, space: Space) -> bool:
    """The space says when a new member's first posts wait: never, off_shift or always."""
    if space.hold_first_posts == "never":
        return False
    if space.hold_first_posts == "off_shift" and ask(uow, DESK_IS_KEPT):
        return False
    seen = select(func.count()).where(Post.author_id == author.id, Post.state == "published")
    return (uow.session.scalar(seen) or 0) < int(get_setting(uow, "first_posts"))
