"""The unit of work: one transaction, one actor, the events it raised.

`Database.read(actor)` for pages, `Database.write(actor)` for acts. Services flush and never commit; leaving the
`with` block commits and then tells the after-commit listeners, and any error rolls back and drops the events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, Executable, Result, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.actor import INVENTED, Actor
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.catalogue import Catalogue
from peerspace.kernel.clock import Clock, SystemClock
from peerspace.kernel.db import BUSY_WAIT_S, WRITE_OPTION
from peerspace.kernel.errors import Unavailable
from peerspace.kernel.events import DomainEvent, Listeners
from peerspace.kernel.models import Installation
from peerspace.kernel.turns import Turns
from peerspace.kernel.write_turn import write_turn

log = structlog.get_logger(__name__)


class UnitOfWork:
    """What a service gets first: session, actor, the time this act happens at, and a way to raise events.

    `now` is read again where the act has to wait for the people it is about (kernel.moments).
    """

    def __init__(self, database: Database, session: Session, actor: Actor, *, writes: bool) -> None:
        self.database = database
        self.session = session
        self.actor = actor
        self.writes = writes
        self.now: datetime = database.clock.now()
        self.held: set[int] = set()
        """Accounts that this act holds against choices about research, see kernel.moments."""
        self._last: list[tuple[int, Callable[[], None]]] = []
        self.known: dict[Hashable, Any] = {}
        """What a unit of work that only reads has found already, kept by whoever would ask for it again."""
        self._kept: list[object] = []
        self._audited: list[Callable[[], object]] = []
        self._pending: list[DomainEvent] = []
        self._done: list[DomainEvent] = []

    def keep(self, thing: object) -> None:
        """Keep an object that was loaded until the act ends: a session forgets what nobody refers to, and asks anew."""
        self._kept.append(thing)

    def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Result[Any]:
        """Rows of columns. Whole objects come by the session; for columns its work costs more than the database's."""
        if self.writes:
            self.session.flush()
        return self.session.connection().execute(statement, values)

    def emit(self, happened: DomainEvent) -> None:
        """Raise a domain event: heard inside the transaction before the commit, and again after it."""
        self._pending.append(happened)

    def audit(
        self,
        action: AuditedAction,
        subject_kind: str,
        subject_id: str | int,
        *,
        concerns: int | None = None,
        **detail: str | int,
    ) -> None:
        """Append an entry to the audit chain, in this transaction. `concerns`: the member who may see it.

        `detail` holds ids and enumerations only, never words. The chain has one head for everybody: it is taken last,
        when the act settles, so that nobody waits for a room while holding it.
        """
        append = self.database.audit_log.append
        self._audited.append(
            lambda: append(self, action, subject_kind, subject_id, concerns=concerns, **detail)
        )

    def last(self, stream_id: int, act: Callable[[], None]) -> None:
        """Do `act`, which takes the row of the stream `stream_id`, when the act settles and everybody inside has heard.

        Everybody who writes there waits for that row: it is held for a moment only, and those of one act are taken by
        ascending ids.
        """
        self._last.append((stream_id, act))

    @property
    def events(self) -> tuple[DomainEvent, ...]:
        """Everything raised so far, in order."""
        return (*self._done, *self._pending)

    def settle(self) -> None:
        """Flush, let the in-transaction listeners hear what happened until nothing new is raised, take the streams'
        rows, and then the audit chain's."""
        self.session.flush()
        while self._pending or self._last or self._audited:
            if self._pending:
                self._tell_inside(self._pending.pop(0))
            elif self._last:
                first = min(range(len(self._last)), key=lambda place: self._last[place][0])
                self._last.pop(first)[1]()
                self.session.flush()
            else:
                self._audited.pop(0)()

    def _tell_inside(self, happened: DomainEvent) -> None:
        self._done.append(happened)
        for listener in self.database.listeners.hears_with(happened):
            listener(self, happened)
        self.session.flush()


class Database:
    """An engine with its clock, its listeners and what the features bring."""

    def __init__(
        self,
        engine: Engine,
        audit_log: AuditLog,
        clock: Clock | None = None,
        listeners: Listeners | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.engine = engine
        self.audit_log = audit_log
        self.clock: Clock = clock or SystemClock()
        self.listeners = listeners or Listeners()
        self.catalogue = catalogue or Catalogue()
        self.is_sqlite = engine.dialect.name == "sqlite"
        # PostgreSQL refuses to write in it; SQLite does not know the option.
        self._read_engine = engine.execution_options(postgresql_readonly=True)
        self._write_engine = engine.execution_options(**{WRITE_OPTION: True})
        # SQLite has one writer. Waiting here is cooperative under gevent; waiting inside SQLite is not.
        self._write_turns = Turns()
        self.write_refused = ""
        """Why the last write of this process was refused by the database (`disk_full`, `read_only`, ...); '' once one
        went well again. A web process writes every few seconds, so this is never old: `/readyz` reads it."""

    @contextmanager
    def read(self, actor: Actor) -> Iterator[UnitOfWork]:
        """A unit of work that may not write: pages are read with it, and a flush inside it is a defect."""
        with (
            _plain_errors(),
            _ReadSession(self._read_engine, expire_on_commit=False, autoflush=False) as session,
        ):
            # Closing the session rolls back and lets go of its objects without emptying them: what was read stays read.
            yield UnitOfWork(self, session, actor, writes=False)

    @contextmanager
    def write(self, actor: Actor) -> Iterator[UnitOfWork]:
        """A unit of work that commits when the block ends without an error, then tells after-commit listeners."""
        with self._noting_refusals(), _plain_errors():
            with self._turn_to_write(), write_turn():
                with Session(self._write_engine, expire_on_commit=False) as session:
                    session.connection()  # begin now: IMMEDIATE on SQLite, so that the clock is read inside it
                    uow = UnitOfWork(self, session, actor, writes=True)
                    if actor.origin in INVENTED:
                        _stamp_invented(session, uow.now)
                    yield uow
                    uow.settle()
                    session.commit()
        self._tell(uow)

    @contextmanager
    def _noting_refusals(self) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            self.write_refused = str(error.values.get("reason", "away"))
            raise
        self.write_refused = ""

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """On SQLite, this process's turn to write, first come, first served.

        Raises Unavailable after BUSY_WAIT_S: everybody in a queue waits for all before them.
        """
        if not self.is_sqlite:
            yield
            return
        with self._write_turns.turn(BUSY_WAIT_S):
            yield

    def _tell(self, uow: UnitOfWork) -> None:
        for happened in uow.events:
            for listener in self.listeners.hears_after(happened):
                try:
                    listener(happened)
                except Exception:
                    # The act is committed; a listener that fails must not make the sender believe it is not.
                    # Clients find what they missed by the room's pulse.
                    log.exception("after_commit_listener_failed", happened=type(happened).__name__)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


class _ReadSession(Session):
    """The session of a unit of work that may not write."""


def _refuse_flush(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a read unit of work tried to write")


event.listen(_ReadSession, "before_flush", _refuse_flush)


def _stamp_invented(session: Session, now: datetime) -> None:
    row = session.get(Installation, 1)
    if row is None:
        session.add(Installation(id=1, created_at=now, invented_at=now))
        session.flush()
    elif row.invented_at is None:
        row.invented_at = now


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the driver's 'not there', 'read-only', 'full' and 'locked' into one Unavailable with a reason."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, sqlite3.OperationalError) as error:
        # The driver's own: raised by the BEGIN that kernel.db sends itself.
        raise Unavailable("database_unavailable", reason=_reason(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _NOT_FIT_TO_SERVE:
            raise Unavailable("database_unavailable", reason=_reason(error)) from error
        raise


_NOT_FIT_TO_SERVE = ("25006", "42P01", "42703")
"""PostgreSQL's codes for: read-only, no such table, no such column. It does not count them as operational."""


def _reason(error: Exception) -> str:
    """A short reason without the statement and its values, which may hold words."""
    lowered = str(getattr(error, "orig", error)).lower()
    for needle, reason in (
        ("readonly", "read_only"),
        ("read-only", "read_only"),
        ("no such table", "not_migrated"),
        ("does not exist", "not_migrated"),
        ("full", "disk_full"),
        ("no space", "disk_full"),
        ("disk i/o", "disk_error"),
        ("locked", "busy"),
        ("unable to open", "missing"),
    ):
        if needle in lowered:
            return reason
    return "away"
