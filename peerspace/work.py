"""The processes that run background work: inside `serve` (embedded) or as `peerspace worker`."""

from __future__ import annotations

import signal
import threading

import structlog

from peerspace.config import Config
from peerspace.features import jobs
from peerspace.jobs.timetable import Timetable
from peerspace.kernel.uow import Database

log = structlog.get_logger(__name__)


def start_background(config: Config, database: Database) -> Timetable:
    """Start the timetable in this process; it works only while it holds the lease. The caller stops it at the end."""
    timetable = Timetable(config, database, jobs())
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
