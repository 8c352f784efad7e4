"""The lease on background work: one holder at a time, whatever number of processes run.

A holder renews its row well before it runs out; when it dies, the row is not renewed any more and another process
takes it. How long it was not renewed is counted by the monotonic clock of whoever waits for it, so that a clock that
is set back or forward neither stops background work nor gives it two holders.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.locks import hold
from peerspace.kernel.models import JobLease
from peerspace.kernel.uow import Database, UnitOfWork

TTL = timedelta(seconds=30)
"""How long a lease stands without being renewed; it is renewed three times as often."""


class Lease:
    """The lease `name` on behalf of `holder` (a random id of this process). `monotonic` returns seconds."""

    def __init__(
        self, database: Database, name: str, holder: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._name = name
        self._holder = holder
        self._monotonic = monotonic
        self._seen: tuple[datetime, float] | None = None

    def take(self, late: Sequence[str] = ()) -> bool:
        """Take or renew the lease; False while another process holds it. `late`: jobs that should have run."""
        with self._database.write(installation(Origin.JOB)) as uow:
            row = hold(uow.session, JobLease, self._name)
            mine = {
                "holder": self._holder,
                "renewed_at": uow.now,
                "expires_at": uow.now + TTL,
                "late": list(late),
            }
            if row is None:
                return self._insert(uow, mine)
            if row.holder not in (self._holder, "") and not self._ran_out(row, uow.now):
                return False
            row.holder, row.late = self._holder, list(late)
            row.renewed_at, row.expires_at = uow.now, uow.now + TTL
            return True

    def _insert(self, uow: UnitOfWork, mine: dict[str, object]) -> bool:
        try:
            with uow.session.begin_nested():
                uow.session.execute(insert(JobLease).values(name=self._name, **mine))
        except IntegrityError:
            return False  # somebody took it this moment
        return True

    def _ran_out(self, row: JobLease, now: datetime) -> bool:
        """Whether another holder's row was left alone for so long that it is free.

        A row that is looked at for the first time has run out when its time says so; one that stands in the future (the
        clock was set back) is waited for like any other.
        """
        at = self._monotonic()
        if self._seen is None:
            self._seen = (row.renewed_at, at)
            return row.expires_at < now
        if self._seen[0] != row.renewed_at:
            self._seen = (row.renewed_at, at)
        return at - self._seen[1] >= TTL.total_seconds()

    def give_back(self) -> None:
        """End the lease now, so that the next process need not wait for it to run out."""
        with self._database.write(installation(Origin.JOB)) as uow:
            uow.session.execute(
                update(JobLease)
                .where(JobLease.name == self._name, JobLease.holder == self._holder)
                .values(holder="")
                .execution_options(synchronize_session=False)
            )
