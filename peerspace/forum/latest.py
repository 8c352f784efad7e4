"""Threads for a reader's first page: those that went on after their own last post, and those written in last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select

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


def threads_for_today(uow: UnitOfWork) -> tuple[list[NewThread], list[NewThread]]:
    """Threads that others went on with after the reader's own last post in them, and those written in last.

    None is in both, none is by somebody the reader blocked, and none of the second has an opening that a supervisor
    hid: a name beside that, for everybody on the first page, would shame its author. Three queries.
    """
    me = require_reader(uow)
    answered = uow.rows(_ANSWERED, {"me": me}).all()
    newest = uow.rows(_NEWEST, {"me": me, "without": [thread.id for thread in answered]}).all()
    cards = people_cards(uow, (thread.author_id for thread in (*answered, *newest)))
    return (
        [_line(thread, cards, thread.fresh) for thread in answered],
        [_line(thread, cards) for thread in newest],
    )


# Asked on everybody's first page, and building a statement costs more than running it: built once.
_OWN = (
    select(Post.stream_id, func.max(Post.seq).label("at"))
    .where(Post.author_id == bindparam("me"), Post.seq.is_not(None))
    .group_by(Post.stream_id)
    .subquery()
)
_LATER = (
    select(Post.stream_id, func.count().label("fresh"))
    .join(_OWN, and_(_OWN.c.stream_id == Post.stream_id, Post.seq > _OWN.c.at))
    .where(
        Post.state == State.PUBLISHED,
        Post.author_id != bindparam("me"),
        Post.author_id.not_in(select(Block.blocked_id).where(Block.blocker_id == bindparam("me"))),
    )
    .group_by(Post.stream_id)
    .subquery()
)
_THREADS = (
    select(
        Thread.id,
        Thread.public_id,
        Thread.title,
        Thread.state,
        Thread.author_id,
        Thread.seq,
        Thread.last_post_at,
        Space.name.label("space"),
    )
    .join(Space, Space.id == Thread.space_id)
    .where(listed(bindparam("me")), Space.archived_at.is_(None))  # type: ignore[arg-type]
    .order_by(Thread.last_post_at.desc(), Thread.id.desc())
)
_ANSWERED = _THREADS.add_columns(_LATER.c.fresh).join(_LATER, _LATER.c.stream_id == Thread.id).limit(ANSWERED)
_NEWEST = _THREADS.where(
    Thread.state != State.HIDDEN, Thread.id.not_in(bindparam("without", expanding=True))
).limit(NEWEST)


def _line(thread: Row[Any], cards: Mapping[int, PersonCard], fresh: int = 0) -> NewThread:
    return NewThread(
        thread.id,
        address_of(thread.public_id, thread.title, thread.state),
        shown_title(thread.title, thread.state),
        thread.space,
        cards[thread.author_id],
        max(0, thread.seq - 1),
        thread.last_post_at,
        fresh,
    )
