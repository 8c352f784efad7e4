"""What somebody is about to post, checked: by the same checks when it is looked over and when it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.accounts.models import Account
from peerspace.forum.access import open_thread, post_for, require_writer, space_for
from peerspace.forum.models import WISHES, Space, Thread
from peerspace.kernel.errors import Conflict, Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean

TITLE_LEAST = 5
TITLE_LIMIT = 200
POST_LIMIT = 20_000
NOTE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class DraftedThread:
    """A thread fit to be started: by whom, where, and its words."""

    author: Account
    space: Space
    title: str
    text: str
    note: str
    wish: str

    @property
    def words(self) -> str:
        """All that others would read, for screening."""
        return f"{self.title}\n{self.note}\n{self.text}"


@dataclass(frozen=True, slots=True)
class DraftedReply:
    """A reply fit to be posted. `answered_id` is the row of the post it answers, or None: the thread as such."""

    author: Account
    space: Space
    thread: Thread
    text: str
    note: str
    answered_id: int | None

    @property
    def words(self) -> str:
        """All that others would read, for screening."""
        return f"{self.note}\n{self.text}"


def drafted_thread(
    uow: UnitOfWork, space_slug: object, title: object, body: object, *, content_note: object, wish: object
) -> DraftedThread:
    """The acting person's thread, checked.

    Raises NotAllowed (not a person, restricted), NotFound (space), Conflict("space_closed"), Invalid or TooLong
    (`title`, `body`, `content_note`, `wish`).
    """
    author = require_writer(uow)
    space = space_for(uow, space_slug)
    if space.archived_at is not None:
        raise Conflict("space_closed")
    heading = clean_title(title)
    text, note = clean_post(body, content_note)
    if not isinstance(wish, str) or wish not in WISHES:
        raise Invalid("wish_unknown", fields={"wish": "wish_unknown"})
    return DraftedThread(author, space, heading, text, note, wish)


def drafted_reply(
    uow: UnitOfWork, thread_id: object, body: object, *, reply_to: object, content_note: object
) -> DraftedReply:
    """The acting person's reply, checked.

    Raises NotAllowed (not a person, restricted), NotFound (thread), Conflict("thread_closed"), Invalid or TooLong
    (`body`, `content_note`, `reply_to`).
    """
    author = require_writer(uow)
    thread, space = open_thread(uow, thread_id)
    text, note = clean_post(body, content_note)
    return DraftedReply(author, space, thread, text, note, _answered(uow, thread, reply_to))


def clean_title(title: object) -> str:
    """A thread's title fit to keep: one line of 5 to 200 characters. Raises Invalid, TooLong."""
    heading = clean(title, field="title", limit=TITLE_LIMIT, one_line=True)
    if len(heading) < TITLE_LEAST:
        raise Invalid("title_short", fields={"title": "title_short"}, least=TITLE_LEAST)
    return heading


def clean_post(body: object, content_note: object) -> tuple[str, str]:
    """A post's words and content note fit to keep. Raises Invalid, TooLong."""
    text = clean(body, field="body", limit=POST_LIMIT)
    return text, clean(content_note, field="content_note", limit=NOTE_LIMIT, required=False, one_line=True)


def _answered(uow: UnitOfWork, thread: Thread, reply_to: object) -> int | None:
    if reply_to is None or reply_to == "":
        return None
    try:
        answered, _ = post_for(uow, reply_to)
    except NotFound:
        answered = None
    if answered is None or answered.thread_id != thread.id or answered.state != "published":
        raise Invalid("reply_to_gone", fields={"reply_to": "reply_to_gone"})
    return answered.id
