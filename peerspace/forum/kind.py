"""What a thread is as a kind of stream."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import BindParameter, Table, bindparam, case, select, update

from peerspace.forum.access import readable_threads
from peerspace.forum.models import KIND, Post, Space, Thread
from peerspace.forum.staff import lock_thread_of
from peerspace.kernel.addresses import post_address, post_versions_address
from peerspace.kernel.db import UtcTime
from peerspace.kernel.errors import Conflict
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.streams.closing import ClosedBy
from peerspace.streams.kinds import Answered, Change, Description, StreamKind
from peerspace.streams.models import Contribution, State, Stream
from peerspace.streams.pages import keep_pages
from peerspace.streams.taking import set_closed, stream_now


def _describe(uow: UnitOfWork, post_ids: Collection[int]) -> dict[int, Description]:
    rows = uow.session.execute(
        select(Post.id, Post.public_id, Space.name, Thread.title, Thread.opening_id)
        .join(Thread, Thread.id == Post.stream_id)
        .join(Space, Space.id == Thread.space_id)
        .where(Post.id.in_(post_ids))
    )
    return {
        post_id: Description(place, post_address(public_id), title if post_id == opening_id else "")
        for post_id, public_id, place, title, opening_id in rows
    }


def _refusal(_thread: Stream) -> Conflict:
    return Conflict("thread_closed")


def _opening(uow: UnitOfWork, thread_id: int) -> Answered | None:
    thread = uow.session.get_one(Thread, thread_id)
    return Answered(thread.opening_id, thread.author_id) if thread.opening_id is not None else None


def _placed(uow: UnitOfWork, post: Contribution) -> None:
    """The thread's last activity moves along, never back; one whose opening waited takes replies from now on.

    A page begins where the last one is full.
    """
    uow.rows(_MOVED_ALONG, {"which": post.stream_id, "at": uow.now})
    keep_pages(uow, post)
    if uow.session.get_one(Thread, post.stream_id).opening_id == post.id:
        set_closed(uow, stream_now(uow, post.stream_id), off=ClosedBy.WAITING)


# For every post: built once.
_TABLE = cast(Table, Thread.__table__)
_AT: BindParameter[datetime] = bindparam("at", type_=UtcTime)
_MOVED_ALONG = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("which"))
    .values(last_post_at=case((_TABLE.c.last_post_at < _AT, _AT), else_=_TABLE.c.last_post_at))
)


def _changed(uow: UnitOfWork, change: Change) -> None:
    """What becomes of its opening becomes of a thread's title. One that a supervisor hid stays out of sight."""
    thread = uow.session.get_one(Thread, change.contribution.stream_id)
    hidden_before = change.before == State.HIDDEN and not change.by_staff
    if thread.opening_id == change.contribution.id and not hidden_before:
        thread.state = change.contribution.state
        uow.session.flush()


def _lock(uow: UnitOfWork, post_id: int) -> None:
    lock_thread_of(uow, post_id)


THREAD = StreamKind(
    name=KIND,
    contribution="post",
    modality="forum",
    written="post_written",
    opened="thread_started",
    first_ones="first_posts",
    readable=readable_threads,
    describe=_describe,
    refusal=_refusal,
    about=N_("A post by %(name)s"),
    about_in=N_("A post by %(name)s in %(place)s"),
    history_href=post_versions_address,
    gone="post_gone",
    opening=_opening,
    placed=_placed,
    changed=_changed,
    lock=_lock,
)
