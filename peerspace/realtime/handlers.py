"""What a client may ask for: the protocol's requests, each in a few lines over the same services as the pages.

A handler gets the place it works in, the connection and the actor it acts for, and the parsed request; it returns the
fields of the answer or raises one of the domain's errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from peerspace.chat import presence, queries, service
from peerspace.chat.access import room_by_slug
from peerspace.chat.models import Message
from peerspace.community.danger import is_refused_for_good, look_for_danger, note_refused
from peerspace.duty.service import desk_is_kept
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import BadRequest, PeerSpaceError
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.moderation.reports import report
from peerspace.realtime import wire
from peerspace.realtime.broadcaster import Broadcaster, room_group
from peerspace.realtime.connections import Connection
from peerspace.realtime.protocol import Edit, History, Join, OfMessage, OfRoom, React, Report, Request, Send
from peerspace.realtime.send_turns import SendTurns
from peerspace.realtime.wire import Json
from peerspace.streams.access import COMMUNITY, require_reader, require_writer
from peerspace.streams.taking import Take, refuse_closed

MAX_ROOMS = 20
"""Most rooms that one socket is in at a time."""


class Groups:
    """What a handler needs of the Socket.IO server: putting a socket into a group and taking it out."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def enter(self, sid: str, group: str) -> None:
        self._server.enter_room(sid, group)

    def leave(self, sid: str, group: str) -> None:
        self._server.leave_room(sid, group)


@dataclass(frozen=True, slots=True)
class Place:
    """What handlers work with. `crowd_changed(room_id)` lets the room's list of people be told again soon.

    `sending`: the turns of messages on their way into rooms.
    """

    database: Database
    broadcaster: Broadcaster
    groups: Groups
    crowd_changed: Callable[[int], None]
    may_type: Callable[[int, int], bool]
    sending: SendTurns


R = TypeVar("R", bound=Request)


def room_join(place: Place, connection: Connection, actor: Actor, asked: Join) -> Json:
    with place.database.write(actor) as uow:
        require_reader(uow)
        room = room_by_slug(uow, asked.room)
        slug, room_id = room.slug, room.id
        if len(connection.rooms) >= MAX_ROOMS and slug not in connection.rooms:
            raise BadRequest("too_many_rooms")
        arrived = presence.enter_room(uow, room_id, connection.account_id, connection.sid)
    # First present in the database, then in the group, then the look: nothing falls in between, and a block holds
    # for the very first message. What arrives twice is told apart by its id.
    connection.rooms[slug] = room_id
    place.groups.enter(connection.sid, room_group(room_id))
    with place.database.read(actor) as uow:
        room = room_by_slug(uow, slug)
        caught = queries.catch_up(
            uow, room, connection.account_id, last_seq=asked.last_seq, last_rev=asked.last_rev
        )
        answer = wire.joined(room, caught, queries.people_in(uow, room, connection.account_id))
    if arrived:
        place.crowd_changed(room_id)
    return answer


def room_leave(place: Place, connection: Connection, actor: Actor, asked: OfRoom) -> Json:
    slug = asked.room
    if slug not in connection.rooms:
        return {}
    room_id = connection.rooms[slug]
    place.groups.leave(connection.sid, room_group(room_id))
    with place.database.write(actor) as uow:
        left = presence.leave_room(uow, room_id, connection.sid)
    connection.rooms.pop(
        slug, None
    )  # now, not before: what could not be written is tried again by the next leaving
    if left:
        place.crowd_changed(room_id)
    return {}


def room_history(place: Place, connection: Connection, actor: Actor, asked: History) -> Json:
    with place.database.read(actor) as uow:
        require_reader(uow)
        room = room_by_slug(uow, asked.room)
        wanted = queries.NEWEST if asked.limit is None else asked.limit
        seen = queries.history(uow, room, connection.account_id, before_seq=asked.before_seq, limit=wanted)
        return {"messages": [wire.message(view) for view in seen]}


def room_pulse(place: Place, _connection: Connection, actor: Actor, asked: OfRoom) -> Json:
    with place.database.read(actor) as uow:
        require_reader(uow)
        return wire.pulse(room_by_slug(uow, asked.room))


def message_send(place: Place, _connection: Connection, actor: Actor, asked: Send) -> Json:
    draft = service.draft_message(place.database, actor, asked.body, asked.content_note)
    with (
        _help_if_refused(place, actor, draft.danger),
        place.sending.turn(asked.room),
        place.database.write(actor) as uow,
    ):
        row = service.send_message(
            uow,
            asked.room,
            draft,
            client_id=asked.client_id,
            reply_to=asked.reply_to,
        )
    return wire.sent(row) | _care(place, actor, draft.danger)


def message_edit(place: Place, _connection: Connection, actor: Actor, asked: Edit) -> Json:
    draft = service.draft_message(place.database, actor, asked.body)
    with _help_if_refused(place, actor, draft.danger), place.database.write(actor) as uow:
        row = service.edit_message(uow, asked.id, draft)
    return _changed(row) | _care(place, actor, draft.danger)


def message_remove(place: Place, _connection: Connection, actor: Actor, asked: OfMessage) -> Json:
    with place.database.write(actor) as uow:
        row = service.remove_message(uow, asked.id)
    return _changed(row)


def message_react(place: Place, _connection: Connection, actor: Actor, asked: React) -> Json:
    with place.database.write(actor) as uow:
        service.react(uow, asked.id, asked.phrase, on=asked.on)
    return {}


def message_report(place: Place, _connection: Connection, actor: Actor, asked: Report) -> Json:
    danger = look_for_danger(place.database, actor, asked.text)
    with place.database.write(actor) as uow:
        require_reader(uow)
        made = report(  # also of somebody the reporter blocked: what they know of can be told
            uow,
            "message",
            asked.id,
            reason=asked.reason,
            words=asked.text,
            client_id=asked.client_id or new_client_id(),
            danger=danger,
        )
    return {"report": made.public_id} | _care(place, actor, danger)


def typing(place: Place, connection: Connection, actor: Actor, asked: OfRoom) -> Json:
    actor.require(*COMMUNITY)
    slug = asked.room
    room_id = connection.rooms.get(slug)
    if room_id is None:
        raise BadRequest("join_first")
    if not place.may_type(connection.account_id, room_id):
        return {}
    with place.database.read(actor) as uow:  # after the throttle: a burst costs no queries
        require_writer(uow)
        room = room_by_slug(uow, slug)
        refuse_closed(uow, room, Take.SEND)
    place.broadcaster.typing(room_id, slug, connection.account_id)
    return {}


@dataclass(frozen=True, slots=True)
class Event(Generic[R]):
    """One request of the protocol. `writes`: it puts words or work before others; `weight`: how much it counts."""

    request: type[R]
    handler: Callable[[Place, Connection, Actor, R], Json]
    writes: bool = False
    weight: int = 1

    def handle(self, place: Place, connection: Connection, actor: Actor, asked: Json) -> Json:
        """Parse what was asked, and do it. Returns the answer, or raises one of the domain's errors."""
        return self.handler(place, connection, actor, self.request.parse(asked))


EVENTS: dict[str, Event[Any]] = {
    "room:join": Event(Join, room_join, weight=2),
    "room:leave": Event(OfRoom, room_leave),
    "room:history": Event(History, room_history, weight=2),
    "room:pulse": Event(OfRoom, room_pulse),
    "message:send": Event(Send, message_send, writes=True),
    "message:edit": Event(Edit, message_edit, writes=True),
    "message:remove": Event(OfMessage, message_remove, writes=True),
    "message:react": Event(React, message_react, writes=True),
    "message:report": Event(Report, message_report, writes=True),
    "typing": Event(OfRoom, typing),
}


@contextmanager
def _help_if_refused(place: Place, actor: Actor, danger: tuple[str, ...]) -> Iterator[None]:
    """Where words that may mean danger are not taken (a closed room, a message that is gone, somebody who may only
    read), their writer is shown help all the same, and a human hears of it; the words are not kept."""
    try:
        yield
    except PeerSpaceError as error:
        if is_refused_for_good(error):
            note_refused(place.database, actor, danger)
            error.beside = _care(place, actor, danger)
        raise


def _care(place: Place, actor: Actor, danger: tuple[str, ...]) -> Json:
    """`care: true` in the answer to whoever wrote words that may mean danger: their page shows help beside them.

    `desk`: somebody keeps it now, so that the page promises no more than is true.
    """
    if not danger:
        return {}
    with place.database.read(actor) as uow:
        return {"care": True, "desk": desk_is_kept(uow)}


def _changed(row: Message) -> Json:
    return {"id": row.public_id, "seq": row.seq, "rev": row.rev, "state": row.state}
