"""Making, closing, opening and archiving rooms."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from peerspace.chat.actions import ChatAction
from peerspace.chat.models import Room
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.closing import ClosedBy, StreamState
from peerspace.streams.taking import set_closed, stream_for_update
from peerspace.text.clean import clean

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])")
NAME_LIMIT = 80
DESCRIPTION_LIMIT = 300
LONGEST_SLOW_MODE_S = 300


def create_room(
    uow: UnitOfWork, slug: object, name: object, *, description: object = "", slow_mode_s: int = 0
) -> Room:
    """Make a room. It takes no messages until somebody goes on duty in it.

    For supervisors, administrators and the installation. Raises Invalid (`slug`, `name`, `description`,
    `slow_mode_s`) and Conflict when the address is taken.
    """
    _require_keeper(uow)
    address = clean(slug, field="slug", limit=48)
    if not SLUG.fullmatch(address):
        raise Invalid(fields={"slug": "room_slug_bad"})
    if not 0 <= slow_mode_s <= LONGEST_SLOW_MODE_S:
        raise Invalid(fields={"slow_mode_s": "bad_request"})
    if uow.session.scalar(select(Room.id).where(Room.slug == address)) is not None:
        raise Conflict("room_slug_taken")
    room = Room(
        slug=address,
        name=clean(name, field="name", limit=NAME_LIMIT, one_line=True),
        description=clean(description, field="description", limit=DESCRIPTION_LIMIT, required=False),
        position=(uow.session.scalar(select(func.max(Room.position))) or 0) + 1,
        slow_mode_s=slow_mode_s,
        closed_by=int(ClosedBy.NO_DUTY),
        created_at=uow.now,
    )
    uow.session.add(room)
    uow.session.flush()
    uow.audit(ChatAction.ROOM_CREATED, "room", room.id)
    add_entry(uow, "room", "added", number=room.id)
    return room


def close_room(uow: UnitOfWork, room_id: int) -> Room:
    """Close a room, duty or not; closing a closed one changes nothing."""
    return _set(uow, room_id, ClosedBy.CLOSED)


def open_room(uow: UnitOfWork, room_id: int) -> Room:
    """Take the closing (or archiving) back. The room takes messages as soon as somebody is on duty."""
    return _set(uow, room_id, ClosedBy(0))


def archive_room(uow: UnitOfWork, room_id: int) -> Room:
    """End a room for good; it can still be read."""
    return _set(uow, room_id, ClosedBy.ARCHIVED)


def _set(uow: UnitOfWork, room_id: int, reason: ClosedBy) -> Room:
    _require_keeper(uow)
    stream_for_update(uow, room_id)
    room = uow.session.get_one(Room, room_id)
    before = room.state_word
    set_closed(uow, room, on=reason, off=(ClosedBy.CLOSED | ClosedBy.ARCHIVED) & ~reason)
    state = room.state_word
    if state != before:
        uow.audit(ChatAction.ROOM_STATE, "room", room.id, state=state)
        # Whether somebody is on duty is a person's doing, told apart and without dates (research.staffing).
        told = state if state in (StreamState.CLOSED, StreamState.ARCHIVED) else StreamState.OPEN
        add_entry(uow, "room", "opened" if told == StreamState.OPEN else told, number=room.id)
    return room


def _require_keeper(uow: UnitOfWork) -> None:
    if not uow.actor.is_installation and not uow.actor.has(Role.SUPERVISOR, Role.ADMINISTRATOR):
        raise NotAllowed("role_needed", roles="supervisor, administrator")
