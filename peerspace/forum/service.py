"""What people do in the forum: start a thread, reply, edit, remove.

What supervisors and administrators do is in `staff`; it is offered here too, so that callers need one name.
"""

from __future__ import annotations

from typing import Any

from peerspace.accounts.models import Account
from peerspace.community.danger import note_danger
from peerspace.community.drafts import Draft
from peerspace.community.review import Review
from peerspace.forum.access import locked_post, own_post, require_writer
from peerspace.forum.drafted import (
    NOTE_LIMIT,
    POST_LIMIT,
    TITLE_LEAST,
    TITLE_LIMIT,
    draft_post,
    drafted_reply,
    drafted_thread,
)
from peerspace.forum.events import PostChanged, PostHeld, PostRemoved, PostToLookAt
from peerspace.forum.models import Post, PostRevision, Space, Thread
from peerspace.forum.positions import emit_published, hold_sides, insert_once, sent_before, take_position
from peerspace.forum.review import review_post
from peerspace.forum.staff import (
    create_space,
    is_opener,
    lock_thread_of,
    look_at_history,
    publish_held,
    set_post_state,
    unlock_thread_of,
)
from peerspace.kernel.errors import Conflict
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork

__all__ = [
    "NOTE_LIMIT",
    "POST_LIMIT",
    "TITLE_LEAST",
    "TITLE_LIMIT",
    "create_space",
    "draft_post",
    "edit_post",
    "lock_thread_of",
    "look_at_history",
    "post_reply",
    "publish_held",
    "remove_post",
    "set_post_state",
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
    once = check_client_id(client_id)
    known = sent_before(uow, author_id, once)
    if known is not None:
        return known
    drafted = drafted_thread(uow, space_slug, draft, wish=wish)
    author = drafted.author
    share(uow, (author.id,))
    asked = review_post(uow, author, drafted.space, draft)
    state = "held" if asked.held else "published"

    def insert() -> Post:
        thread = Thread(
            public_id=new_public_id(),
            space_id=drafted.space.id,
            author_id=author.id,
            title=draft.title.text,
            wish=drafted.wish,
            created_at=uow.now,
            last_post_at=uow.now,
            post_count=0 if asked.held else 1,
            state=state,
        )
        uow.session.add(thread)
        uow.session.flush()
        place = None if asked.held else 1
        return _add_post(uow, thread, author, once, draft, position=place)

    post, is_new = insert_once(uow, author.id, once, insert)
    if is_new:
        _tell(uow, post, asked)
        note_danger(uow, draft.danger, "post", post.id, author.id)
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
    author_id = uow.actor.require_human()
    once = check_client_id(client_id)
    known = sent_before(uow, author_id, once)
    if known is not None:
        return known
    drafted = drafted_reply(uow, thread_id, draft, reply_to=reply_to)
    author, thread = drafted.author, drafted.thread
    hold_sides(uow, author.id, thread.id, drafted.answered_id)
    asked = review_post(uow, author, drafted.space, draft)

    def insert() -> Post:
        place = {
            "position": None if asked.held else take_position(uow, thread.id),
            "reply_to_id": drafted.answered_id,
        }
        return _add_post(uow, thread, author, once, draft, **place)

    post, is_new = insert_once(uow, author.id, once, insert)
    if is_new:
        _tell(uow, post, asked)
        note_danger(uow, draft.danger, "post", post.id, author.id)
    return post


def edit_post(uow: UnitOfWork, post_id: object, draft: Draft, *, version: int) -> Post:
    """Change one's own words; the former ones are kept as a revision and everybody sees that it was edited.

    `post_id` is the public id, `version` the one the writer started from. New words are screened like a post: what
    is held keeps its place and shows as waiting. Sending the same words again changes nothing. Raises NotAllowed,
    NotFound, Conflict: `thread_closed`, `post_gone` (hidden or removed), `changed_meanwhile`.
    """
    author = require_writer(uow)
    found, thread = own_post(uow, post_id)
    post = locked_post(uow, found.id)
    text, note = draft.body.text, draft.note.text
    if post.state not in ("published", "held"):
        raise Conflict("post_gone")
    if (text, note) == (post.body, post.content_note):
        return post
    space = uow.session.get_one(Space, thread.space_id)
    if thread.locked_at is not None or space.archived_at is not None:
        raise Conflict("thread_closed")
    if version != post.version:
        raise Conflict("changed_meanwhile")
    was_held = post.state == "held"
    asked = review_post(uow, author, space, draft)
    _keep_revision(uow, post, author.id)
    post.body, post.body_html, post.content_note = text, _shown(draft, author), note
    post.edited_at = uow.now
    post.version += 1
    if asked.held and not was_held:
        post.state = "held"
        uow.emit(PostHeld(post_id=post.id, author_id=author.id, why=asked.held))
    uow.session.flush()
    if asked.look and post.state == "published":
        uow.emit(PostToLookAt(post_id=post.id, author_id=author.id, why=asked.look))
    uow.emit(PostChanged(post.id, post.thread_id, author.id, post.state, by_staff=False))
    note_danger(uow, draft.danger, "post", post.id, author.id)
    return post


def remove_post(uow: UnitOfWork, post_id: object) -> Post:
    """Take one's own words out of a thread; a stub stays in their place, the words stay as a revision for the desk.

    Possible in a locked thread too, and for a person restricted to reading. Removing twice changes nothing.
    Raises NotAllowed, NotFound.
    """
    author_id = uow.actor.require_human()
    found, thread = own_post(uow, post_id)
    post = locked_post(uow, found.id)
    if post.state == "removed":
        return post
    was_hidden = post.state == "hidden"
    _keep_revision(uow, post, author_id)
    post.body, post.body_html, post.content_note = "", "", ""
    post.state, post.removed_at = "removed", uow.now
    post.version += 1
    if is_opener(post, thread) and not was_hidden:  # a title that a supervisor hid stays out of sight
        thread.state = "removed"
    uow.session.flush()
    uow.emit(PostRemoved(post_id=post.id, thread_id=post.thread_id, author_id=author_id))
    return post


def _add_post(
    uow: UnitOfWork, thread: Thread, author: Account, client_id: str, draft: Draft, **place: Any
) -> Post:
    published = place["position"] is not None
    post = Post(
        public_id=new_public_id(),
        thread_id=thread.id,
        author_id=author.id,
        body=draft.body.text,
        body_html=_shown(draft, author),
        content_note=draft.note.text,
        state="published" if published else "held",
        client_id=client_id,
        created_at=uow.now,
        published_at=uow.now if published else None,
        **place,
    )
    uow.session.add(post)
    return post


def _shown(draft: Draft, author: Account) -> str:
    """The body as HTML. Links come alive once their author is past the first contributions."""
    return draft.body.shown(links=author.established_at is not None)


def _tell(uow: UnitOfWork, post: Post, asked: Review) -> None:
    if asked.held:
        uow.emit(PostHeld(post_id=post.id, author_id=post.author_id, why=asked.held))
    else:
        emit_published(uow, post)
    if asked.look:
        uow.emit(PostToLookAt(post_id=post.id, author_id=post.author_id, why=asked.look))


def _keep_revision(uow: UnitOfWork, post: Post, by_id: int) -> None:
    uow.session.add(
        PostRevision(
            post_id=post.id,
            version=post.version,
            body=post.body,
            body_html=post.body_html,
            content_note=post.content_note,
            at=uow.now,
            by_id=by_id,
        )
    )
