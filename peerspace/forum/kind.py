"""What a thread is as a kind of stream."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, select, update

from peerspace.forum.access import readable_threads
from peerspace.forum.models import KIND, Post, Space, Thread
from peerspace.forum.staff import lock_thread_of
from peerspace.kernel.addresses import post_address, post_versions_address
from peerspace.kernel.errors import Conflict
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.streams.closing import ClosedBy
from peerspace.streams.kinds import Change, Description, StreamKind
from peerspace.streams.models import Contribution, State, Stream
from peerspace.streams.pages import keep_pages
from peerspace.streams.taking import set_closed


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


def _opening(uow: UnitOfWork, thread_id: int) -> int | None:
    return uow.session.get_one(Thread, thread_id).opening_id


def _placed(uow: UnitOfWork, post: Contribution) -> None:
    """The thread's last activity moves along, never back; one whose opening waited takes replies from now on.

    A page begins where the last one is full.
    """
    uow.session.execute(
        update(Thread)
        .where(Thread.id == post.stream_id)
        .values(last_post_at=case((Thread.last_post_at < uow.now, uow.now), else_=Thread.last_post_at)),
        execution_options={"synchronize_session": False},
    )
    keep_pages(uow, post)
    thread = uow.session.get_one(Thread, post.stream_id)
    if thread.opening_id == post.id:
        set_closed(uow, thread, off=ClosedBy.WAITING)


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
