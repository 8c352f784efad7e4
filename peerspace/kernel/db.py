"""The database: declarative base, column types, and engines for SQLite and PostgreSQL.

SQLite runs in WAL with `synchronous=FULL` and foreign keys on. Its driver's own transaction handling is switched off
(`isolation_level=None`) and BEGIN is sent here: DEFERRED to read, IMMEDIATE to write. Otherwise savepoints do not
work, and a read that turns into a write fails at once with "database is locked".
"""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import URL, Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, StaticPool
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:  # SQLAlchemy imports it once gevent has patched the process, see peerspace/serve.py
    import psycopg

WRITE_OPTION = "peerspace_write"
BUSY_WAIT_S = 15.0
"""How long a writer waits for another process to finish its write before it gives up."""

TRUSTED_S = 0.1
"""So many seconds after it was used, a connection to PostgreSQL is used again without asking whether it still works."""
_RESTS_SINCE = "peerspace_rests_since"

BigId = BigInteger().with_variant(Integer, "sqlite")
"""Primary and foreign keys: 64 bit on both databases (SQLite numbers only INTEGER keys by itself)."""


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite has no time zones, so it keeps the naive UTC time there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every mapped class. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that `column` holds one of `values` (enumerations are text on both databases)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def make_engine(url: str | URL, *, pool_size: int = 20) -> Engine:
    """An engine for a SQLite file, an in-memory SQLite (tests) or PostgreSQL through psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, pool_size)
    return _postgres_engine(parsed, pool_size)


def _postgres_engine(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,  # what members write must not end up in a log of errors
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=30,  # when hundreds come back after a crash, waiting for a connection is better than an error
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: psycopg.Connection, _record: object) -> None:
        """ "Sent" means committed: a server or role that answers before its log is written is overruled.

        Stronger settings (`remote_write`, `remote_apply`) stay as they are.
        """
        connection.autocommit = True  # a setting made in a transaction that rolls back is lost
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = False

    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", _ask_if_rested)
    return engine


def _rests(_connection: psycopg.Connection | None, record: ConnectionPoolEntry) -> None:
    """Note since when a connection is not used."""
    record.info[_RESTS_SINCE] = time.monotonic()


def _ask_if_rested(
    connection: psycopg.Connection, record: ConnectionPoolEntry, _fairy: PoolProxiedConnection
) -> None:
    """Ask a connection that was not used for a while whether its server is still there.

    Asking each time would be a round trip more for every unit of work. A server that went away within the last moment
    is noticed by the first statement, which is refused as any that finds no database; the pool is made anew after
    both.
    """
    since: float | None = record.info.pop(_RESTS_SINCE, None)
    if since is not None and time.monotonic() - since >= TRUSTED_S:
        connection.autocommit = True  # no transaction is begun for it
        try:
            connection.execute("")
        except Exception as error:
            raise InvalidatePoolError from error
        connection.autocommit = False


def _sqlite_engine(url: URL, pool_size: int) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 0.05}}
    if url.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    else:
        options |= {"pool_size": pool_size, "max_overflow": 40}
    engine = create_engine(url, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            try:
                cursor.execute(f"PRAGMA {pragma}")
            except sqlite3.OperationalError as error:
                # A read-only file cannot change its journal mode; `doctor` and the first write say so clearly.
                if "readonly" not in str(error):
                    # As SQLAlchemy's own: every caller knows that one (a full disk, a file that is none of ours).
                    raise OperationalError(f"PRAGMA {pragma}", None, error) from error
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITE_OPTION):
            _begin_immediate(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_immediate(connection: Connection) -> None:
    """BEGIN IMMEDIATE, waiting politely for another process.

    SQLite's own busy handler sleeps inside C and would hold up every greenlet of the process, so it is kept short
    and the waiting is done here, where gevent can run others meanwhile.
    """
    cursor = connection.connection.cursor()
    deadline = time.monotonic() + BUSY_WAIT_S
    while True:
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
