"""What the pages about spaces show: the spaces, and the threads of one, for one reader.

Threads by people the reader blocked are not there at all (invariant 9). Nothing is ranked: newest activity first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from peerspace.accounts.models import Account, Block
from peerspace.accounts.queries import CARD, PersonCard, card_from
from peerspace.forum.access import checked_slug
from peerspace.forum.models import Space, Thread
from peerspace.kernel.addresses import thread_address
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.streams.access import require_reader
from peerspace.streams.closing import ClosedBy
from peerspace.streams.models import State

THREADS_A_PAGE = 25
REMOVED_TITLE = N_("A thread whose first post was removed")
HIDDEN_TITLE = N_("A thread that a supervisor hid")
_INSTEAD: dict[str, str] = {State.REMOVED: REMOVED_TITLE, State.HIDDEN: HIDDEN_TITLE}


@dataclass(frozen=True, slots=True)
class SpaceCard:
    """A space on the page of spaces. `threads`: how many this reader can see; `last_at`: the newest post among them."""

    slug: str
    name: str
    description: str
    threads: int
    last_at: datetime | None
    is_archived: bool


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One thread in a list. `posts` counts places given out, stubs included; `state` is held for one's own only."""

    id: str
    href: str
    title: str
    wish: str
    author: PersonCard
    posts: int
    created_at: datetime
    last_at: datetime
    state: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class SpacePage:
    """One page of a space's threads, newest activity first. Pages count from 1."""

    slug: str
    name: str
    description: str
    is_archived: bool
    threads: list[ThreadLine]
    page: int
    pages: int


def spaces(uow: UnitOfWork) -> list[SpaceCard]:
    """All spaces in their order, archived ones last. Raises NotAllowed for anybody outside the community."""
    reader_id = require_reader(uow)
    rows = uow.session.execute(
        select(
            Space.slug,
            Space.name,
            Space.description,
            func.count(Thread.id),
            func.max(Thread.last_post_at, type_=Thread.last_post_at.type),
            Space.archived_at.is_not(None),
        )
        .outerjoin(Thread, and_(Thread.space_id == Space.id, listed(reader_id)))
        .group_by(Space.id)
        .order_by(Space.archived_at.is_not(None), Space.position, Space.name)
    )
    return [SpaceCard(*row) for row in rows]


def space_page(uow: UnitOfWork, slug: object, page: int = 1) -> SpacePage:
    """One page of a space. Raises NotFound for an unknown space or a page that is not there, NotAllowed."""
    asked = {"me": require_reader(uow), "slug": checked_slug(slug)}
    space = uow.rows(_SPACE, asked).one_or_none()
    if space is None:
        raise NotFound("not_found")
    pages = pages_of(space.threads, THREADS_A_PAGE, page)
    skipped = {"space": space.id, "skipped": (page - 1) * THREADS_A_PAGE}
    rows = uow.rows(_LINES, {**asked, **skipped}).all() if space.threads else []
    return SpacePage(
        slug=space.slug,
        name=space.name,
        description=space.description,
        is_archived=space.archived_at is not None,
        threads=[_line(row) for row in rows],
        page=page,
        pages=pages,
    )


def _line(row: Row[Any]) -> ThreadLine:
    return ThreadLine(
        id=row.public_id,
        href=address_of(row.public_id, row.title, row.state),
        title=shown_title(row.title, row.state),
        wish=row.wish,
        author=card_from(row),
        posts=row.seq,
        created_at=row.created_at,
        last_at=row.last_post_at,
        state=row.state,
        is_locked=bool(row.closed_by & ClosedBy.LOCKED),
    )


def listed(reader_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that a thread stands in lists for a reader.

    Published ones, those whose opening was removed or hidden after others had answered, and the reader's own that wait;
    none by people the reader blocked.
    """
    return and_(or_(Thread.state == State.PUBLISHED, _listed_otherwise(reader_id)), _by_others(reader_id))


def _listed_otherwise(reader_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that a thread stands in lists although its opening is not published."""
    return or_(
        and_(Thread.state.in_((State.REMOVED, State.HIDDEN)), Thread.seq > 1),
        and_(Thread.state == State.HELD, Thread.author_id == reader_id),
    )


def _by_others(reader_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that a thread is by nobody whom the reader blocked."""
    return Thread.author_id.not_in(select(Block.blocked_id).where(Block.blocker_id == reader_id))


# Asked for every page of a space: built once. Most threads are published, and are counted from their table alone.
_ME: BindParameter[int] = bindparam("me", type_=Thread.author_id.type)
_TABLE = cast(Table, Thread.__table__)
_PUBLISHED = (
    select(func.count())
    .select_from(_TABLE)
    .where(Thread.space_id == Space.id, Thread.state == State.PUBLISHED, _by_others(_ME))
    .correlate(Space)
    .scalar_subquery()
)
_OTHERWISE = (
    select(func.count(Thread.id))
    .where(
        Thread.space_id == Space.id,
        Thread.state != State.PUBLISHED,
        _listed_otherwise(_ME),
        _by_others(_ME),
    )
    .correlate(Space)
    .scalar_subquery()
)
_SPACE = select(
    Space.id,
    Space.slug,
    Space.name,
    Space.description,
    Space.archived_at,
    (_PUBLISHED + _OTHERWISE).label("threads"),
).where(Space.slug == bindparam("slug"))
_LINES = (
    select(
        Thread.public_id,
        Thread.title,
        Thread.wish,
        Thread.seq,
        Thread.created_at,
        Thread.last_post_at,
        Thread.state,
        Thread.closed_by,
        *CARD,
    )
    .join(Account, Account.id == Thread.author_id)
    .where(Thread.space_id == bindparam("space"), listed(_ME))
    .order_by(Thread.last_post_at.desc(), Thread.id.desc())
    .limit(THREADS_A_PAGE)
    .offset(bindparam("skipped", type_=Integer))
)


def pages_of(total: int, size: int, page: int) -> int:
    """How many pages `total` things make (at least 1). Raises NotFound when `page` is none of them."""
    pages = max(1, -(-total // size))
    if not 1 <= page <= pages:
        raise NotFound("not_found")
    return pages


def shown_title(title: str, state: str) -> str:
    """A thread's title as members may read it: taken away with its first post."""
    said = _INSTEAD.get(state)
    return title if said is None else gettext(said)


def address_of(public_id: str, title: str, state: str) -> str:
    """A thread's canonical address: the same in every language, and without a title that was taken away."""
    return thread_href(public_id, _INSTEAD.get(state, title))


def thread_href(public_id: str, title: str) -> str:
    """The canonical address of a thread: its id, then its title for people who read addresses."""
    slug = slug_of(title)
    return thread_address(public_id, slug)


def slug_of(title: str) -> str:
    """A title as small letters, digits and hyphens, at most 60 characters; empty when it has none of them."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
