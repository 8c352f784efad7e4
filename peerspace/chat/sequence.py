"""Taking the next numbers of a room: one guarded UPDATE of one row, which duty takes too (invariant 2)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from peerspace.chat.models import Room
from peerspace.kernel.errors import NotFound, RoomClosed
from peerspace.kernel.uow import UnitOfWork

OPEN = and_(Room.on_duty > 0, Room.closed_at.is_(None), Room.archived_at.is_(None))
"""A room takes messages while somebody named is on duty, connected, and nobody closed it.

Duty that is paused is not counted in `on_duty`: a lost connection is one of the reasons in this guard.
"""


def state_of(room: Room) -> str:
    """open, paused (whoever is on duty lost their connection), read_only (nobody on duty), closed or archived."""
    if room.archived_at is not None:
        return "archived"
    if room.closed_at is not None:
        return "closed"
    if room.on_duty > 0:
        return "open"
    return "paused" if room.away > 0 else "read_only"


def take_message_number(uow: UnitOfWork, room_id: int) -> tuple[int, int]:
    """The next `(seq, rev)` for a message that is being sent.

    Raises RoomClosed when the room takes none: `UPDATE room ... WHERE on_duty > 0 ... RETURNING seq, rev` finds no row.
    """
    return _take(uow, room_id, _SEND)


def require_open(uow: UnitOfWork, room_id: int) -> None:
    """Hold the room's row and make sure that it takes messages, without using up a number (held messages).

    Raises RoomClosed.
    """
    _take(uow, room_id, _HOLD)


def take_rev_while_open(uow: UnitOfWork, room_id: int) -> int:
    """The next `rev` for new words in a standing message (an edit). Raises RoomClosed."""
    return _take(uow, room_id, _EDIT)[1]


def take_rev(uow: UnitOfWork, room_id: int) -> int:
    """The next `rev` for a change that may be made whether the room is open or not: removing, hiding, restoring."""
    return _take(uow, room_id, _CHANGE)[1]


def take_staff_number(uow: UnitOfWork, room_id: int) -> tuple[int, int]:
    """The next `(seq, rev)` for a message that a person on staff publishes after it was held.

    It was taken while somebody was on duty; the supervisor who reads it now is the human attending.
    """
    return _take(uow, room_id, _PUBLISH)


def _taking(*, seq: int, rev: int, guard: ColumnElement[bool] | None = None) -> ReturningUpdate[int, int]:
    """The statement, built once: `which` is the room's id."""
    taking = update(Room).where(Room.id == bindparam("which"))
    if guard is not None:
        taking = taking.where(guard)
    return taking.values(seq=Room.seq + seq, rev=Room.rev + rev).returning(Room.seq, Room.rev)


_SEND = _taking(seq=1, rev=1, guard=OPEN)
_HOLD = _taking(seq=0, rev=0, guard=OPEN)
_EDIT = _taking(seq=0, rev=1, guard=OPEN)
_CHANGE = _taking(seq=0, rev=1)
_PUBLISH = _taking(seq=1, rev=1)


def _take(uow: UnitOfWork, room_id: int, taking: ReturningUpdate[int, int]) -> tuple[int, int]:
    row = uow.session.execute(
        taking, {"which": room_id}, execution_options={"synchronize_session": False}
    ).one_or_none()
    if row is not None:
        return row.seq, row.rev
    room = uow.session.scalar(
        select(Room).where(Room.id == room_id), execution_options={"populate_existing": True}
    )
    if room is None:
        raise NotFound("not_found")
    raise RoomClosed(f"room_{state_of(room)}")
