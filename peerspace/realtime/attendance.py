"""This process and its sockets as rows: written when they come and go, renewed while they live, then swept.

Also the duty of people whose sockets came or went: see duty.presence.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from peerspace.accounts.connected import holders, sessions_in_force
from peerspace.chat import presence
from peerspace.chat.presence_rows import stand_again
from peerspace.duty import presence as duty_presence
from peerspace.kernel import processes
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.control_rows import forget_control, newest_control
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
            processes.open_process(uow, self.id)
            # One that lives all the same takes this back within seconds.
            processes.give_up_silent(uow, self.id, timedelta(seconds=LOST_AFTER_S))

    def renew(self) -> list[int]:
        """Say that this process lives, and sweep what does not. Returns rooms that lost somebody by that."""
        strays = self._beat()
        with self._database.read(JOB) as uow:
            rows = processes.other_processes(uow, self.id)
        silent = self._heartbeats.silent((row.id, row.seen_at) for row in rows)
        newly = [row.id for row in rows if row.id in silent and row.lost_at is None]
        if newly:
            with self._database.write(JOB) as uow:
                for process_id in newly:
                    processes.mark_lost(uow, process_id, silent[process_id])
        swept = [row.id for row in rows if row.id in silent and row.lost_at is not None]
        return sorted(strays | self._sweep(swept))

    def _beat(self) -> set[int]:
        """Renew this process's row, and put right what others swept or what was not written meanwhile."""
        with self._database.write(JOB) as uow:
            processes.renew_process(uow, self.id)
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
            self._control.append((now, newest_control(uow)))
        old = [number for at, number in self._control if now - at >= CONTROL_KEPT_S]
        if old:
            self._control = self._control[len(old) :]
            forget_control(uow, old[-1])

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
            processes.remove_socket(uow, connection.sid)
        return rooms

    def close(self) -> None:
        """This process ends: everybody who was here through it leaves."""
        with self._database.write(JOB) as uow:
            for sid in presence.sids_of_process(uow, self.id):
                presence.leave_all_rooms(uow, sid)
            processes.close_process(uow, self.id)

    def gone_connections(self) -> list[Connection]:
        """Sockets here that should have been closed: a net under the events.

        Their session has ended or expired, or their person is no longer active, or is in a room without a role of
        the community.
        """
        mine = {connection.session_id for connection in self._connections}
        if not mine:
            return []
        with self._database.read(JOB) as uow:
            standing = sessions_in_force(uow, mine)
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
            return asked - holders(uow, asked, COMMUNITY)

    def _add(self, uow: UnitOfWork, connection: Connection) -> None:
        processes.add_socket(
            uow,
            self.id,
            connection.sid,
            account_id=connection.account_id,
            session_id=connection.session_id,
        )

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
            stand_again(uow, connection.sid, connection.account_id, connection.rooms.values())
