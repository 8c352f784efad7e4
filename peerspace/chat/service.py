"""What people do with messages: send, edit, remove, react. Their life is that of every contribution (streams.service).

The verbs about rooms are in `rooms`; they are offered here too, so that callers need one name.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.chat.access import room_by_slug
from peerspace.chat.models import Message, Room
from peerspace.chat.review import review_message
from peerspace.chat.rooms import archive_room, close_room, create_room, open_room
from peerspace.community.drafts import Draft, look_through
from peerspace.community.review import Review
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import NotFound, SlowMode
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.streams import reactions, service
from peerspace.streams.access import contribution_for, require_writer
from peerspace.streams.models import Contribution, State
from peerspace.text.apart import write_markdown_for
from peerspace.text.written import write_plain

__all__ = [
    "MESSAGE_LIMIT",
    "NOTE_LIMIT",
    "archive_room",
    "close_room",
    "create_room",
    "draft_message",
    "edit_message",
    "open_room",
    "react",
    "remove_message",
    "send_message",
    "written_message",
]

MESSAGE_LIMIT = 4_000
NOTE_LIMIT = 120


def draft_message(database: Database, actor: Actor, body: object, content_note: object = "") -> Draft:
    """What `actor` typed into a room, worked through before the unit of work that keeps it.

    Raises Invalid or TooLong (`body`, `content_note`), TooMany.
    """
    return look_through(database, actor, written_message(actor, body, content_note))


def written_message(actor: Actor, body: object, content_note: object = "") -> Draft:
    """`draft_message` without a look at phrases. Raises as that does."""
    said = write_markdown_for(actor.account_id or 0, body, field="body", limit=MESSAGE_LIMIT)
    note = write_plain(content_note, field="content_note", limit=NOTE_LIMIT, required=False, one_line=True)
    return Draft(said, note)


def send_message(
    uow: UnitOfWork, room_slug: object, draft: Draft, *, client_id: object, reply_to: object = None
) -> Message:
    """Send a message with the words of `draft` (`draft_message`) to a room and return its row.

    The same `client_id` returns the same row, sent once (invariant 11). `reply_to` is the public id of a published
    message of the same room. The row is `published`, or `held` for a human. It has its `seq` once the unit of work is
    done. Raises NotAllowed (not a person, restricted), NotFound (room, `reply_to`), RoomClosed, SlowMode
    (`retry_after` seconds).
    """

    def find() -> service.Writing:
        author = require_writer(uow)
        room = room_by_slug(uow, room_slug)
        answered = _answered(uow, room, reply_to)
        return service.Writing(
            author,
            room,
            partial(_review, uow, room),
            answered,
            check=partial(_keep_slow_mode, uow, room, author.id),
        )

    return service.contribute(uow, Message, draft, client_id=client_id, find=find)


def edit_message(uow: UnitOfWork, public_id: object, draft: Draft) -> Message:
    """Change one's own words (streams.service.edit); the content note stays. Raises as `send_message` does."""

    def review(message: Message) -> service.Reviewer:
        return partial(_review, uow, uow.session.get_one(Room, message.stream_id))

    return service.edit(uow, public_id, Message, draft, review=review, with_note=False)


def remove_message(uow: UnitOfWork, public_id: object) -> Message:
    """Take one's own words out of the room; a stub stays in their place. Raises NotFound, NotAllowed."""
    return service.remove(uow, public_id, Message)


def react(uow: UnitOfWork, public_id: object, phrase: object, *, on: bool = True) -> Message:
    """Send a message's author a phrase, or take it back (streams.reactions)."""
    return reactions.react(uow, public_id, phrase, Message, on=on)


def _review(uow: UnitOfWork, room: Room, author: Account, draft: Draft) -> Review:
    return review_message(uow, author, room, draft)


def _answered(uow: UnitOfWork, room: Room, reply_to: object) -> Message | None:
    if reply_to is None or reply_to == "":
        return None
    answered = contribution_for(uow, reply_to, Message)
    if answered.stream_id != room.id or answered.state != State.PUBLISHED:
        raise NotFound("not_found")
    return answered


def _keep_slow_mode(uow: UnitOfWork, room: Room, author_id: int, message: Contribution | None) -> None:
    """Refuse a message that comes too soon after the person's last.

    Asked before anything is done in vain, and again with the new `message`, while the room's row is held: no race.
    """
    if room.slow_mode_s <= 0:
        return
    keeps_it = select(Duty.id).where(
        Duty.stream_id == room.id, Duty.account_id == author_id, Duty.to_at.is_(None)
    )
    if uow.session.scalar(keeps_it) is not None:
        return
    before = select(Message.created_at).where(Message.author_id == author_id, Message.stream_id == room.id)
    if message is not None:
        before = before.where(Message.id != message.id)
    last = uow.session.scalar(before.order_by(Message.id.desc()).limit(1))
    now = uow.database.clock.now()
    if last is None or last > now:  # the clock was set back since: nobody waits for it to come round again
        return
    left = (last + timedelta(seconds=room.slow_mode_s) - now).total_seconds()
    if left > 0:
        raise SlowMode("slow_mode", retry_after=max(1, int(left + 0.999)))
