"""The control table as its readers need it: which rows stand there, and taking out old ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select

from peerspace.kernel.models import ControlMessage
from peerspace.kernel.uow import UnitOfWork

_NEWEST = select(func.max(ControlMessage.id)).scalar_subquery()
"""Always stays: SQLite gives the next number after the greatest there is, and would begin anew in an empty table."""


def newest_control(uow: UnitOfWork) -> int:
    """The number of the newest row, 0 where there is none."""
    return uow.session.scalar(select(func.max(ControlMessage.id))) or 0


def control_after(uow: UnitOfWork, number: int) -> set[int]:
    """The numbers of the rows after `number`."""
    return set(uow.session.scalars(select(ControlMessage.id).where(ControlMessage.id > number)))


def control_rows(uow: UnitOfWork, numbers: Collection[int]) -> Sequence[ControlMessage]:
    """The rows with these numbers, in order."""
    return uow.session.scalars(
        select(ControlMessage).where(ControlMessage.id.in_(numbers)).order_by(ControlMessage.id)
    ).all()


def forget_control(uow: UnitOfWork, number: int) -> None:
    """Take out the rows up to `number`, but for the newest."""
    uow.session.execute(
        delete(ControlMessage).where(ControlMessage.id <= number, ControlMessage.id < _NEWEST)
    )
