"""Whether the database answers, at which revision it is, and whether somebody does the background work."""

from __future__ import annotations

from alembic.migration import MigrationContext
from sqlalchemy import select

from peerspace.kernel.models import JobLease
from peerspace.kernel.uow import UnitOfWork


def revision(uow: UnitOfWork) -> str:
    """The revision that the database is at; '' for an empty one. Raises Unavailable where it does not answer."""
    uow.session.execute(select(1))
    return MigrationContext.configure(uow.session.connection()).get_current_revision() or ""


def background_work(uow: UnitOfWork) -> str:
    """`ok` when somebody holds the lease and every job ran when it should, else `nobody_holds_the_lease` or
    `jobs_late`."""
    standing = [row for row in uow.session.scalars(select(JobLease)) if row.stands(uow.now)]
    if not standing:
        return "nobody_holds_the_lease"
    return "jobs_late" if any(row.late for row in standing) else "ok"
