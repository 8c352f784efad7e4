"""What people do in the forum: start a thread, reply, edit, remove. A post's life is in streams.service.

What supervisors and administrators do is in `staff`; it is offered here too, so that callers need one name.
"""

from __future__ import annotations

from functools import partial

from peerspace.accounts.models import Account
from peerspace.community.drafts import Draft
from peerspace.community.review import Review
from peerspace.forum.drafted import (
    NOTE_LIMIT,
    POST_LIMIT,
    TITLE_LEAST,
    TITLE_LIMIT,
    DraftedThread,
    draft_post,
    drafted_reply,
    drafted_thread,
)
from peerspace.forum.models import Post, Space, Thread
from peerspace.forum.review import review_post
from peerspace.forum.staff import create_space, lock_thread_of, unlock_thread_of
from peerspace.kernel.errors import Conflict
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams import service
from peerspace.streams.closing import ClosedBy
from peerspace.streams.models import State

__all__ = [
    "NOTE_LIMIT",
    "POST_LIMIT",
    "TITLE_LEAST",
    "TITLE_LIMIT",
    "create_space",
    "draft_post",
    "edit_post",
    "lock_thread_of",
    "post_reply",
    "remove_post",
    "start_thread",
    "unlock_thread_of",
]


def start_thread(
    uow: UnitOfWork,
    space_slug: object,
    draft: Draft,
    *,
    client_id: object,
    wish: object = "",
) -> Post:
    """Start a thread with the words of `draft` (`draft_post`) and return its first post.

    The same `client_id` returns the same post (invariant 11). `wish` is one of WISHES: what would help. The post is
    `published`, or `held` for a human; a held one has no place yet and its thread is there for its author only.
    Raises NotAllowed (not a person, restricted), NotFound (space), Conflict("space_closed"), Invalid (`title`, `wish`).
    """
    author_id = uow.actor.require_human()
    known = service.sent_before(uow, author_id, check_client_id(client_id), Post)
    if known is not None:
        return known
    drafted = drafted_thread(uow, space_slug, draft, wish=wish)
    # Two forms sent at once meet at the post: the thread that the second one made is undone with its savepoint.
    with uow.session.begin_nested() as savepoint:
        thread = _new_thread(uow, drafted)
        writing = service.Writing(drafted.author, thread, partial(_review, uow, drafted.space), opens=True)
        post = service.contribute(uow, Post, draft, client_id=client_id, find=lambda: writing)
        if post.stream_id != thread.id:
            savepoint.rollback()
            return post
    thread.opening_id = post.id
    if post.state == State.HELD:
        thread.state, thread.closed_by = State.HELD, int(ClosedBy.WAITING)
    uow.session.flush()
    return post


def post_reply(
    uow: UnitOfWork,
    thread_id: object,
    draft: Draft,
    *,
    client_id: object,
    reply_to: object = "",
) -> Post:
    """Reply in the thread with the public id `thread_id` with the words of `draft` (`draft_post`); return the post.

    Once for a `client_id` (invariant 11). `reply_to` is the public id of a published post of the same thread, or
    empty: a reply to nobody in particular. A held post gets its place when it is published. Raises NotAllowed (not a
    person, restricted), NotFound (thread), Conflict("thread_closed"), Invalid (`reply_to`).
    """

    def find() -> service.Writing:
        drafted = drafted_reply(uow, thread_id, draft, reply_to=reply_to)
        review = partial(_review, uow, drafted.space)
        return service.Writing(drafted.author, drafted.thread, review, drafted.answered)

    return service.contribute(uow, Post, draft, client_id=client_id, find=find)


def edit_post(uow: UnitOfWork, post_id: object, draft: Draft, *, version: int) -> Post:
    """Change one's own words and content note (streams.service.edit).

    `post_id` is the public id, `version` the one the writer started from. Raises NotAllowed, NotFound, Conflict:
    `thread_closed`, `post_gone` (hidden or removed), `changed_meanwhile`.
    """

    def review(post: Post) -> service.Reviewer:
        space = uow.session.get_one(Space, uow.session.get_one(Thread, post.stream_id).space_id)
        if space.archived_at is not None:
            raise Conflict("thread_closed")
        return partial(_review, uow, space)

    return service.edit(uow, post_id, Post, draft, review=review, version=version)


def remove_post(uow: UnitOfWork, post_id: object) -> Post:
    """Take one's own words out of a thread; a stub stays in their place. Raises NotAllowed, NotFound."""
    return service.remove(uow, post_id, Post)


def _new_thread(uow: UnitOfWork, drafted: DraftedThread) -> Thread:
    thread = Thread(
        public_id=new_public_id(),
        space_id=drafted.space.id,
        author_id=drafted.author.id,
        title=drafted.draft.title.text,
        wish=drafted.wish,
        created_at=uow.now,
        last_post_at=uow.now,
        state=State.PUBLISHED,
    )
    uow.session.add(thread)
    uow.session.flush()
    return thread


def _review(uow: UnitOfWork, space: Space, author: Account, draft: Draft) -> Review:
    return review_post(uow, author, space, draft)
