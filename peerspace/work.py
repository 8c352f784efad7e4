"""The background work there is, and the processes that run it: inside `serve` (embedded) or as `peerspace worker`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from peerspace.accounts.links import prune_links
from peerspace.accounts.service import lift_due_suspensions, purge_attempts
from peerspace.accounts.sessions import prune_sessions
from peerspace.chat.duty import end_overdue_duty
from peerspace.config import Config
from peerspace.consent.ledger import keep_ledger
from peerspace.consent.service import expire_due
from peerspace.jobs.timetable import Job, Timetable
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.pruning import prune_job_runs
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.moderation.settling import settle_members
from peerspace.research.building import build_due, sweep_exports

log = structlog.get_logger(__name__)
ME = installation(Origin.JOB)


def _one_write(verb: Callable[[UnitOfWork], int]) -> Callable[[Config, Database], int]:
    """A job that is one verb in one unit of work and says how much it did."""

    def run(_config: Config, database: Database) -> int:
        with database.write(ME) as uow:
            return verb(uow)

    return run


JOBS = (
    Job("build_release", timedelta(seconds=2), build_due),
    Job("lift_suspensions", timedelta(minutes=1), _one_write(lift_due_suspensions)),
    Job("settle_members", timedelta(hours=1), _one_write(settle_members)),
    Job("end_overdue_duty", timedelta(minutes=1), _one_write(end_overdue_duty)),
    Job("expire_consent", timedelta(hours=6), _one_write(expire_due)),
    Job("keep_ledger", timedelta(minutes=5), lambda _config, database: keep_ledger(database)),
    Job("sweep_exports", timedelta(minutes=10), sweep_exports),
    Job("purge_sign_in_attempts", timedelta(minutes=30), _one_write(purge_attempts)),
    Job("prune_sessions", timedelta(minutes=30), _one_write(prune_sessions)),
    Job("prune_sign_in_links", timedelta(hours=6), _one_write(prune_links)),
    Job("prune_job_runs", timedelta(minutes=30), _one_write(prune_job_runs)),
)
"""What is done in the background, and how often."""


def start_background(config: Config, database: Database) -> Timetable:
    """Start the timetable in this process; it works only while it holds the lease. The caller stops it at the end."""
    timetable = Timetable(config, database, JOBS)
    timetable.start()
    return timetable


def run_worker(config: Config, database: Database) -> None:
    """Run the timetable until SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    timetable = start_background(config, database)
    log.info("worker_started", holds_lease=timetable.holds_lease)
    ended.wait()
    timetable.stop()
    log.info("worker_stopped")
