"""The lease on background work: one holder at a time, whatever number of processes run.

A holder renews its row well before it runs out; when it dies, the row runs out and another process takes it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import JobLease
from peerspace.kernel.uow import Database

TTL = timedelta(seconds=30)
"""How long a lease stands without being renewed; it is renewed three times as often."""


class Lease:
    """The lease `name` on behalf of `holder` (a random id of this process)."""

    def __init__(self, database: Database, name: str, holder: str) -> None:
        self._database = database
        self._name = name
        self._holder = holder

    def take(self) -> bool:
        """Take or renew the lease; False while another process holds it."""
        with self._database.write(installation(Origin.JOB)) as uow:
            row = {"holder": self._holder, "renewed_at": uow.now, "expires_at": uow.now + TTL}
            taken = uow.session.execute(
                update(JobLease)
                .where(
                    JobLease.name == self._name,
                    (JobLease.holder == self._holder) | (JobLease.expires_at < uow.now),
                )
                .values(**row)
                .returning(JobLease.name)
                .execution_options(synchronize_session=False)
            ).first()
            if taken is not None:
                return True
            try:
                with uow.session.begin_nested():
                    uow.session.execute(insert(JobLease).values(name=self._name, **row))
            except IntegrityError:
                return False  # somebody holds it, or took it this moment
            return True

    def give_back(self) -> None:
        """End the lease now, so that the next process need not wait for it to run out."""
        with self._database.write(installation(Origin.JOB)) as uow:
            uow.session.execute(
                update(JobLease)
                .where(JobLease.name == self._name, JobLease.holder == self._holder)
                .values(expires_at=uow.now - timedelta(seconds=1))
                .execution_options(synchronize_session=False)
            )
