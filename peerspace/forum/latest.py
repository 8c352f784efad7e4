"""Threads for a reader's first page: those that went on after their own last post, and those written in last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, bindparam, func, select

from peerspace.accounts.models import Account, Block
from peerspace.accounts.queries import CARD, PersonCard, card_from
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.queries import address_of, listed, shown_title
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader
from peerspace.streams.models import State

NEWEST = 8
ANSWERED = 5
OWN = 100
"""So many of the reader's newest posts are looked at: what somebody wrote in years must not slow their first page."""


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
    hid: a name beside that, for everybody on the first page, would shame its author. Of the reader's own posts the
    newest OWN count. Two queries.
    """
    me = require_reader(uow)
    answered = uow.rows(_ANSWERED, {"me": me}).all()
    newest = uow.rows(_NEWEST, {"me": me, "without": [thread.id for thread in answered]}).all()
    return [_line(thread, thread.fresh) for thread in answered], [_line(thread) for thread in newest]


# Asked on everybody's first page, and building a statement costs more than running it: built once.
_OWN_POSTS = (
    select(Post.stream_id, Post.seq)
    .where(Post.author_id == bindparam("me"), Post.seq.is_not(None))
    .order_by(Post.id.desc())
    .limit(OWN)
    .subquery()
)
_OWN = (
    select(_OWN_POSTS.c.stream_id, func.max(_OWN_POSTS.c.seq).label("at"))
    .group_by(_OWN_POSTS.c.stream_id)
    .subquery()
)
_THREADS = (
    select(
        Thread.id,
        Thread.public_id,
        Thread.title,
        Thread.state,
        Thread.seq,
        Thread.last_post_at,
        Thread.author_id,
        Space.name.label("space"),
    )
    .join(Space, Space.id == Thread.space_id)
    .where(listed(bindparam("me", type_=Account.id.type)), Space.archived_at.is_(None))
    .order_by(Thread.last_post_at.desc(), Thread.id.desc())
)


def _later(thread_id: ColumnElement[int], at: ColumnElement[int]) -> Select[int]:
    """What others wrote in a thread after the place `at`."""
    return select(Post.id).where(
        Post.stream_id == thread_id,
        Post.seq > at,
        Post.state == State.PUBLISHED,
        Post.author_id != bindparam("me"),
        Post.author_id.not_in(select(Block.blocked_id).where(Block.blocker_id == bindparam("me"))),
    )


def _with_cards(few: Subquery, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The few threads found, each with its author's card and what is `more`: made for those only."""
    return (
        select(few, *more, *CARD)
        .join(Account, Account.id == few.c.author_id)
        .order_by(few.c.last_post_at.desc(), few.c.id.desc())
    )


# Which threads went on is asked of all, and stops at the newest later post (PostgreSQL would walk a whole thread for
# EXISTS); the posts are counted for the few that are shown.
_WENT_ON = (
    _THREADS.add_columns(_OWN.c.at)
    .join(_OWN, _OWN.c.stream_id == Thread.id)
    .where(
        _later(Thread.id.expression, _OWN.c.at)
        .order_by(Post.seq.desc())
        .limit(1)
        .scalar_subquery()
        .is_not(None)
    )
    .limit(ANSWERED)
    .subquery()
)
_FRESH = _later(_WENT_ON.c.id, _WENT_ON.c.at).with_only_columns(func.count()).scalar_subquery()
_ANSWERED = _with_cards(_WENT_ON, _FRESH.label("fresh"))
_NEWEST = _with_cards(
    _THREADS.where(Thread.state != State.HIDDEN, Thread.id.not_in(bindparam("without", expanding=True)))
    .limit(NEWEST)
    .subquery()
)


def _line(thread: Row[Any], fresh: int = 0) -> NewThread:
    return NewThread(
        thread.id,
        address_of(thread.public_id, thread.title, thread.state),
        shown_title(thread.title, thread.state),
        thread.space,
        card_from(thread),
        max(0, thread.seq - 1),
        thread.last_post_at,
        fresh,
    )
