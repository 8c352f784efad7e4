"""Giving a post its place in a thread, and inserting it once whatever happens (invariant 11)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError

from peerspace.forum.events import PostPublished
from peerspace.forum.models import Post, Thread
from peerspace.kernel.errors import Conflict
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork


def take_position(uow: UnitOfWork, thread_id: int, *, by_staff: bool = False) -> int:
    """The next place in a thread, taken in one statement; the thread's last activity moves along, never back.

    Raises Conflict("thread_closed") when it was locked meanwhile or never had its place; `by_staff` publishes there
    all the same.
    """
    taking = (
        update(Thread)
        .where(Thread.id == thread_id)
        .values(
            post_count=Thread.post_count + 1,
            last_post_at=case((Thread.last_post_at < uow.now, uow.now), else_=Thread.last_post_at),
        )
        .returning(Thread.post_count)
        .execution_options(synchronize_session=False)
    )
    if not by_staff:
        taking = taking.where(Thread.locked_at.is_(None), Thread.state != "held", Thread.post_count > 0)
    position = uow.session.scalar(taking)
    if position is None:
        raise Conflict("thread_closed")
    return position


def sent_before(uow: UnitOfWork, author_id: int, client_id: str) -> Post | None:
    """The post this author sent under this client id, if any."""
    return uow.session.scalar(select(Post).where(Post.author_id == author_id, Post.client_id == client_id))


def insert_once(
    uow: UnitOfWork, author_id: int, client_id: str, insert: Callable[[], Post]
) -> tuple[Post, bool]:
    """Run `insert` in a savepoint; return its post and True, or the row that was there first and False.

    Two forms sent at once meet at the unique constraint on author and client id: the second waits for the first,
    then everything it did here (a place taken, a thread made) is undone.
    """
    try:
        with uow.session.begin_nested():
            post = insert()
            uow.session.flush()
        return post, True
    except IntegrityError:
        known = sent_before(uow, author_id, client_id)
        if known is None:
            raise
        return known, False


def hold_sides(uow: UnitOfWork, author_id: int, thread_id: int, answered_id: int | None) -> None:
    """Hold a reply's author and whom it answers, and take its time after that (kernel.moments).

    A reply that names no post answers whoever opened the thread.
    """
    named = Post.id == answered_id if answered_id is not None else Post.position == 1
    answered = uow.session.scalar(select(Post.author_id).where(Post.thread_id == thread_id, named))
    share(uow, (author_id, answered))


def emit_published(uow: UnitOfWork, post: Post) -> None:
    """Tell that a post stands in its thread."""
    uow.emit(
        PostPublished(
            post_id=post.id,
            thread_id=post.thread_id,
            author_id=post.author_id,
            is_opener=post.position == 1,
            answers_id=post.reply_to_id,
        )
    )
