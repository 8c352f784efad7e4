"""Reading what other processes committed: rows newer than those seen, a few times a second."""

from __future__ import annotations

from peerspace.control import read_event
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.control_rows import control_after, control_rows, newest_control
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.uow import Database

JOB = installation(Origin.JOB)
OVERLAP = 500
"""Numbers are given out before a commit: a row can appear below one that was read. So many are looked at again."""


class ControlMessages:
    """The control table as one web process reads it."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self._process = process
        self._newest = 0
        self._read: set[int] = set()
        self._started = False

    def start(self) -> None:
        """What stands there now is old news."""
        with self._database.read(JOB) as uow:
            self._newest = newest_control(uow)
            self._read = control_after(uow, self._newest - OVERLAP)
        self._started = True

    def new(self) -> list[DomainEvent]:
        """The events of other processes since the last look, in order."""
        if not self._started:
            self.start()
            return []
        with self._database.read(JOB) as uow:
            fresh = sorted(control_after(uow, self._newest - OVERLAP) - self._read)
            if not fresh:
                return []
            rows = control_rows(uow, fresh)
            events = [read_event(row) for row in rows if row.process != self._process]
        self._newest = max(self._newest, fresh[-1])
        self._read = {one for one in self._read if one > self._newest - OVERLAP} | set(fresh)
        return [event for event in events if event is not None]
