"""What supervisors and administrators do in the forum: spaces, hiding, publishing what waited, locking."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from peerspace.community.timeline import add_entry
from peerspace.forum.access import locked_post, post_for
from peerspace.forum.actions import ForumAction
from peerspace.forum.events import PostChanged
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.positions import emit_published, hold_sides, take_position
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotFound
from peerspace.kernel.locks import hold_one
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean

HOLDS = ("never", "off_shift", "always")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create_space(
    uow: UnitOfWork,
    slug: object,
    name: object,
    description: object = "",
    *,
    position: int = 0,
    hold_first_posts: object = "never",
) -> Space:
    """Make a space. For administrators, and for the installation (the command line, the demo).

    `hold_first_posts`: when a new member's first posts wait for a human (HOLDS). Raises NotAllowed, Invalid.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    address = clean(slug, field="slug", limit=48, one_line=True)
    if len(address) < 2 or _SLUG.fullmatch(address) is None:
        raise Invalid("space_slug_bad", fields={"slug": "space_slug_bad"})
    if hold_first_posts not in HOLDS:
        raise Invalid("hold_unknown", fields={"hold_first_posts": "hold_unknown"})
    if uow.session.scalar(select(Space.id).where(Space.slug == address)) is not None:
        raise Invalid("space_slug_taken", fields={"slug": "space_slug_taken"})
    space = Space(
        slug=address,
        name=clean(name, field="name", limit=80, one_line=True),
        description=clean(description, field="description", limit=300, required=False, one_line=True),
        position=position,
        hold_first_posts=hold_first_posts,
        created_at=uow.now,
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(space)
    except IntegrityError as error:  # somebody else made it meanwhile
        raise Invalid("space_slug_taken", fields={"slug": "space_slug_taken"}) from error
    uow.audit(ForumAction.SPACE_CREATED, "space", space.id)
    add_entry(uow, "space", "added", number=space.id)
    return space


def set_post_state(uow: UnitOfWork, post_id: int, state: str) -> Post:
    """A supervisor hides a post (`hidden`) or shows it again (`published`), following a decision (invariant 7).

    `post_id` is the row's id. Hiding a thread's first post takes its title out of sight; closing the thread is a choice
    of its own (`lock_thread_of`). What its author removed stays removed. Raises NotAllowed, NotFound, BadRequest.
    """
    uow.actor.require(Role.SUPERVISOR)
    if state not in ("hidden", "published"):
        raise BadRequest("post_state_unknown")
    post = locked_post(uow, post_id)
    if post.state in (state, "removed"):
        return post
    if post.position is None and state == "published":
        return publish_held(uow, post_id)
    thread = _thread_of(uow, post)
    if is_opener(post, thread):
        thread.state = state
    _change(uow, post, state)
    return post


def publish_held(uow: UnitOfWork, post_id: int) -> Post:
    """A supervisor lets a post that waited appear: it gets its place now, at the end of the thread.

    An edit that waited keeps the place it had. Publishing twice changes nothing. `post_id` is the row's id. Raises
    NotAllowed, NotFound, Conflict("post_not_held") when it was hidden or removed meanwhile.
    """
    uow.actor.require(Role.SUPERVISOR)
    post = locked_post(uow, post_id)
    if post.state == "published":
        return post
    if post.state == "removed" or (post.state == "hidden" and post.position is not None):
        raise Conflict("post_not_held")
    thread = _thread_of(uow, post)
    if is_opener(post, thread):
        thread.state = "published"
    if post.position is not None:
        _change(uow, post, "published")
        return post
    uow.session.flush()
    hold_sides(uow, post.author_id, thread.id, post.reply_to_id)
    post.position = take_position(uow, thread.id, by_staff=True)
    post.state, post.published_at = "published", uow.now
    uow.session.flush()
    emit_published(uow, post)
    return post


def lock_thread_of(uow: UnitOfWork, post_id: int) -> Thread:
    """A supervisor closes the thread that holds this post to replies and edits; everything stays readable.

    `post_id` is the row's id. Locking twice changes nothing. Raises NotAllowed, NotFound.
    """
    return _set_lock(uow, post_id, locked=True)


def unlock_thread_of(uow: UnitOfWork, post_id: int) -> Thread:
    """A supervisor opens the thread that holds this post again. Raises NotAllowed, NotFound."""
    return _set_lock(uow, post_id, locked=False)


def look_at_history(uow: UnitOfWork, post_id: object) -> None:
    """Log that a supervisor opens the former versions of somebody's post; the author can see it (invariant 8).

    `post_id` is the public id. Looking at one's own is not logged. Raises NotAllowed, NotFound.
    """
    post, _ = post_for(uow, post_id)
    if post.author_id != uow.actor.account_id:
        if not uow.actor.has(Role.SUPERVISOR):
            raise NotFound("not_found")  # as the page says: the history is not theirs to know of
        uow.audit(ForumAction.POST_HISTORY_OPENED, "post", post.id, concerns=post.author_id)


def _set_lock(uow: UnitOfWork, post_id: int, *, locked: bool) -> Thread:
    uow.actor.require(Role.SUPERVISOR)
    post = uow.session.get(Post, post_id)
    if post is None:
        raise NotFound("not_found")
    thread = _thread_of(uow, post)
    if (thread.locked_at is not None) != locked:
        thread.locked_at = uow.now if locked else None
        uow.session.flush()
        uow.audit(ForumAction.THREAD_LOCKED if locked else ForumAction.THREAD_UNLOCKED, "thread", thread.id)
    return thread


def _thread_of(uow: UnitOfWork, post: Post) -> Thread:
    return hold_one(uow.session, Thread, post.thread_id)


def is_opener(post: Post, thread: Thread) -> bool:
    """True for a thread's first post, also while it waits and has no place yet."""
    return post.position == 1 or thread.post_count == 0


def _change(uow: UnitOfWork, post: Post, state: str) -> None:
    post.state = state
    uow.session.flush()
    uow.emit(PostChanged(post.id, post.thread_id, post.author_id, state, by_staff=True))
