"""What a room is as a kind of stream."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from peerspace.chat.access import readable_rooms
from peerspace.chat.models import KIND, Message, Room
from peerspace.kernel.addresses import message_versions_address, room_address
from peerspace.kernel.errors import RoomClosed
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.streams.kinds import Description, StreamKind
from peerspace.streams.models import Stream


def _describe(uow: UnitOfWork, message_ids: Collection[int]) -> dict[int, Description]:
    rows = uow.session.execute(
        select(Message.id, Room.name, Room.slug)
        .join(Room, Room.id == Message.stream_id)
        .where(Message.id.in_(message_ids))
    )
    return {message_id: Description(name, room_address(slug)) for message_id, name, slug in rows}


def _refusal(room: Stream) -> RoomClosed:
    return RoomClosed(f"room_{room.state_word}")


ROOM = StreamKind(
    name=KIND,
    contribution="message",
    modality="room",
    written="message_written",
    opened="message_written",
    first_ones="first_messages",
    readable=readable_rooms,
    describe=_describe,
    refusal=_refusal,
    about=N_("A message by %(name)s"),
    about_in=N_("A message by %(name)s in %(place)s"),
    history_href=message_versions_address,
    gone="message_gone",
    is_live=True,
    blocked_leave_a_stub=False,
)
