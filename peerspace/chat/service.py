"""What people do with messages: send, edit, remove, react; and what a supervisor does: hide, restore, publish.

The verbs about rooms and duty are in `rooms` and `duty`; they are offered here too, so that callers need one name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from peerspace.accounts.models import Account
from peerspace.accounts.queries import SHOWN_ROLES
from peerspace.chat.access import (
    message_for,
    own_message,
    require_reader,
    require_writer,
    room_by_slug,
)
from peerspace.chat.duty import end_duty_of, end_overdue_duty, go_off_duty, go_on_duty
from peerspace.chat.events import (
    MessageChanged,
    MessageHeld,
    MessagePublished,
    MessageReacted,
    MessageToLookAt,
)
from peerspace.chat.models import PHRASES, Duty, Message, MessageReaction, MessageRevision, Room
from peerspace.chat.review import review_message
from peerspace.chat.rooms import archive_room, close_room, create_room, open_room
from peerspace.chat.sequence import (
    require_open,
    take_message_number,
    take_rev,
    take_rev_while_open,
    take_staff_number,
)
from peerspace.community.danger import note_danger
from peerspace.community.drafts import Draft, look_through
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.errors import BadRequest, Conflict, NotAllowed, NotFound, PeerSpaceError, SlowMode
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.locks import hold
from peerspace.kernel.moments import share
from peerspace.kernel.uow import Database, UnitOfWork
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
    "end_duty_of",
    "end_overdue_duty",
    "go_off_duty",
    "go_on_duty",
    "open_room",
    "publish_held",
    "react",
    "remove_message",
    "send_message",
    "set_message_state",
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
    uow: UnitOfWork,
    room_slug: object,
    draft: Draft,
    *,
    client_id: object,
    reply_to: object = None,
) -> Message:
    """Send a message with the words of `draft` (`draft_message`) to a room and return its row.

    The same `client_id` returns the same row, sent once (invariant 11). `reply_to` is the public id of a published
    message of the same room. The row is `published` under its `seq`, or `held` for a human without one. Raises
    NotAllowed (not a person, restricted), NotFound (room, `reply_to`), RoomClosed, SlowMode (`retry_after` seconds).
    """
    author_id = uow.actor.require_human()
    once = check_client_id(client_id)
    try:
        author = require_writer(uow)
        room = room_by_slug(uow, room_slug)
        answered = _answered(uow, room, reply_to, author_id)
    except PeerSpaceError:
        # What was kept before is answered as kept, whatever has changed since: the sender may not have heard of it.
        known = _sent_before(uow, author_id, once)
        if known is None:
            raise
        return known
    share(uow, (author.id, answered.author_id if answered is not None else None))
    message = _insert(uow, room, author, once, draft, answered)
    if message is None:
        return _sent_meanwhile(uow, author_id, once)
    asked = review_message(uow, author, room, draft)
    if asked.held:
        require_open(uow, room.id)
    else:
        message.seq, message.rev = take_message_number(uow, room.id)
        message.state, message.published_at = "published", uow.now
    _keep_slow_mode(uow, room, message)
    uow.session.flush()
    if asked.held:
        uow.emit(MessageHeld(message_id=message.id, room_id=room.id, author_id=author_id, why=asked.held))
    else:
        _emit_published(uow, message)
    if asked.look:
        uow.emit(MessageToLookAt(message_id=message.id, author_id=author_id, why=asked.look))
    note_danger(uow, draft.danger, "message", message.id, author_id)
    return message


def edit_message(uow: UnitOfWork, public_id: object, draft: Draft) -> Message:
    """Change one's own words; the former ones are kept as a revision. Everybody sees that it was edited.

    New words are screened like a message: what is held keeps its place and shows as waiting. Raises as
    `send_message` does, and Conflict("message_gone") for a message that was removed or hidden.
    """
    author = require_writer(uow)
    message = _locked(uow, own_message(uow, public_id, author.id).id)
    text = draft.body.text
    if message.state not in ("published", "held"):
        raise Conflict("message_gone")
    if text == message.body:
        return message
    room = uow.session.get_one(Room, message.room_id)
    asked = review_message(uow, author, room, draft)
    was_held = message.state == "held"
    rev = take_rev_while_open(uow, room.id)
    _keep_revision(uow, message, author.id)
    message.body, message.body_html, message.edited_at = text, _shown(draft, author), uow.now
    message.version += 1
    if message.seq is not None:
        message.rev = rev
        message.state = "held" if asked.held or was_held else "published"
    uow.session.flush()
    if message.state == "held" and message.seq is not None:
        why = asked.held or "phrase"
        uow.emit(MessageHeld(message_id=message.id, room_id=room.id, author_id=author.id, why=why))
    elif message.state == "published" and asked.look:
        uow.emit(MessageToLookAt(message_id=message.id, author_id=author.id, why=asked.look))
    note_danger(uow, draft.danger, "message", message.id, author.id)
    _emit_changed(uow, message, by_staff=False)
    return message


def remove_message(uow: UnitOfWork, public_id: object) -> Message:
    """Take one's own words out of the room; a stub stays in their place. Removing twice changes nothing.

    Possible in a closed room too, and for a person restricted to reading. Raises NotFound, NotAllowed.
    """
    author_id = uow.actor.require_human()
    require_reader(uow)
    message = _locked(uow, own_message(uow, public_id, author_id).id)
    if message.state == "removed":
        return message
    rev = take_rev(uow, message.room_id)
    _keep_revision(uow, message, author_id)
    message.body, message.body_html, message.content_note = "", "", ""
    message.state, message.removed_at = "removed", uow.now
    message.version += 1
    if message.seq is not None:
        message.rev = rev
    uow.session.flush()
    _emit_changed(uow, message, by_staff=False)
    return message


def react(uow: UnitOfWork, public_id: object, phrase: object, *, on: bool = True) -> Message:
    """Send a message's author a phrase (`with_you`, `thank_you`, `me_too`), or take it back with `on=False`.

    Twice is once. Only the author learns how many (invariant 6). Raises NotFound, NotAllowed("own_reaction"),
    BadRequest("phrase_unknown"), Conflict("message_gone").
    """
    account = require_writer(uow)
    message = message_for(uow, public_id, account.id)
    if phrase not in PHRASES:
        raise BadRequest("phrase_unknown")
    if message.author_id == account.id:
        raise NotAllowed("own_reaction")
    if message.state != "published":
        raise Conflict("message_gone")
    mine = (
        MessageReaction.message_id == message.id,
        MessageReaction.account_id == account.id,
        MessageReaction.phrase == phrase,
    )
    if on:
        share(uow, (account.id, message.author_id))
        row = {"message_id": message.id, "account_id": account.id, "phrase": phrase, "at": uow.now}
        done = uow.session.scalar(
            _insert_into(uow, MessageReaction)
            .values(**row)
            .on_conflict_do_nothing(index_elements=["message_id", "account_id", "phrase"])
            .returning(MessageReaction.id)
        )
    else:
        found = uow.session.scalar(select(MessageReaction).where(*mine))
        done = found.id if found is not None else None
        if found is not None:
            uow.session.delete(found)
    uow.session.flush()
    if done is not None and on:
        uow.emit(
            MessageReacted(
                message_id=message.id,
                room_id=message.room_id,
                author_id=message.author_id,
                account_id=account.id,
                phrase=str(phrase),
            )
        )
    return message


def set_message_state(uow: UnitOfWork, message_id: int, state: str) -> Message:
    """A supervisor hides a message (`hidden`) or shows it again (`published`), following a decision (invariant 7).

    What its author removed stays removed. Raises NotAllowed, NotFound, BadRequest.
    """
    uow.actor.require(Role.SUPERVISOR)
    if state not in ("hidden", "published"):
        raise BadRequest("state_unknown")
    message = _locked(uow, message_id)
    if message.state in (state, "removed"):
        return message
    if message.seq is None and state == "published":
        return publish_held(uow, message_id)
    rev = take_rev(uow, message.room_id)
    message.state = state
    if message.seq is not None:
        message.rev = rev
    uow.session.flush()
    _emit_changed(uow, message, by_staff=True)
    return message


def publish_held(uow: UnitOfWork, message_id: int) -> Message:
    """A supervisor lets a held message appear: it gets its place now, at the end of the room.

    An edit that was held keeps the place it had. Publishing twice changes nothing. Raises NotAllowed, NotFound,
    Conflict("not_held") when it was hidden or removed meanwhile.
    """
    uow.actor.require(Role.SUPERVISOR)
    message = _locked(uow, message_id)
    if message.state == "published":
        return message
    if message.state != "held" and message.seq is not None:
        raise Conflict("not_held")
    if message.state == "removed":
        raise Conflict("not_held")
    if message.seq is not None:
        message.rev, message.state = take_rev(uow, message.room_id), "published"
        uow.session.flush()
        _emit_changed(uow, message, by_staff=True)
        return message
    answered = uow.session.get(Message, message.reply_to_id) if message.reply_to_id is not None else None
    share(uow, (message.author_id, answered.author_id if answered is not None else None))
    message.seq, message.rev = take_staff_number(uow, message.room_id)
    message.state, message.published_at = "published", uow.now
    uow.session.flush()
    _emit_published(uow, message)
    return message


def _sent_before(uow: UnitOfWork, author_id: int, client_id: str) -> Message | None:
    return uow.session.scalar(
        select(Message).where(Message.author_id == author_id, Message.client_id == client_id)
    )


def _sent_meanwhile(uow: UnitOfWork, author_id: int, client_id: str) -> Message:
    """The row that another transaction committed while this one was about to insert the same."""
    known = _sent_before(uow, author_id, client_id)
    if (
        known is None
    ):  # the other one was undone between the two statements: nothing was kept, sending again is right
        raise Conflict("changed_meanwhile")
    return known


def _answered(uow: UnitOfWork, room: Room, reply_to: object, author_id: int) -> Message | None:
    if reply_to is None or reply_to == "":
        return None
    answered = message_for(uow, reply_to, author_id)
    if answered.room_id != room.id or answered.state != "published":
        raise NotFound("not_found")
    return answered


def _insert(
    uow: UnitOfWork,
    room: Room,
    author: Account,
    client_id: str,
    draft: Draft,
    answered: Message | None,
) -> Message | None:
    """Insert the message without a place yet; None when this `client_id` is there already.

    `ON CONFLICT DO NOTHING` waits for another transaction that is inserting the same, so two at once make one row.
    """
    row = {
        "public_id": new_public_id(),
        "room_id": room.id,
        "author_id": author.id,
        "author_role": next((role for role in SHOWN_ROLES if role in uow.actor.roles), ""),
        "seq": None,
        "rev": 0,
        "reply_to_id": answered.id if answered is not None else None,
        "body": draft.body.text,
        "body_html": _shown(draft, author),
        "content_note": draft.note.text,
        "state": "held",
        "client_id": client_id,
        "version": 1,
        "created_at": uow.now,
    }
    made: Message | None = uow.session.scalars(_INSERT_ONCE[uow.database.is_sqlite], [row]).one_or_none()
    return made


# The same words on both databases, but each dialect has its own construct. Built once: it is run for every message.
_INSERT_ONCE: dict[bool, Any] = {
    is_sqlite: dialect.insert(Message)
    .on_conflict_do_nothing(index_elements=["author_id", "client_id"])
    .returning(Message)
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}


def _shown(draft: Draft, author: Account) -> str:
    """The body as HTML. Links come alive once their author is past the first contributions."""
    return draft.body.shown(links=author.established_at is not None)


def _insert_into(uow: UnitOfWork, table: type[Any]) -> Any:
    """INSERT with ON CONFLICT: the same words on both databases, but each dialect has its own construct."""
    return (sqlite if uow.database.is_sqlite else postgresql).insert(table)


def _keep_slow_mode(uow: UnitOfWork, room: Room, message: Message) -> None:
    """Refuse a message that comes too soon after the person's last. The room's row is held by now: no race."""
    if room.slow_mode_s <= 0:
        return
    keeps_it = select(Duty.id).where(
        Duty.room_id == room.id, Duty.account_id == message.author_id, Duty.to_at.is_(None)
    )
    if uow.session.scalar(keeps_it) is not None:
        return
    last = uow.session.scalar(
        select(Message.created_at)
        .where(Message.author_id == message.author_id, Message.room_id == room.id, Message.id != message.id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    now = uow.database.clock.now()
    if last is None or last > now:  # the clock was set back since: nobody waits for it to come round again
        return
    left = (last + timedelta(seconds=room.slow_mode_s) - now).total_seconds()
    if left > 0:
        raise SlowMode("slow_mode", retry_after=max(1, int(left + 0.999)))


def _locked(uow: UnitOfWork, message_id: int) -> Message:
    """The message as it stands now, its row held until the end of the transaction.

    The room's row is taken after the message's, here and everywhere, so that two changes never wait for one another.
    """
    message = hold(uow.session, Message, message_id)
    if message is None:
        raise NotFound("not_found")
    return message


def _keep_revision(uow: UnitOfWork, message: Message, by_id: int) -> None:
    uow.session.add(
        MessageRevision(
            message_id=message.id, version=message.version, body=message.body, at=uow.now, by_id=by_id
        )
    )


def _emit_published(uow: UnitOfWork, message: Message) -> None:
    if message.seq is None:
        raise ValueError("a published message has its place")
    uow.emit(
        MessagePublished(
            message_id=message.id,
            room_id=message.room_id,
            seq=message.seq,
            author_id=message.author_id,
            answers_id=message.reply_to_id,
        )
    )


def _emit_changed(uow: UnitOfWork, message: Message, *, by_staff: bool) -> None:
    uow.emit(
        MessageChanged(
            message_id=message.id,
            room_id=message.room_id,
            author_id=message.author_id,
            state=message.state,
            by_staff=by_staff,
        )
    )
