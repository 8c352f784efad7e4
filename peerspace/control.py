"""How a process without sockets (a command, the worker) reaches those that have them: rows that web processes read.

The row is written in the transaction that made the event, so that what was committed is told, and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from peerspace.accounts.events import AccountStatusChanged, Blocked, RoleChanged, SessionsEnded, Unblocked
from peerspace.duty.events import DutyChanged
from peerspace.kernel.events import DomainEvent, Listeners
from peerspace.kernel.models import ControlMessage
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.events import ItemChanged
from peerspace.notifications.events import NoticeMade
from peerspace.streams.events import (
    ContributionChanged,
    ContributionPublished,
    ContributionReacted,
    StreamStateChanged,
)

ACCESS: tuple[type[DomainEvent], ...] = (
    SessionsEnded,
    AccountStatusChanged,
    RoleChanged,
    Blocked,
    Unblocked,
)
"""Who may be here at all, and who is absent for whom. Every process tells every other, web processes too: Redis may be
away."""
LIVE: tuple[type[DomainEvent], ...] = (
    ContributionPublished,
    ContributionChanged,
    ContributionReacted,
    StreamStateChanged,
    DutyChanged,
    NoticeMade,
    ItemChanged,
)
"""What sockets show. A web process tells its own sockets itself, and others through Redis where there is one."""
EVERYTHING = (*ACCESS, *LIVE)
_BY_NAME = {kind.__name__: kind for kind in EVERYTHING}


def tell_web_processes(
    listeners: Listeners, process: Callable[[], str], kinds: tuple[type[DomainEvent], ...] = EVERYTHING
) -> None:
    """Write a control row for every event of `kinds`. `process()` names the one that writes: it skips its own rows."""

    def write(uow: UnitOfWork, happened: DomainEvent) -> None:
        uow.session.add(
            ControlMessage(
                at=uow.now,
                process=process(),
                kind=type(happened).__name__,
                body=dataclasses.asdict(happened),
            )
        )

    for kind in kinds:
        listeners.with_transaction(kind, write)


def read_event(row: ControlMessage) -> DomainEvent | None:
    """The event that a control row tells of; None for a kind that this version does not know."""
    kind = _BY_NAME.get(row.kind)
    if kind is None:
        return None
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in row.body.items() if name in known})
