"""Pages of a stream: where each begins is written down when the page before it is full, and never moves.

So a page number keeps its meaning whatever becomes of what stands there, and no page grows without end: it is full at
so many contributions or so much text, whichever comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import Contribution, PageStart

MOST = 20
"""Most contributions of one page."""
MOST_TEXT = 60_000
"""How much text, in characters of HTML, a page holds before the next begins. One longer contribution fills a page."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream: places `first` to `last`, as many as can stand there. `pages` counts from 1."""

    number: int
    pages: int
    first: int
    last: int


def keep_pages(uow: UnitOfWork, contribution: Contribution) -> None:
    """A contribution got its place: begin a page with it where the last one is full. The stream's row is held."""
    if contribution.seq is None:
        raise ValueError("what has no place is on no page")
    newest = uow.rows(_NEWEST, {"stream": contribution.stream_id}).one()
    page, first = newest.page or 1, newest.seq or 1
    before = contribution.seq - first
    if before and (before >= MOST or (newest.text or 0) > MOST_TEXT):
        uow.session.add(PageStart(stream_id=contribution.stream_id, page=page + 1, seq=contribution.seq))
        uow.session.flush()


def page_of(uow: UnitOfWork, stream_id: int, number: int) -> Page:
    """The page with this number. Raises NotFound where there is none. One query."""
    found = uow.rows(_PAGE, {"stream": stream_id, "page": number}).one()
    pages = found.pages or 1
    if not 1 <= number <= pages:
        raise NotFound("not_found")
    return Page(number, pages, found.first or 1, (found.next or _NO_END) - 1)


_NO_END = 2**62
# Asked for every post and every page: built once.
_OF_STREAM = PageStart.stream_id == bindparam("stream")
_BEGAN = select(func.max(PageStart.seq)).where(_OF_STREAM).scalar_subquery()
_NEWEST = select(
    select(func.max(PageStart.page)).where(_OF_STREAM).scalar_subquery().label("page"),
    _BEGAN.label("seq"),
    select(func.sum(func.length(Contribution.body_html)))
    .where(Contribution.stream_id == bindparam("stream"), Contribution.seq >= func.coalesce(_BEGAN, 1))
    .scalar_subquery()
    .label("text"),
)
"""The newest page, where it begins, and how much text stands on it; the newest contribution has its place already."""
PAGE_AT = (
    select(func.max(PageStart.page)).where(_OF_STREAM, PageStart.seq <= bindparam("seq")).scalar_subquery()
)
"""The number of the page where the place `seq` of the stream `stream` stands, as part of a statement; None for 1."""
_PAGE = select(
    select(func.max(PageStart.page)).where(_OF_STREAM).scalar_subquery().label("pages"),
    select(PageStart.seq)
    .where(_OF_STREAM, PageStart.page == bindparam("page"))
    .scalar_subquery()
    .label("first"),
    select(PageStart.seq)
    .where(_OF_STREAM, PageStart.page == bindparam("page") + 1)
    .scalar_subquery()
    .label("next"),
)
