"""Threads for a reader's first page: those that went on after their own last post, and those written in last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from peerspace.accounts.models import Block
from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.queries import address_of, listed, shown_title
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader
from peerspace.streams.models import State

NEWEST = 8
ANSWERED = 5


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread that somebody wrote in lately. `fresh`: how many posts of others came after the reader's last one."""

    id: int
    href: str
    title: str
    space: str
    author: PersonCard
    answers: int
    last_post_at: datetime
    fresh: int = 0


def answered_threads(uow: UnitOfWork) -> list[NewThread]:
    """Threads that others went on with after the reader's own last post in them, without people the reader blocked."""
    me = require_reader(uow)
    own = (
        select(Post.stream_id, func.max(Post.seq).label("at"))
        .where(Post.author_id == me, Post.seq.is_not(None))
        .group_by(Post.stream_id)
        .subquery()
    )
    blocked = select(Block.blocked_id).where(Block.blocker_id == me)
    later = (
        select(Post.stream_id, func.count().label("fresh"))
        .join(own, and_(own.c.stream_id == Post.stream_id, Post.seq > own.c.at))
        .where(Post.state == State.PUBLISHED, Post.author_id != me, Post.author_id.not_in(blocked))
        .group_by(Post.stream_id)
        .subquery()
    )
    rows = uow.session.execute(
        select(Thread, Space.name, later.c.fresh)
        .join(Space, Space.id == Thread.space_id)
        .join(later, later.c.stream_id == Thread.id)
        .where(listed(me), Space.archived_at.is_(None))
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(ANSWERED)
    ).all()
    return _lines(uow, [(thread, space, fresh) for thread, space, fresh in rows])


def newest_threads(uow: UnitOfWork, without: Collection[int]) -> list[NewThread]:
    """The threads written in last, without those of people whom the reader blocked and those named already.

    Nor those whose opening a supervisor hid: their name beside that, for everybody on the first page, would shame them.
    """
    rows = uow.session.execute(
        select(Thread, Space.name)
        .join(Space, Space.id == Thread.space_id)
        .where(
            listed(require_reader(uow)),
            Space.archived_at.is_(None),
            Thread.state != State.HIDDEN,
            Thread.id.not_in(list(without)),
        )
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(NEWEST)
    ).all()
    return _lines(uow, [(thread, space, 0) for thread, space in rows])


def _lines(uow: UnitOfWork, found: list[tuple[Thread, str, int]]) -> list[NewThread]:
    cards = people_cards(uow, (thread.author_id for thread, _, _ in found))
    return [
        NewThread(
            thread.id,
            address_of(thread.public_id, thread.title, thread.state),
            shown_title(thread.title, thread.state),
            space,
            cards[thread.author_id],
            max(0, thread.seq - 1),
            thread.last_post_at,
            fresh,
        )
        for thread, space, fresh in found
    ]
