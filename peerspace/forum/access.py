"""Loading spaces, threads and posts for somebody: what they may not know of is not there (NotFound)."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select

from peerspace.accounts.models import Account
from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork

COMMUNITY = (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR)
"""Who may read the forum. Researchers, panel members and administrators as such see no community content."""


def require_reader(uow: UnitOfWork) -> int:
    """Return the id of a person who may read the forum, or raise NotAllowed."""
    return uow.actor.require(*COMMUNITY)


def require_writer(uow: UnitOfWork) -> Account:
    """Return the account of a human who may write now (invariant 1).

    Raises NotAllowed for anything but a person at an interactive door (`humans_only`), for an account that is not
    active (`account_not_active`) or is restricted to reading (`account_read_only`, value `until`).
    """
    account_id = uow.actor.require_human()
    uow.actor.require(*COMMUNITY)
    account = uow.session.get(Account, account_id, populate_existing=True)
    if account is None or account.status != "active":
        raise NotAllowed("account_not_active")
    if account.read_only_until is not None and account.read_only_until > uow.now:
        raise NotAllowed("account_read_only", until=account.read_only_until)
    return account


def checked_id(public_id: object) -> str:
    """`public_id` where it can be one, else NotFound: nothing else reaches the database."""
    if (
        not isinstance(public_id, str)
        or not 0 < len(public_id) <= 24
        or not public_id.isascii()
        or "\0" in public_id
    ):
        raise NotFound("not_found")
    return public_id


def can_see_thread(reader_id: int | BindParameter[int], *, is_supervisor: bool) -> ColumnElement[bool]:
    """The condition that a thread can be opened.

    Once it had a published post it stays readable, with stubs where something was hidden or removed; before that
    (its first post waits, or was never published) it is there for its author while it waits, and for supervisors.
    """
    waiting = and_(Thread.state == "held", Thread.author_id == reader_id)
    seen = or_(Thread.post_count > 0, waiting)
    return or_(seen, Thread.state.in_(("held", "hidden"))) if is_supervisor else seen


def space_for(uow: UnitOfWork, slug: object) -> Space:
    """The space at an address, archived ones too (they can be read). Raises NotFound."""
    require_reader(uow)
    if not isinstance(slug, str) or not 0 < len(slug) <= 48 or not slug.isascii() or "\0" in slug:
        raise NotFound("not_found")
    space = uow.session.scalar(select(Space).where(Space.slug == slug))
    if space is None:
        raise NotFound("not_found")
    return space


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
    return thread.locked_at is None and goes_on(thread) and space.archived_at is None


def goes_on(thread: Thread) -> bool:
    """True for a thread that had its place: what became of its opening since does not end the talk under it."""
    return thread.state != "held" and thread.post_count > 0


def open_thread(uow: UnitOfWork, public_id: object) -> tuple[Thread, Space]:
    """A thread that can be answered, with its space. Raises NotFound, Conflict("thread_closed")."""
    thread, space = thread_for(uow, public_id)
    if not takes_replies(thread, space):
        raise Conflict("thread_closed")
    return thread, space


def post_for(uow: UnitOfWork, public_id: object) -> tuple[Post, Thread]:
    """A post with a place in a thread that the acting person may open, or their own that waits.

    Supervisors also reach what waits and what was never published. Raises NotAllowed, NotFound.
    """
    reader_id = require_reader(uow)
    staff = uow.actor.has(Role.SUPERVISOR)
    own_waiting = and_(Post.author_id == reader_id, Post.state == "held")
    found = uow.session.execute(
        select(Post, Thread)
        .join(Thread, Thread.id == Post.thread_id)
        .where(
            Post.public_id == checked_id(public_id),
            can_see_thread(reader_id, is_supervisor=staff),
            *([] if staff else [or_(Post.position.is_not(None), own_waiting)]),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("not_found")
    return found[0], found[1]


def own_post(uow: UnitOfWork, public_id: object) -> tuple[Post, Thread]:
    """A post that the acting person wrote.

    Raises NotFound when they cannot see it, NotAllowed("own_only") when it is somebody else's.
    """
    post, thread = post_for(uow, public_id)
    if post.author_id != uow.actor.account_id:
        raise NotAllowed("own_only")
    return post, thread


def locked_post(uow: UnitOfWork, post_id: int) -> Post:
    """A post's newest state, held against other changes until this act ends. Raises NotFound.

    The lock leaves room for answers that refer to the post: they do not change it.
    """
    post = hold(uow.session, Post, post_id)
    if post is None:
        raise NotFound("not_found")
    return post
