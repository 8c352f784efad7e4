"""Making, closing, opening and archiving rooms."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select

from peerspace.chat.actions import ChatAction
from peerspace.chat.events import RoomStateChanged
from peerspace.chat.models import Room
from peerspace.chat.sequence import state_of
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork
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
        created_at=uow.now,
    )
    uow.session.add(room)
    uow.session.flush()
    uow.audit(ChatAction.ROOM_CREATED, "room", room.id)
    add_entry(uow, "room", "added", number=room.id)
    return room


def close_room(uow: UnitOfWork, room_id: int) -> Room:
    """Close a room, duty or not; closing a closed one changes nothing."""
    return _set(uow, room_id, closed_at=uow.now)


def open_room(uow: UnitOfWork, room_id: int) -> Room:
    """Take the closing (or archiving) back. The room takes messages as soon as somebody is on duty."""
    return _set(uow, room_id)


def archive_room(uow: UnitOfWork, room_id: int) -> Room:
    """End a room for good; it can still be read."""
    return _set(uow, room_id, archived_at=uow.now)


def locked_room(uow: UnitOfWork, room_id: int) -> Room:
    """The room with its row held until the end of the transaction, as it stands now. Raises NotFound."""
    room = hold(uow.session, Room, room_id)
    if room is None:
        raise NotFound("not_found")
    return room


def _set(
    uow: UnitOfWork, room_id: int, *, closed_at: datetime | None = None, archived_at: datetime | None = None
) -> Room:
    _require_keeper(uow)
    room = locked_room(uow, room_id)
    before = state_of(room)
    if (closed_at is None) != (room.closed_at is None):
        room.closed_at = closed_at
    if (archived_at is None) != (room.archived_at is None):
        room.archived_at = archived_at
    uow.session.flush()
    if state_of(room) != before:
        uow.audit(ChatAction.ROOM_STATE, "room", room.id, state=state_of(room))
        # Whether somebody is on duty is a person's doing, told apart and without dates (research.staffing).
        state = state_of(room)
        add_entry(uow, "room", state if state in ("closed", "archived") else "opened", number=room.id)
        uow.emit(RoomStateChanged(room_id=room.id, state=state_of(room)))
    return room


def _require_keeper(uow: UnitOfWork) -> None:
    if not uow.actor.is_installation and not uow.actor.has(Role.SUPERVISOR, Role.ADMINISTRATOR):
        raise NotAllowed("role_needed", roles="supervisor, administrator")
