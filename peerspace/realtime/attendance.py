"""This process and its sockets as rows: written when they come and go, renewed while they live, then swept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.chat import presence
from peerspace.chat.access import COMMUNITY
from peerspace.chat.models import RoomPresence
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import ConnectedSocket, ControlMessage, WebProcess
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.realtime.seats import Seat, Seats

JOB = installation(Origin.JOB)
SWEPT_AT_ONCE = 10
CONTROL_KEPT = timedelta(minutes=10)
"""A control row is read within a second; the rest is for looking into what went wrong."""
NEWEST = select(func.max(ControlMessage.id)).scalar_subquery()
"""Always stays: SQLite gives the next number after the greatest there is, and would begin anew in an empty table."""


class Attendance:
    """Keeps the rows of one web process. `id` names it."""

    def __init__(self, database: Database, seats: Seats) -> None:
        self.id = secrets.token_hex(8)
        self._database = database
        self._seats = seats

    def open(self) -> None:
        """This process is there from now on."""
        with self._database.write(JOB) as uow:
            uow.session.add(WebProcess(id=self.id, started_at=uow.now, seen_at=uow.now))

    def renew(self) -> list[int]:
        """Say that this process lives, and sweep what does not. Returns rooms that lost somebody by that."""
        with self._database.write(JOB) as uow:
            alive = uow.session.execute(
                update(WebProcess)
                .where(WebProcess.id == self.id)
                .values(seen_at=uow.now)
                .returning(WebProcess.id)
            ).first()
            if alive is None:
                self._write_anew(uow)
            uow.session.execute(
                delete(ControlMessage).where(
                    ControlMessage.at < uow.now - CONTROL_KEPT, ControlMessage.id < NEWEST
                )
            )
            strays = self._remove_strays(uow)
        return sorted(strays | self._sweep())

    def _sweep(self) -> set[int]:
        """Take out what dead processes left, a few sockets a transaction."""
        rooms: set[int] = set()
        while True:
            with self._database.write(JOB) as uow:
                if not presence.dead_processes(uow):
                    return rooms
                rooms.update(presence.sweep_dead_processes(uow, most=SWEPT_AT_ONCE))

    def add(self, seat: Seat) -> None:
        """A socket connected."""
        with self._database.write(JOB) as uow:
            self._add(uow, seat)

    def remove(self, seat: Seat) -> list[int]:
        """A socket is gone. Returns the rooms that it was in."""
        with self._database.write(JOB) as uow:
            rooms = presence.leave_all_rooms(uow, seat.sid)
            uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.sid == seat.sid))
        return rooms

    def close(self) -> None:
        """This process ends: everybody who was here through it leaves."""
        with self._database.write(JOB) as uow:
            for sid in presence.sids_of_process(uow, self.id):
                presence.leave_all_rooms(uow, sid)
            uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.process_id == self.id))
            uow.session.execute(delete(WebProcess).where(WebProcess.id == self.id))

    def gone_seats(self) -> list[Seat]:
        """Sockets here that should have been closed: a net under the events.

        Their session has ended or expired, or their person is no longer active, or is in a room without a role of
        the community.
        """
        mine = {seat.session_id for seat in self._seats}
        if not mine:
            return []
        with self._database.read(JOB) as uow:
            standing = set(
                uow.session.scalars(
                    select(WebSession.id)
                    .join(Account, Account.id == WebSession.account_id)
                    .where(WebSession.id.in_(mine), unexpired(uow.now), Account.status == "active")
                )
            )
        outside = self.outside({seat.account_id for seat in self._seats if seat.rooms})
        return [
            seat
            for seat in self._seats
            if (seat.session_id in mine and seat.session_id not in standing)
            or (seat.rooms and seat.account_id in outside)
        ]

    def outside(self, account_ids: Iterable[int]) -> set[int]:
        """Those of the accounts that hold no role of the community: they may be in no room."""
        asked = set(account_ids)
        if not asked:
            return set()
        with self._database.read(JOB) as uow:
            inside = uow.session.scalars(
                select(RoleGrant.account_id).where(
                    RoleGrant.account_id.in_(asked),
                    RoleGrant.ended_at.is_(None),
                    RoleGrant.role.in_(COMMUNITY),
                )
            )
            return asked - set(inside)

    def _add(self, uow: UnitOfWork, seat: Seat) -> None:
        uow.session.add(
            ConnectedSocket(
                sid=seat.sid,
                process_id=self.id,
                account_id=seat.account_id,
                session_id=seat.session_id,
                connected_at=uow.now,
            )
        )
        uow.session.flush()

    def _remove_strays(self, uow: UnitOfWork) -> set[int]:
        """Rows of sockets that are gone: the database was away when they left. Returns the rooms they were in."""
        rooms: set[int] = set()
        for sid in presence.sids_of_process(uow, self.id):
            if self._seats.get(sid) is None:
                rooms.update(presence.leave_all_rooms(uow, sid))
                uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.sid == sid))
        return rooms

    def _write_anew(self, uow: UnitOfWork) -> None:
        """Another process swept this one while it stood still (a paused machine): write everything again."""
        uow.session.add(WebProcess(id=self.id, started_at=uow.now, seen_at=uow.now))
        uow.session.flush()
        for seat in self._seats:
            self._add(uow, seat)
            for room_id in seat.rooms.values():
                uow.session.add(
                    RoomPresence(sid=seat.sid, room_id=room_id, account_id=seat.account_id, at=uow.now)
                )
        uow.session.flush()
