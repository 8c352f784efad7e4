"""Today: what is open now, who is there, what is new. It ends; there is no feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect
from sqlalchemy import Row, and_, bindparam, func, select
from werkzeug.wrappers import Response

from peerspace.accounts.models import Block
from peerspace.accounts.own import welcome_of
from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.chat.queries import rooms_now
from peerspace.community.settings import get_setting
from peerspace.consent.queries import ask_now
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.queries import address_of, listed, shown_title
from peerspace.kernel.actor import Role
from peerspace.notifications.queries import unread_of_kind
from peerspace.web.glue import actor, reading, render, viewer, with_account
from peerspace.web.sessions import home

blueprint = Blueprint("today", __name__)
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


@blueprint.get("/today")
@with_account
def today() -> str | Response:
    """Open rooms with who keeps them, threads the reader wrote in that went on, the newest ones, the inbox."""
    if not actor().has(Role.MEMBER):
        return redirect(home(viewer()), code=303)
    with reading() as uow:
        me = uow.actor.require_account()
        answered = uow.rows(_ANSWERED, {"me": me}).all()
        newest = uow.rows(_NEWEST, {"me": me, "without": [thread.id for thread in answered]}).all()
        cards = people_cards(uow, (thread.author_id for thread in (*answered, *newest)))
        let_in = unread_of_kind(uow, me, "membership_admitted")
        return render(
            "today.html",
            rooms=rooms_now(uow),
            answered=[_line(thread, cards, thread.fresh) for thread in answered],
            threads=[_line(thread, cards) for thread in newest],
            hours=get_setting(uow, "opening_hours"),
            ask_consent=ask_now(uow, me),
            let_in=let_in,
            welcome=welcome_of(uow, me) if let_in is not None else None,
        )


# Asked on everybody's first page, and building a statement costs more than running it: built once.
_OWN = (
    select(Post.thread_id, func.max(Post.position).label("at"))
    .where(Post.author_id == bindparam("me"), Post.position.is_not(None))
    .group_by(Post.thread_id)
    .subquery()
)
_LATER = (
    select(Post.thread_id, func.count().label("fresh"))
    .join(_OWN, and_(_OWN.c.thread_id == Post.thread_id, Post.position > _OWN.c.at))
    .where(
        Post.state == "published",
        Post.author_id != bindparam("me"),
        Post.author_id.not_in(select(Block.blocked_id).where(Block.blocker_id == bindparam("me"))),
    )
    .group_by(Post.thread_id)
    .subquery()
)
_THREADS = (
    select(
        Thread.id, Thread.public_id, Thread.title, Thread.state, Thread.author_id, Thread.post_count,
        Thread.last_post_at, Space.name.label("space"),
    )
    .join(Space, Space.id == Thread.space_id)
    .where(listed(bindparam("me")), Space.archived_at.is_(None))  # type: ignore[arg-type]
    .order_by(Thread.last_post_at.desc(), Thread.id.desc())
)  # fmt: skip
_ANSWERED = _THREADS.add_columns(_LATER.c.fresh).join(_LATER, _LATER.c.thread_id == Thread.id).limit(ANSWERED)
"""Threads that others went on with after the reader's own last post in them, without people the reader blocked."""
_NEWEST = _THREADS.where(
    Thread.state != "hidden", Thread.id.not_in(bindparam("without", expanding=True))
).limit(NEWEST)
"""The threads written in last, without those of people whom the reader blocked and those named already.

Nor those whose opening a supervisor hid: their name beside that, for everybody on the first page, would shame them.
"""


def _line(thread: Row[Any], cards: Mapping[int, PersonCard], fresh: int = 0) -> NewThread:
    return NewThread(
        thread.id,
        address_of(thread.public_id, thread.title, thread.state),
        shown_title(thread.title, thread.state),
        thread.space,
        cards[thread.author_id],
        max(0, thread.post_count - 1),
        thread.last_post_at,
        fresh,
    )
