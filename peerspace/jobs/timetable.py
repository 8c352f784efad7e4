"""The timetable of background work: APScheduler with a memory job store, behind one database lease.

APScheduler plans by the wall clock. A thread that waits by the monotonic clock renews the lease and pulls forward what
stands too far ahead, so that a clock that is set back stops nothing.

In embedded mode it runs inside `serve` (on gevent's loop there); `peerspace worker` runs it apart. Only the process
that holds the lease does anything. Every run that did or failed something is written down in `job_run`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from gevent import monkey

from peerspace.config import Config
from peerspace.jobs.lease import TTL, Lease
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.jobs import Job
from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import Database

log = structlog.get_logger(__name__)

LEASE = "background"
LONGEST_RUN_S = 3600.0


class Timetable:
    """Runs `jobs` at their times while this process holds the lease."""

    def __init__(
        self,
        config: Config,
        database: Database,
        jobs: tuple[Job, ...],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._database = database
        self._jobs = jobs
        self._monotonic = monotonic
        self._lease = Lease(database, LEASE, secrets.token_hex(16), monotonic)
        self._holds = False
        self._held_at = 0.0
        self._ran_at: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._scheduler = _scheduler()
        self._ended = threading.Event()
        self._keeper: threading.Thread | None = None

    @property
    def holds_lease(self) -> bool:
        """Whether this process does the work: its last renewal is younger than the life of a lease."""
        return self._holds and self._monotonic() - self._held_at < TTL.total_seconds()

    def start(self) -> None:
        """Begin: try for the lease at once, then every third of its life."""
        for job in self._jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                seconds=job.every.total_seconds(),
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,  # what a clock that was set forward made late runs now, once
            )
        self._scheduler.start()
        self._renew()
        self._keeper = threading.Thread(target=self._keep, name="timetable", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """Stop, and hand the lease over."""
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join()
        self._scheduler.shutdown(wait=False)
        if self._holds:
            self._holds = False
            self._lease.give_back()

    def late(self) -> list[str]:
        """Jobs that have not run for more than twice their interval and a minute, or have been running for an hour."""
        now = self._monotonic()
        return [
            job.name
            for job in self._jobs
            if (
                now - self._running[job.name] > LONGEST_RUN_S
                if job.name in self._running
                else now - self._ran_at.get(job.name, now) > 2 * job.every.total_seconds() + 60
            )
        ]

    def _keep(self) -> None:
        """Renew the lease and keep the timetable in step with the clock, until the end."""
        while not self._ended.wait(TTL.total_seconds() / 3):
            try:
                self._renew()
                self._pull_forward()
            except Exception:
                # It must outlive one bad turn: without it nothing runs any more.
                log.exception("timetable_turn_failed")

    def _pull_forward(self) -> None:
        """No job stands further ahead than its interval: those that do were planned before the clock was set back."""
        every = {job.name: job.every for job in self._jobs}
        now = datetime.now(UTC)  # the scheduler's own time
        for planned in self._scheduler.get_jobs():
            if planned.next_run_time is not None and planned.next_run_time > now + every[planned.id]:
                planned.modify(next_run_time=now + every[planned.id])

    def _renew(self) -> None:
        began = self._monotonic()
        try:
            held = self._holds
            self._holds = self._lease.take(self.late() if held else ())
            self._held_at = began
            if self._holds and not held:
                self._ran_at = {job.name: began for job in self._jobs}
        except PeerSpaceError as error:
            # The database is away: without it nobody can hold the lease, and the next try is seconds off.
            self._holds = False
            log.warning("lease_not_renewed", error=type(error).__name__)

    def _run(self, job: Job) -> None:
        if not self.holds_lease:
            return
        self._running[job.name] = self._monotonic()
        try:
            self._carry_out(job)
        finally:
            del self._running[job.name]
            self._ran_at[job.name] = self._monotonic()

    def _carry_out(self, job: Job) -> None:
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
