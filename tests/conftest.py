"""What all tests share: both databases, a clock that stands still, and quick ways to make people and places."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import LRUCache

from peerspace import features
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.db import make_engine
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import Database
from peerspace.kernel.wording import ENGLISH, speak
from peerspace.wiring import wire
from tests.evening import evening
from tests.lock_order import RECORDER
from tests.people import People

__all__ = ["evening"]

REQUIRE_ALL = os.environ.get("PEERSPACE_REQUIRE_ALL") == "1"


def absent(part: str) -> None:
    """Skip because `part` is not on this machine; where everything is required (CI), fail instead."""
    if REQUIRE_ALL:
        pytest.fail(f"{part} is required here and absent")
    pytest.skip(f"{part} is absent on this machine")


def without_data(file: str) -> None:
    """Skip because a recorded conversation is not on this machine; its words may not be kept in the project."""
    pytest.skip(f"{file} is in neither $PEERSPACE_DATA nor ../shared/data")


def postgres_url() -> str:
    """The PostgreSQL server tests may make databases on."""
    return os.environ.get("PEERSPACE_TEST_POSTGRES", "postgresql+psycopg://127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgres_database(worker_id: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test process; skips where no server answers."""
    server = make_url(postgres_url())
    name = f"peerspace_test_{os.getpid()}_{worker_id}"
    admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError:
        absent("PostgreSQL")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """pytest-xdist's name for this process, or `main`."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


PLAIN_FOR_UPDATE = re.compile(r"(?<!NO KEY )\bFOR UPDATE\b")


def refuse_plain_for_update(
    _connection: object, _cursor: object, statement: str, _parameters: object, _context: object, _many: object
) -> None:
    """An inserted row holds what it points to: a plain FOR UPDATE starves behind such inserts (kernel.locks)."""
    assert not PLAIN_FOR_UPDATE.search(statement), f"plain FOR UPDATE: {statement}"


@pytest.fixture(scope="session")
def postgres_engine(postgres_database: str) -> Iterator[Engine]:
    """An engine on a PostgreSQL database that already holds every table."""
    engine = make_engine(postgres_database)
    event.listen(engine, "before_cursor_execute", refuse_plain_for_update)
    features.metadata().create_all(engine)
    yield engine
    engine.dispose()


RECORDER.listen()


@pytest.fixture(autouse=True)
def _locks_in_order() -> Iterator[None]:
    """No transaction of any test holds a row and then one that stands earlier in the order (kernel.locks)."""
    RECORDER.take()
    yield
    assert RECORDER.take() == []


@pytest.fixture(autouse=True)
def _english() -> None:
    """Every test begins in English: a request answered earlier in this process may have spoken something else."""
    speak(ENGLISH)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds every table and no row. Copying it is ten times quicker than making the tables."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    made = make_engine(f"sqlite:///{file}")
    features.metadata().create_all(made)
    made.dispose()
    return file


def copy_of(empty: Path, folder: Path) -> Engine:
    """An engine on a copy of `empty_sqlite`. All of a run share the statements that were compiled for one of them."""
    made = make_engine(f"sqlite:///{shutil.copy(empty, folder / 'test.db')}")
    made.update_execution_options(compiled_cache=COMPILED)
    return made


COMPILED: LRUCache[Any, Any] = LRUCache(5000)
"""An engine's own would be empty for each test: a third of the time of the domain's tests on SQLite."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with every table: a SQLite file, then PostgreSQL."""
    if request.param == "sqlite":
        empty: Path = request.getfixturevalue("empty_sqlite")
        made = copy_of(empty, tmp_path)
        yield made
        made.dispose()
        return
    made = request.getfixturevalue("postgres_engine")
    yield made
    # Emptying row by row is far quicker than TRUNCATE, which makes every table's files anew.
    emptied = "; ".join(
        f'DELETE FROM "{table.name}"' for table in reversed(features.metadata().sorted_tables)
    )
    with made.begin() as connection:
        connection.exec_driver_sql(emptied)


@pytest.fixture
def audit_log(tmp_path: Path) -> AuditLog:
    return AuditLog(b"k" * 32, tmp_path / "audit.head")


@pytest.fixture
def database(engine: Engine, clock: HeldClock, audit_log: AuditLog) -> Database:
    """The wired database on each engine in turn."""
    listeners = Listeners()
    wire(listeners, audit_log)
    return Database(engine, audit_log, clock, listeners, features.CATALOGUE)


@pytest.fixture
def sent(database: Database) -> Iterator[list[str]]:
    """Every statement that is sent, without those that only begin a transaction or mark a place in it."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def people(database: Database) -> People:
    """Makes accounts, roles, spaces and rooms straight in the database, and actors for them."""
    return People(database)
