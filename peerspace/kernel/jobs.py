"""Background work, as a feature names it in its manifest. `peerspace.jobs` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.uow import Database, UnitOfWork

ME = installation(Origin.JOB)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work. `label`: what it is called on an administrator's page, in English.

    `run(config, database)` returns how much it did; 0 leaves no trace in `job_run`.
    """

    name: str
    label: str
    every: timedelta
    run: Callable[[Any, Database], int]


def one_write(verb: Callable[[UnitOfWork], int]) -> Callable[[object, Database], int]:
    """What a job runs that is one verb in one unit of work and says how much it did."""

    def run(_config: object, database: Database) -> int:
        with database.write(ME) as uow:
            return verb(uow)

    return run
