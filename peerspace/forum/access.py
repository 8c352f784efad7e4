"""Loading spaces, threads and posts for somebody: what they may not know of is not there (NotFound)."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select

from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import checked_id, contribution_for, own_contribution, require_reader
from peerspace.streams.models import State


def can_see_thread(reader_id: int | BindParameter[int], *, is_supervisor: bool) -> ColumnElement[bool]:
    """The condition that a thread can be opened.

    Once it had a published post it stays readable, with stubs where something was hidden or removed; before that
    (its first post waits, or was never published) it is there for its author while it waits, and for supervisors.
    """
    waiting = and_(Thread.state == State.HELD, Thread.author_id == reader_id)
    seen = or_(Thread.seq > 0, waiting)
    return or_(seen, Thread.state.in_((State.HELD, State.HIDDEN))) if is_supervisor else seen


def readable_threads(uow: UnitOfWork) -> Select[int]:
    """The ids of the threads that the acting person may open."""
    reader_id = require_reader(uow)
    return select(Thread.id).where(can_see_thread(reader_id, is_supervisor=uow.actor.has(Role.SUPERVISOR)))


def space_for(uow: UnitOfWork, slug: object) -> Space:
    """The space at an address, archived ones too (they can be read). Raises NotFound."""
    require_reader(uow)
    space = uow.session.scalar(select(Space).where(Space.slug == checked_slug(slug)))
    if space is None:
        raise NotFound("not_found")
    return space


def checked_slug(slug: object) -> str:
    """`slug` where it can be one, else NotFound: nothing else reaches the database."""
    if not isinstance(slug, str) or not 0 < len(slug) <= 48 or not slug.isascii() or "\0" in slug:
        raise NotFound("not_found")
    return slug


_THREAD_FOR = {
    staff: select(Thread, Space)
    .join(Space, Space.id == Thread.space_id)
    .where(
        Thread.public_id == bindparam("public_id"),
        can_see_thread(bindparam("reader_id", type_=Thread.author_id.type), is_supervisor=staff),
    )
    for staff in (False, True)
}


def thread_for(uow: UnitOfWork, public_id: object) -> tuple[Thread, Space]:
    """A thread that the acting person may open, with its space. Raises NotAllowed, NotFound."""
    reader_id = require_reader(uow)
    found = uow.session.execute(
        _THREAD_FOR[uow.actor.has(Role.SUPERVISOR)],
        {"public_id": checked_id(public_id), "reader_id": reader_id},
        execution_options={"populate_existing": True},
    ).one_or_none()
    if found is None:
        raise NotFound("not_found")
    return found[0], found[1]


def takes_replies(thread: Thread, space: Space) -> bool:
    """True while a thread can be answered: it was published, nobody locked it, its space is not archived.

    A thread whose opening was removed or hidden goes on for those who talk in it: closing it is a choice of its own.
    """
    return not thread.closed_by and space.archived_at is None


def open_thread(uow: UnitOfWork, public_id: object) -> tuple[Thread, Space]:
    """A thread that can be answered, with its space. Raises NotFound, Conflict("thread_closed")."""
    thread, space = thread_for(uow, public_id)
    if not takes_replies(thread, space):
        raise Conflict("thread_closed")
    return thread, space


def post_for(uow: UnitOfWork, public_id: object) -> tuple[Post, Thread]:
    """A post with a place in a thread that the acting person may open, or their own, and its thread.

    Supervisors also reach what waits and what was never published. Raises NotAllowed, NotFound.
    """
    post = contribution_for(uow, public_id, Post)
    return post, uow.session.get_one(Thread, post.stream_id)


def own_post(uow: UnitOfWork, public_id: object) -> tuple[Post, Thread]:
    """A post that the acting person wrote, and its thread.

    Raises NotFound when they cannot see it, NotAllowed("own_only") when it is somebody else's.
    """
    post = own_contribution(uow, public_id, Post)
    return post, uow.session.get_one(Thread, post.stream_id)
