"""What somebody is about to post, checked: by the same checks when it is looked over and when it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.accounts.models import Account
from peerspace.community.drafts import Draft, look_through
from peerspace.forum.access import open_thread, post_for, space_for
from peerspace.forum.models import WISHES, Post, Space, Thread
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import Conflict, Invalid, NotFound
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.streams.access import require_writer
from peerspace.streams.models import State
from peerspace.text.apart import write_markdown_for
from peerspace.text.written import EMPTY, Written, write_plain

TITLE_LEAST = 5
TITLE_LIMIT = 200
POST_LIMIT = 20_000
NOTE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class DraftedThread:
    """A thread fit to be started: by whom, where, and its words."""

    author: Account
    space: Space
    draft: Draft
    wish: str


@dataclass(frozen=True, slots=True)
class DraftedReply:
    """A reply fit to be posted. `answered` is the post it answers, or None: the thread as such."""

    author: Account
    space: Space
    thread: Thread
    draft: Draft
    answered: Post | None


def draft_post(
    database: Database, actor: Actor, body: object, content_note: object = "", *, title: object = None
) -> Draft:
    """What `actor` typed into a form, worked through; `title` None means a reply or an edit.

    Raises Invalid or TooLong (`title`, `body`, `content_note`), TooMany.
    """
    return look_through(database, actor, written_post(actor, body, content_note, title=title))


def written_post(actor: Actor, body: object, content_note: object = "", *, title: object = None) -> Draft:
    """`draft_post` without a look at phrases. Raises as that does."""
    heading = EMPTY if title is None else write_title(title)
    said = write_markdown_for(actor.account_id or 0, body, field="body", limit=POST_LIMIT)
    return Draft(said, write_note(content_note), heading)


def write_title(title: object) -> Written:
    """A thread's title: one line of 5 to 200 characters. Raises Invalid, TooLong."""
    heading = write_plain(title, field="title", limit=TITLE_LIMIT, one_line=True)
    if len(heading.words) < TITLE_LEAST:
        raise Invalid("title_short", fields={"title": "title_short"}, least=TITLE_LEAST)
    return heading


def write_note(content_note: object) -> Written:
    """A content note: one line, or none. Raises Invalid, TooLong."""
    return write_plain(content_note, field="content_note", limit=NOTE_LIMIT, required=False, one_line=True)


def drafted_thread(uow: UnitOfWork, space_slug: object, draft: Draft, *, wish: object) -> DraftedThread:
    """The acting person's thread, checked.

    Raises NotAllowed (not a person, restricted), NotFound (space), Conflict("space_closed"), Invalid (`title`, `wish`).
    """
    author = require_writer(uow)
    space = space_for(uow, space_slug)
    if space.archived_at is not None:
        raise Conflict("space_closed")
    if not draft.title.text:
        raise Invalid("empty", fields={"title": "empty"})
    if not isinstance(wish, str) or wish not in WISHES:
        raise Invalid("wish_unknown", fields={"wish": "wish_unknown"})
    return DraftedThread(author, space, draft, wish)


def drafted_reply(uow: UnitOfWork, thread_id: object, draft: Draft, *, reply_to: object) -> DraftedReply:
    """The acting person's reply, checked.

    Raises NotAllowed (not a person, restricted), NotFound (thread), Conflict("thread_closed"), Invalid (`reply_to`).
    """
    author = require_writer(uow)
    thread, space = open_thread(uow, thread_id)
    return DraftedReply(author, space, thread, draft, _answered(uow, thread, reply_to))


def _answered(uow: UnitOfWork, thread: Thread, reply_to: object) -> Post | None:
    if reply_to is None or reply_to == "":
        return None
    try:
        answered, _ = post_for(uow, reply_to)
    except NotFound:
        answered = None
    if answered is None or answered.stream_id != thread.id or answered.state != State.PUBLISHED:
        raise Invalid("reply_to_gone", fields={"reply_to": "reply_to_gone"})
    return answered
