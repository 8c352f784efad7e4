"""What supervisors and administrators do in the forum: spaces and locking."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from peerspace.community.timeline import add_entry
from peerspace.forum.actions import ForumAction
from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.closing import ClosedBy
from peerspace.streams.taking import set_closed, stream_for_update
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


def lock_thread_of(uow: UnitOfWork, post_id: int) -> Thread:
    """A supervisor closes the thread that holds this post to replies and edits; everything stays readable.

    `post_id` is the row's id. Locking twice changes nothing. Raises NotAllowed, NotFound.
    """
    return _set_lock(uow, post_id, locked=True)


def unlock_thread_of(uow: UnitOfWork, post_id: int) -> Thread:
    """A supervisor opens the thread that holds this post again. Raises NotAllowed, NotFound."""
    return _set_lock(uow, post_id, locked=False)


def _set_lock(uow: UnitOfWork, post_id: int, *, locked: bool) -> Thread:
    uow.actor.require(Role.SUPERVISOR)
    post = uow.session.get(Post, post_id)
    if post is None:
        raise NotFound("not_found")
    thread = uow.session.get_one(Thread, post.stream_id)

    def turn() -> None:
        stream_for_update(uow, thread.id)
        if bool(thread.closed_by & ClosedBy.LOCKED) == locked:
            return
        set_closed(uow, thread, **{"on" if locked else "off": ClosedBy.LOCKED})
        uow.audit(ForumAction.THREAD_LOCKED if locked else ForumAction.THREAD_UNLOCKED, "thread", thread.id)

    uow.last(thread.id, turn)
    return thread
