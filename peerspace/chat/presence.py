"""Who is in a room: one row a socket, in the database, so that every web process sees the same people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from peerspace.accounts.models import Account
from peerspace.chat.events import RoomJoined, RoomLeft
from peerspace.chat.models import RoomPresence
from peerspace.kernel.locks import held
from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork

ALIVE = WebProcess.lost_at.is_(None)
"""People are present through web processes that live: those that no other process has given up."""

_MICROSECOND = timedelta(microseconds=1)


def enter_room(uow: UnitOfWork, room_id: int, account_id: int, sid: str) -> bool:
    """The socket `sid` enters a room. Returns True when it is its person's first one there (RoomJoined)."""
    if uow.session.get(RoomPresence, (sid, room_id)) is not None:
        return False
    _hold_person(uow, account_id)
    first = not _others(uow, room_id, account_id, sid)
    uow.session.add(RoomPresence(sid=sid, room_id=room_id, account_id=account_id, at=uow.now))
    uow.session.flush()
    if first:
        uow.emit(RoomJoined(room_id=room_id, account_id=account_id))
    return first


def leave_room(uow: UnitOfWork, room_id: int, sid: str, *, at: datetime | None = None) -> bool:
    """The socket `sid` leaves a room (at `at`, or now). Returns True when its person has no other one there (RoomLeft).

    A stay counts from a person's first socket to their last: the remaining sockets inherit the earliest arrival.
    """
    found = uow.session.get(RoomPresence, (sid, room_id))
    if found is None:
        return False
    _hold_person(uow, found.account_id)
    row = uow.session.get(RoomPresence, (sid, room_id), populate_existing=True)
    if row is None:
        return False
    others = _others(uow, room_id, row.account_id, sid)
    for other in others:
        other.at = min(other.at, row.at)
    uow.session.delete(row)
    uow.session.flush()
    if others:
        return False
    stayed = max((at or uow.now) - row.at, timedelta())
    uow.emit(RoomLeft(room_id=room_id, account_id=row.account_id, stayed_us=stayed // _MICROSECOND))
    return True


def leave_all_rooms(uow: UnitOfWork, sid: str, *, at: datetime | None = None) -> list[int]:
    """The socket is gone: it leaves every room it was in. Returns the ids of those rooms."""
    rooms = list(uow.session.scalars(select(RoomPresence.room_id).where(RoomPresence.sid == sid)))
    for room_id in rooms:
        leave_room(uow, room_id, sid, at=at)
    return rooms


def sweep_lost_process(uow: UnitOfWork, process_id: str, *, most: int) -> tuple[list[int], bool]:
    """Take out a lost web process, with at most `most` of its sockets. Returns the rooms concerned, and whether it
    is gone or not to be swept any more (it was heard of).

    Whoever was there through it left when it was last seen. After a crash all its people come back at once, and each
    waits for their own row here: whoever sweeps many sockets does it in several short transactions.
    """
    # Held, so that a process that comes back now waits and then finds what is missing.
    process = uow.session.scalar(held(select(WebProcess).where(WebProcess.id == process_id, ~ALIVE)))
    if process is None:
        return [], True
    rooms: set[int] = set()
    sids = sids_of_process(uow, process_id, most=most)
    left_at = min(process.seen_at, uow.now)
    for sid in sids:
        rooms.update(leave_all_rooms(uow, sid, at=left_at))
    forget_sockets(uow, sids)
    if len(sids) < most:
        uow.session.execute(delete(WebProcess).where(WebProcess.id == process_id))
    return sorted(rooms), len(sids) < most


def forget_sockets(uow: UnitOfWork, sids: Sequence[str]) -> None:
    """Delete the rows of sockets that are in no room any more."""
    uow.session.execute(
        delete(ConnectedSocket).where(ConnectedSocket.sid.in_(sids)),
        execution_options={"synchronize_session": False},
    )


def sids_of_process(uow: UnitOfWork, process_id: str, *, most: int | None = None) -> list[str]:
    """The sockets of a web process, in the order of their people: so is everybody held who is held with others."""
    mine = select(ConnectedSocket.sid).where(ConnectedSocket.process_id == process_id)
    return list(
        uow.session.scalars(mine.order_by(ConnectedSocket.account_id, ConnectedSocket.sid).limit(most))
    )


def _hold_person(uow: UnitOfWork, account_id: int) -> None:
    """Two sockets of one person come and go one after the other: each looks at the other's row."""
    uow.session.execute(held(select(Account.id).where(Account.id == account_id)))
    share(uow, (account_id,))


def _others(uow: UnitOfWork, room_id: int, account_id: int, sid: str) -> list[RoomPresence]:
    """The same person's other sockets in the room, through living processes."""
    found = (
        select(RoomPresence)
        .join(ConnectedSocket, ConnectedSocket.sid == RoomPresence.sid)
        .join(WebProcess, WebProcess.id == ConnectedSocket.process_id)
        .where(
            RoomPresence.room_id == room_id,
            RoomPresence.account_id == account_id,
            RoomPresence.sid != sid,
            ALIVE,
        )
    )
    return list(uow.session.scalars(found, execution_options={"populate_existing": True}))
