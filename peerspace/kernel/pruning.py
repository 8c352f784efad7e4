"""Taking out old rows, a bounded number in one statement: nobody waits long behind it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import UnitOfWork

AT_ONCE = 5_000
"""Most rows that one run takes out; what is left goes with the next."""
JOB_RUNS_KEPT = timedelta(days=30)


def prune(
    uow: UnitOfWork, key: InstrumentedAttribute[int], old: ColumnElement[bool], most: int = AT_ONCE
) -> int:
    """Delete the rows of `key`'s table for which `old` holds, oldest keys first, at most `most`; returns how many."""
    some = select(key).where(old).order_by(key).limit(most)
    gone = uow.session.execute(
        delete(key.class_).where(key.in_(some)).returning(key),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


def prune_job_runs(uow: UnitOfWork, most: int = AT_ONCE) -> int:
    """Runs of background work older than a month, but for the newest of each job."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    return prune(
        uow, JobRun.id, (JobRun.started_at < uow.now - JOB_RUNS_KEPT) & JobRun.id.not_in(newest), most
    )
