"""What ran in the background and what staff and the installation did: ids and enumerations, never words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.kernel.clock import from_us
from peerspace.kernel.models import AuditEntry, JobRun
from peerspace.kernel.uow import UnitOfWork

NEWEST = 30


@dataclass(frozen=True, slots=True)
class Run:
    """The newest run of one job. `error`: an error's class name, empty where it ended well or goes on."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    error: str


class Entry(NamedTuple):
    """One entry of the audit chain. `by`: who acted; None for the installation, or somebody who is gone."""

    at: datetime
    action: str
    subject_kind: str
    subject_id: str
    by: PersonCard | None


def newest_runs(uow: UnitOfWork) -> list[Run]:
    """The newest run of each job, by the jobs' names."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    rows = uow.session.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.job))
    return [Run(row.job, row.started_at, row.finished_at, row.error) for row in rows]


def newest_entries(uow: UnitOfWork) -> list[Entry]:
    """The newest entries of the audit chain, newest first."""
    rows = uow.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(NEWEST)).all()
    by = people_cards(uow, {row.account_id for row in rows if row.account_id is not None})
    return [
        Entry(from_us(row.at_us), row.action, row.subject_kind, row.subject_id, by.get(row.account_id or 0))
        for row in rows
    ]
