"""One page of a thread for one reader, and where a post stands.

A fixed number of queries, however many posts the page holds; the statements are built once, because building them costs
more than running them. Pages begin where they began once (streams.pages), so that numbers never shift: what was hidden
or removed, and what somebody wrote whom the reader blocked, keeps its place as a thin line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from peerspace.accounts.models import Block
from peerspace.accounts.queries import PersonCard, blocked_by, people_cards
from peerspace.forum.access import post_for, takes_replies, thread_for
from peerspace.forum.models import Post, Thread
from peerspace.forum.queries import address_of, shown_title, thread_href
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.streams.access import require_reader
from peerspace.streams.closing import ClosedBy
from peerspace.streams.models import PageStart, State
from peerspace.streams.pages import PAGE_AT, Page, page_of
from peerspace.streams.service import is_written_here

EXCERPT = 90
BLOCKED_NAME = N_("someone you blocked")
BLOCKED_TITLE = N_("A thread by someone you blocked")
NOBODY = PersonCard(0, "", "", "", "")
"""Stands where a name must not."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The post that another answers. `excerpt` is empty where its words must not be read in passing."""

    id: str
    name: str
    href: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class PostView:
    """One post as this reader sees it. `position` is None while it waits; `open_href` opens a blocked person's once.

    `state`: published, held, hidden, removed or blocked; `html` is empty unless the words may be read.
    """

    id: str
    author: PersonCard
    html: Markup
    at: datetime
    edited_at: datetime | None
    content_note: str
    state: str
    state_text: str
    answers: Answered | None
    position: int | None
    own: bool
    open_href: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """One page of a thread. `posts_total` counts places given out, stubs included; pages count from 1.

    `row_id`, `position_from` and `position_to` say what was read, for ThreadOpened; both positions are 0 where the
    page holds no published post.
    """

    id: str
    row_id: int
    href: str
    title: str
    wish: str
    space_slug: str
    space_name: str
    posts: list[PostView]
    posts_total: int
    page: int
    pages: int
    is_locked: bool
    takes_replies: bool
    position_from: int
    position_to: int


def thread_page(uow: UnitOfWork, public_id: object, page: int = 1, *, show: str = "") -> ThreadPage:
    """One page of the thread `public_id`. `show` is the id of a blocked person's post to open this once.

    Raises NotAllowed, NotFound (the thread, or the page of it).
    """
    reader_id = require_reader(uow)
    thread, space = thread_for(uow, public_id)
    asked = page_of(uow, thread.id, page)
    rows = _rows(uow, thread.id, asked, reader_id if page == asked.pages else None)
    blocked = blocked_by(uow, reader_id)
    cards = people_cards(uow, _people(rows) - (blocked - _opened(rows, show)))
    opened = any(row.public_id == show and row.seq == 1 for row in rows)
    is_blocked = thread.author_id in blocked and not opened
    address = _address(thread, is_blocked=is_blocked)
    reading = _Reading(reader_id, blocked, show, address, page, cards)
    placed = [row.seq for row in rows if row.seq is not None]
    return ThreadPage(
        id=thread.public_id,
        row_id=thread.id,
        href=address,
        title=gettext(BLOCKED_TITLE) if is_blocked else shown_title(thread.title, thread.state),
        wish="" if is_blocked else thread.wish,
        space_slug=space.slug,
        space_name=space.name,
        posts=[_view(row, reading) for row in rows],
        posts_total=thread.seq,
        page=page,
        pages=asked.pages,
        is_locked=bool(thread.closed_by & ClosedBy.LOCKED),
        takes_replies=takes_replies(thread, space),
        position_from=min(placed, default=0),
        position_to=max(placed, default=0),
    )


def place_of(uow: UnitOfWork, public_id: object, **query: str) -> str:
    """The address where a post stands: its thread's page, at the post. Raises NotAllowed, NotFound."""
    post, thread = post_for(uow, public_id)
    return _place_in(uow, post, thread, **query)


def place_of_sent(uow: UnitOfWork, sent: Post, **query: str) -> str:
    """The same of what the acting person sent: whether they may read what this very act wrote is not asked again."""
    if not is_written_here(uow, sent):
        return place_of(uow, sent.public_id, **query)
    return _place_in(uow, sent, uow.session.get_one(Thread, sent.stream_id), **query)


def _place_in(uow: UnitOfWork, post: Post, thread: Thread, **query: str) -> str:
    asked = {"stream": thread.id, "seq": post.seq or max(1, thread.seq)}
    about = {"me": require_reader(uow), "author": thread.author_id}
    found = uow.rows(_WHERE, {**asked, **about}).one()
    return place(_address(thread, is_blocked=found.is_blocked), found.page or 1, post.public_id, **query)


def place(address: str, page: int, post_id: str = "", **query: str) -> str:
    """The address of one page of a thread, at one of its posts."""
    asked = {**({"page": str(page)} if page > 1 else {}), **query}
    tail = "?" + "&".join(f"{name}={value}" for name, value in asked.items()) if asked else ""
    return f"{address}{tail}" + (f"#post-{post_id}" if post_id else "")


# Asked for every post that is sent: built once.
_WHERE = select(
    PAGE_AT.label("page"),
    exists()
    .where(Block.blocker_id == bindparam("me"), Block.blocked_id == bindparam("author"))
    .label("is_blocked"),
)
"""The number of the page where a place of a stream stands, and whether the reader blocked somebody."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the posts of one page have in common."""

    reader_id: int
    blocked: frozenset[int]
    show: str
    address: str
    page: int
    cards: dict[int, PersonCard]


_ANSWERED = aliased(Post)
_ANSWERED_PAGE = (
    select(func.max(PageStart.page))
    .where(PageStart.stream_id == _ANSWERED.stream_id, PageStart.seq <= _ANSWERED.seq)
    .scalar_subquery()
)
_POSTS = (
    select(
        Post.public_id,
        Post.author_id,
        Post.seq,
        Post.reply_to_id,
        Post.body_html,
        Post.content_note,
        Post.state,
        Post.created_at,
        Post.published_at,
        Post.edited_at,
        _ANSWERED.public_id.label("answered_public_id"),
        _ANSWERED.author_id.label("answered_author_id"),
        _ANSWERED_PAGE.label("answered_page"),
        _ANSWERED.state.label("answered_state"),
        _ANSWERED.content_note.label("answered_note"),
        func.substr(_ANSWERED.body, 1, 3 * EXCERPT).label("answered_words"),
    )
    .outerjoin(_ANSWERED, _ANSWERED.id == Post.reply_to_id)
    .where(Post.stream_id == bindparam("thread_id"))
    .order_by(Post.seq.is_(None), Post.seq, Post.id)
)
_IN_PLACE = Post.seq.between(bindparam("first"), bindparam("last"))
_OWN_WAITING = and_(Post.seq.is_(None), Post.state == State.HELD, Post.author_id == bindparam("waiting_of"))
_ONE_PAGE = _POSTS.where(_IN_PLACE)
_LAST_PAGE = _POSTS.where(or_(_IN_PLACE, _OWN_WAITING))


def _rows(uow: UnitOfWork, thread_id: int, page: Page, waiting_of: int | None) -> Sequence[Any]:
    """The posts of one page; on the last one also what `waiting_of` wrote that waits for a place."""
    wanted: dict[str, int] = {"thread_id": thread_id, "first": page.first, "last": page.last}
    if waiting_of is None:
        return uow.session.execute(_ONE_PAGE, wanted).all()
    return uow.session.execute(_LAST_PAGE, {**wanted, "waiting_of": waiting_of}).all()


def _people(rows: Sequence[Any]) -> set[int]:
    answered = {row.answered_author_id for row in rows if row.reply_to_id is not None}
    return {row.author_id for row in rows} | answered


def _opened(rows: Sequence[Any], show: str) -> frozenset[int]:
    return frozenset(row.author_id for row in rows if row.public_id == show)


def _address(thread: Thread, *, is_blocked: bool) -> str:
    """Where a thread stands; without its title when that is a blocked person's words."""
    if is_blocked:
        return thread_href(thread.public_id, "")
    return address_of(thread.public_id, thread.title, thread.state)


def _view(row: Any, reading: _Reading) -> PostView:
    own = row.author_id == reading.reader_id
    state, said = row.state, ""
    if row.author_id in reading.blocked and row.public_id != reading.show:
        state = "blocked"
    elif row.state == State.HELD and not own:
        state, said = State.HIDDEN, gettext("This waits until a supervisor has read it.")
    readable = state in (State.PUBLISHED, State.HELD)
    return PostView(
        id=row.public_id,
        author=NOBODY if state == "blocked" else reading.cards[row.author_id],
        html=Markup(row.body_html if readable else ""),  # noqa: S704 -- made by text.markdown when it was written
        at=row.published_at or row.created_at,
        edited_at=row.edited_at if readable else None,
        content_note=row.content_note if readable else "",
        state=state,
        state_text=said,
        answers=_answers(row, reading) if row.reply_to_id is not None and state != "blocked" else None,
        position=row.seq,
        own=own,
        open_href=place(reading.address, reading.page, row.public_id, show=row.public_id)
        if state == "blocked"
        else "",
    )


def _answers(row: Any, reading: _Reading) -> Answered:
    is_blocked = row.answered_author_id in reading.blocked
    page = row.answered_page or 1
    readable = row.answered_state == State.PUBLISHED and not row.answered_note and not is_blocked
    elsewhere = page != reading.page
    return Answered(
        id=row.answered_public_id,
        name=gettext(BLOCKED_NAME) if is_blocked else reading.cards[row.answered_author_id].name,
        href=place(reading.address if elsewhere else "", page if elsewhere else 1, row.answered_public_id),
        excerpt=excerpt(row.answered_words) if readable else "",
    )


def excerpt(words: str) -> str:
    """The first words of a post on one line, without the marks of markdown, cut at a word."""
    plain = " ".join(re.sub(r"[*_`#>~\[\]]+|\]\([^)]*\)", " ", words).split())
    if len(plain) <= EXCERPT:
        return plain
    return plain[: EXCERPT - 1].rsplit(" ", 1)[0] + "…"
