"""This process and its sockets as rows: written when they come and go, renewed while they live, then swept.

Also the duty of people whose sockets came or went: see duty.presence.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.chat import presence
from peerspace.chat.models import RoomPresence
from peerspace.duty import presence as duty_presence
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import ConnectedSocket, ControlMessage, WebProcess
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.heartbeats import LOST_AFTER_S, Heartbeats
from peerspace.streams.access import COMMUNITY

JOB = installation(Origin.JOB)
SWEPT_AT_ONCE = 10
BEAT_WITHIN_S = 2.5
"""A long sweep renews this process's own row so often, or others would take it for lost meanwhile."""
CONTROL_KEPT_S = 600.0
CONTROL_NOTED_S = 30.0
"""A control row is read within a second; the rest is for looking into what went wrong."""
NEWEST = select(func.max(ControlMessage.id)).scalar_subquery()
"""Always stays: SQLite gives the next number after the greatest there is, and would begin anew in an empty table."""


class Attendance:
    """Keeps the rows of one web process. `id` names it; `monotonic` returns seconds."""

    def __init__(
        self,
        database: Database,
        connections: ConnectionRegistry,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = secrets.token_hex(8)
        self._database = database
        self._connections = connections
        self._monotonic = monotonic
        self._heartbeats = Heartbeats(monotonic)
        self._control: list[tuple[float, int]] = []

    def open(self) -> None:
        """This process is there from now on. What others left some time ago counts no longer."""
        with self._database.write(JOB) as uow:
            uow.session.add(WebProcess(id=self.id, started_at=uow.now, seen_at=uow.now))
            old = WebProcess.seen_at < uow.now - timedelta(seconds=LOST_AFTER_S)
            # One that lives all the same takes this back within seconds.
            uow.session.execute(
                update(WebProcess)
                .where(presence.ALIVE, old, WebProcess.id != self.id)
                .values(lost_at=uow.now)
            )

    def renew(self) -> list[int]:
        """Say that this process lives, and sweep what does not. Returns rooms that lost somebody by that."""
        strays = self._beat()
        with self._database.read(JOB) as uow:
            rows = uow.session.execute(
                select(WebProcess.id, WebProcess.seen_at, WebProcess.lost_at).where(WebProcess.id != self.id)
            ).all()
        silent = self._heartbeats.silent((row.id, row.seen_at) for row in rows)
        newly = [row.id for row in rows if row.id in silent and row.lost_at is None]
        if newly:
            with self._database.write(JOB) as uow:
                for process_id in newly:
                    uow.session.execute(
                        update(WebProcess)
                        .where(WebProcess.id == process_id, WebProcess.seen_at == silent[process_id])
                        .values(lost_at=uow.now)
                    )
        swept = [row.id for row in rows if row.id in silent and row.lost_at is not None]
        return sorted(strays | self._sweep(swept))

    def _beat(self) -> set[int]:
        """Renew this process's row, and put right what others swept or what was not written meanwhile."""
        with self._database.write(JOB) as uow:
            alive = uow.session.execute(
                update(WebProcess)
                .where(WebProcess.id == self.id)
                .values(seen_at=uow.now, lost_at=None)
                .returning(WebProcess.id)
            ).first()
            if alive is None:
                uow.session.add(WebProcess(id=self.id, started_at=uow.now, seen_at=uow.now))
                uow.session.flush()
            self._forget_old_control_rows(uow)
            # Before the rows are read: whoever connects from here on has one.
            written = [connection for connection in self._connections if connection.written]
            standing = presence.sids_of_process(uow, self.id)
            self._write_missing(uow, written, set(standing))
            return self._remove_strays(uow, standing)

    def _forget_old_control_rows(self, uow: UnitOfWork) -> None:
        """Take out what every process has read long since: rows that stood here CONTROL_KEPT_S ago, as time passes."""
        now = self._monotonic()
        if not self._control or now - self._control[-1][0] >= CONTROL_NOTED_S:
            newest = uow.session.scalar(select(func.max(ControlMessage.id))) or 0
            self._control.append((now, newest))
        old = [number for at, number in self._control if now - at >= CONTROL_KEPT_S]
        if old:
            self._control = self._control[len(old) :]
            uow.session.execute(
                delete(ControlMessage).where(ControlMessage.id <= old[-1], ControlMessage.id < NEWEST)
            )

    def _sweep(self, lost: Iterable[str]) -> set[int]:
        """Take out what lost processes left, a few sockets a transaction."""
        rooms: set[int] = set()
        beaten = self._monotonic()
        for process_id in lost:
            done = False
            while not done:
                with self._database.write(JOB) as uow:
                    found, done = presence.sweep_lost_process(uow, process_id, most=SWEPT_AT_ONCE)
                rooms.update(found)
                if self._monotonic() - beaten >= BEAT_WITHIN_S:
                    rooms |= self._beat()
                    beaten = self._monotonic()
        return rooms

    def attend_duty(self) -> None:
        """Pause the duty of people who are gone and bring back that of people who came back.

        One short transaction a change: each takes the row of its room.
        """
        with self._database.read(JOB) as uow:
            due = duty_presence.changes_due(uow)
        noted = (*due.seen, *due.early)
        if noted:
            with self._database.write(JOB) as uow:
                duty_presence.note_seen(uow, noted)
        for change in due.changes:
            with self._database.write(JOB) as uow:
                duty_presence.carry_out(uow, change)

    def add(self, connection: Connection) -> None:
        """A socket connected."""
        with self._database.write(JOB) as uow:
            self._add(uow, connection)
        connection.written = True

    def remove(self, connection: Connection) -> list[int]:
        """A socket is gone. Returns the rooms that it was in."""
        with self._database.write(JOB) as uow:
            rooms = presence.leave_all_rooms(uow, connection.sid)
            uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.sid == connection.sid))
        return rooms

    def close(self) -> None:
        """This process ends: everybody who was here through it leaves."""
        with self._database.write(JOB) as uow:
            for sid in presence.sids_of_process(uow, self.id):
                presence.leave_all_rooms(uow, sid)
            uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.process_id == self.id))
            uow.session.execute(delete(WebProcess).where(WebProcess.id == self.id))

    def gone_connections(self) -> list[Connection]:
        """Sockets here that should have been closed: a net under the events.

        Their session has ended or expired, or their person is no longer active, or is in a room without a role of
        the community.
        """
        mine = {connection.session_id for connection in self._connections}
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
        outside = self.outside(
            {connection.account_id for connection in self._connections if connection.rooms}
        )
        return [
            connection
            for connection in self._connections
            if (connection.session_id in mine and connection.session_id not in standing)
            or (connection.rooms and connection.account_id in outside)
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

    def _add(self, uow: UnitOfWork, connection: Connection) -> None:
        uow.session.add(
            ConnectedSocket(
                sid=connection.sid,
                process_id=self.id,
                account_id=connection.account_id,
                session_id=connection.session_id,
                connected_at=uow.now,
            )
        )
        uow.session.flush()

    def _remove_strays(self, uow: UnitOfWork, standing: list[str]) -> set[int]:
        """Rows of sockets that are gone: the database was away when they left. Returns the rooms they were in."""
        rooms: set[int] = set()
        gone = [sid for sid in standing if self._connections.get(sid) is None]
        for sid in gone:
            rooms.update(presence.leave_all_rooms(uow, sid))
        if gone:
            presence.forget_sockets(uow, gone)
        return rooms

    def _write_missing(self, uow: UnitOfWork, written: list[Connection], standing: set[str]) -> None:
        """Another process swept this one, wholly or in part, while it stood still (a paused machine).

        `written`: the connections that had a row before those that stand were read.
        """
        for connection in written:
            if connection.sid in standing or self._connections.get(connection.sid) is not connection:
                continue
            self._add(uow, connection)
            for room_id in connection.rooms.values():
                uow.session.add(
                    RoomPresence(
                        sid=connection.sid, room_id=room_id, account_id=connection.account_id, at=uow.now
                    )
                )
        uow.session.flush()
