"""The timetable of background work: APScheduler with a memory job store, behind one database lease.

In embedded mode it runs inside `serve` (on gevent's loop there); `peerspace worker` runs it apart. Only the process
that holds the lease does anything. Every run that did or failed something is written down in `job_run`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from gevent import monkey

from peerspace.config import Config
from peerspace.jobs.lease import TTL, Lease
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import Database

log = structlog.get_logger(__name__)

LEASE = "background"


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work. `run` returns how much it did; 0 leaves no trace in `job_run`."""

    name: str
    every: timedelta
    run: Callable[[Config, Database], int]


class Timetable:
    """Runs `jobs` at their times while this process holds the lease."""

    def __init__(self, config: Config, database: Database, jobs: tuple[Job, ...]) -> None:
        self._config = config
        self._database = database
        self._jobs = jobs
        self._lease = Lease(database, LEASE, secrets.token_hex(16))
        self._holds = False
        self._scheduler = _scheduler()

    @property
    def holds_lease(self) -> bool:
        return self._holds

    def start(self) -> None:
        """Begin: try for the lease at once, then every third of its life."""
        self._scheduler.add_job(self._renew, "interval", seconds=TTL.total_seconds() / 3, id="lease")
        for job in self._jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                seconds=job.every.total_seconds(),
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=60,
            )
        self._scheduler.start()
        self._renew()

    def stop(self) -> None:
        """Stop, and hand the lease over."""
        self._scheduler.shutdown(wait=False)
        if self._holds:
            self._holds = False
            self._lease.give_back()

    def _renew(self) -> None:
        try:
            self._holds = self._lease.take()
        except PeerSpaceError as error:
            # The database is away: without it nobody can hold the lease, and the next try is seconds off.
            self._holds = False
            log.warning("lease_not_renewed", error=type(error).__name__)

    def _run(self, job: Job) -> None:
        if not self._holds:
            return
        started = self._database.clock.now()
        error = ""
        done = 0
        try:
            done = job.run(self._config, self._database)
        except Exception as failure:
            # One failing job must not stop the others; it is logged, written down and seen by `doctor`.
            error = type(failure).__name__
            log.exception("job_failed", job=job.name)
        if not (done or error):
            return
        try:
            with self._database.write(installation(Origin.JOB)) as uow:
                uow.session.add(JobRun(job=job.name, started_at=started, finished_at=uow.now, error=error))
        except PeerSpaceError as failure:
            log.warning("job_run_not_written", job=job.name, error=type(failure).__name__)


def _scheduler() -> BaseScheduler:
    options: dict[str, Any] = {"timezone": "UTC"}
    if monkey.is_module_patched("socket"):
        from apscheduler.schedulers.gevent import GeventScheduler  # late: only where gevent's loop runs

        return GeventScheduler(**options)
    return BackgroundScheduler(daemon=True, **options)
