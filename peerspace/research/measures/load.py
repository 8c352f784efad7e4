"""Filling the engine's input tables: from the application's database over ADBC, or from rows (tests, replays).

Only the columns named here are read, and only rows of the participants given in `load_enrolment`. The columns travel as
an Arrow stream straight into DuckDB. Nothing of a database address is ever put in an error, a log or a command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_manager
import adbc_driver_postgresql
import adbc_driver_sqlite
import duckdb

from peerspace.kernel.errors import Invalid, Unavailable

#: The scopes under which rows are captured.
CAPTURE_SCOPES = ("usage", "time", "interactions", "experience")

END_REASONS = ("cut", "stopped", "left", "restricted", "suspended")

# Ids are written into a query (a driver that binds a list differs from database to database), so they may hold nothing
# that means something there.
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_IDS_PER_QUERY = 5_000
_ROWS_PER_INSERT = 20_000


class LoadError(Unavailable):
    """The application's database could not be read. Values: `database`, `status` (never an address)."""


@dataclass(frozen=True)
class UsageEvent:
    """One captured row, as `usage_event` holds it. Times and durations in microseconds, times in UTC."""

    id: int
    participant_id: str
    kind: str
    scope: str
    at_us: int
    modality: str = "site"
    synchrony: str = "none"
    place: str = ""
    item: str = ""
    reply_to: str = ""
    other_participant: str = ""
    other_class: str = "none"
    giver_role: str = "none"
    giver_training: str = "none"
    giver_pay: str = "none"
    length_chars: int = 0
    duration_us: int = 0
    position_from: int = 0
    position_to: int = 0


@dataclass(frozen=True)
class Enrolment:
    """A stretch [from_us, to_us] in which a person took part under one participant id and one set of scopes.

    Several rows may belong to one person (consent periods, scopes added or withdrawn, a restriction in between). When
    scopes change, one row ends where the next begins. `scopes` always holds `usage`.
    """

    person_id: str
    participant_id: str
    from_us: int
    to_us: int
    end_reason: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What a study adds to the measures; all of it may be left out.

    availability: (channel, from_us, to_us) stretches in which a channel was open to everybody.
    outages: (from_us, to_us) in which nothing could be used or recorded.
    intended_use: (measure, amount in a full period), stated and justified by the study; the measure is one of sessions,
        active_minutes, days_active, weeks_active.
    """

    availability: Sequence[tuple[str, int, int]] = ()
    outages: Sequence[tuple[int, int]] = ()
    intended_use: tuple[str, float] | None = None


# Column by column what is read, and as what. Nothing else of the row leaves the application's database.
_COLUMNS: dict[str, str] = {
    "id": "BIGINT",
    "participant_id": "VARCHAR",
    "kind": "VARCHAR",
    "scope": "VARCHAR",
    "at_us": "BIGINT",
    "modality": "VARCHAR",
    "synchrony": "VARCHAR",
    "place": "VARCHAR",
    "item": "VARCHAR",
    "reply_to": "VARCHAR",
    "other_participant": "VARCHAR",
    "other_class": "VARCHAR",
    "giver_role": "VARCHAR",
    "giver_training": "VARCHAR",
    "giver_pay": "VARCHAR",
    "length_chars": "BIGINT",
    "duration_us": "BIGINT",
    "position_from": "BIGINT",
    "position_to": "BIGINT",
}


def load_enrolment(con: duckdb.DuckDBPyConnection, enrolments: Iterable[Enrolment]) -> int:
    """Say who takes part; whoever is not here is not loaded. Returns the number of rows.

    Raises:
        Invalid: an id with characters that are not allowed, a stretch that ends before it begins, an unknown reason or
            scope, no `usage`, or a participant id that two people share.
    """
    rows: list[tuple[object, ...]] = []
    person_of: dict[str, str] = {}
    for one in enrolments:
        _check_enrolment(one)
        if person_of.setdefault(one.participant_id, one.person_id) != one.person_id:
            raise Invalid("enrolment", problem="two people share a participant id")
        rows.append(
            (one.person_id, one.participant_id, one.from_us, one.to_us, one.end_reason, " ".join(one.scopes))
        )
    types = ("VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "VARCHAR", "VARCHAR")
    return _insert(con, "enrolment", types, iter(rows))


def _check_enrolment(one: Enrolment) -> None:
    if not (_ID.fullmatch(one.participant_id) and _ID.fullmatch(one.person_id)):
        raise Invalid("enrolment", problem="an id holds characters that are not allowed")
    if one.from_us >= one.to_us:
        raise Invalid("enrolment", problem="it ends before it begins")
    if one.end_reason not in END_REASONS:
        raise Invalid("enrolment", problem="unknown end_reason")
    if (
        "usage" not in one.scopes
        or len(set(one.scopes)) != len(one.scopes)
        or set(one.scopes) - set(CAPTURE_SCOPES)
    ):
        raise Invalid("enrolment", problem="scopes hold usage, and others of the capture scopes, each once")


def load_context(con: duckdb.DuckDBPyConnection, context: Context) -> None:
    """Say when channels were open, when nothing worked, and what use a study intends."""
    _insert(con, "availability", ("VARCHAR", "BIGINT", "BIGINT"), iter(context.availability))
    _insert(con, "outage", ("BIGINT", "BIGINT"), iter(context.outages))
    if context.intended_use:
        _insert(con, "intended_use", ("VARCHAR", "DOUBLE"), iter([context.intended_use]))


def load_rows(con: duckdb.DuckDBPyConnection, rows: Iterable[UsageEvent]) -> int:
    """Load events from Python. Returns how many. Rows of people who are not enrolled are ignored by the measures."""
    return _insert(con, "usage_event", tuple(_COLUMNS.values()), map(attrgetter(*_COLUMNS), rows))


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, types: Sequence[str], rows: Iterator[tuple[object, ...]]
) -> int:
    """Insert rows as columns of lists: DuckDB is a hundred times slower row by row."""
    cells = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    count = 0
    while chunk := list(islice(rows, _ROWS_PER_INSERT)):
        con.execute(
            f"INSERT INTO {table} SELECT {cells}", [list(column) for column in zip(*chunk, strict=True)]
        )
        count += len(chunk)
    return count


def load_sqlite(con: duckdb.DuckDBPyConnection, path: Path | str, *, before_us: int | None = None) -> int:
    """Load the enrolled participants' events (those before `before_us`, if given) from a SQLite file, read-only.

    Returns how many.

    Raises:
        LoadError: the file or its `usage_event` table cannot be read.
    """

    def connect() -> Any:
        return adbc_driver_sqlite.connect(f"file:{quote(str(path))}?mode=ro")

    return _load(con, "sqlite", connect, before_us)


def load_postgres(con: duckdb.DuckDBPyConnection, uri: str, *, before_us: int | None = None) -> int:
    """Load the enrolled participants' events (those before `before_us`, if given) from PostgreSQL.

    `uri` may be SQLAlchemy's form (postgresql+psycopg://). It is handed to the driver inside this process and is in no
    error. Returns how many rows.

    Raises:
        LoadError: the database or its `usage_event` table cannot be read.
    """

    def connect() -> Any:
        return adbc_driver_postgresql.connect(re.sub(r"^postgresql\+\w+:", "postgresql:", uri))

    return _load(con, "postgresql", connect, before_us)


def _load(
    con: duckdb.DuckDBPyConnection, kind: str, connect: Callable[[], Any], before_us: int | None
) -> int:
    status = ""
    try:
        with closing(connect()) as database, adbc_driver_manager.AdbcConnection(database) as source:
            return _copy(con, source, snapshot=kind == "postgresql", before_us=before_us)
    except adbc_driver_manager.Error as error:
        status = " ".join(filter(None, (error.status_code.name, error.sqlstate)))
    except duckdb.Error as error:
        status = type(error).__name__
    # Raised outside the handlers: a driver's message can hold the address, and would hang on as the error's context.
    raise LoadError("research_source_unreadable", database=kind, status=status)


def _copy(
    con: duckdb.DuckDBPyConnection,
    source: adbc_driver_manager.AdbcConnection,
    *,
    snapshot: bool,
    before_us: int | None,
) -> int:
    ids = [
        row[0] for row in con.execute("SELECT DISTINCT participant_id FROM enrolment ORDER BY 1").fetchall()
    ]
    before = "" if before_us is None else f" AND at_us < {int(before_us)}"
    names = ", ".join(_COLUMNS)
    # One transaction, so that everybody is read as of the same moment.
    source.set_autocommit(False)
    if snapshot:
        _run(source, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    count = 0
    for start in range(0, len(ids), _IDS_PER_QUERY):
        quoted = ", ".join(f"'{one}'" for one in ids[start : start + _IDS_PER_QUERY])
        # Fixed names, and ids that load_enrolment let through.
        query = f"SELECT {names} FROM usage_event WHERE participant_id IN ({quoted}){before}"  # noqa: S608
        count += _stream(con, source, query)
    source.rollback()
    return count


def _run(source: adbc_driver_manager.AdbcConnection, sql: str) -> None:
    with adbc_driver_manager.AdbcStatement(source) as statement:
        statement.set_sql_query(sql)
        statement.execute_update()


def _stream(con: duckdb.DuckDBPyConnection, source: adbc_driver_manager.AdbcConnection, sql: str) -> int:
    """Run a query there and insert its Arrow stream here. Columns are cast: SQLite's types are guesses."""
    casts = ", ".join(f"CAST({name} AS {kind})" for name, kind in _COLUMNS.items())
    insert = f"INSERT INTO usage_event SELECT {casts} FROM incoming"  # noqa: S608 (fixed names)
    with adbc_driver_manager.AdbcStatement(source) as statement:
        statement.set_sql_query(sql)
        stream, _ = statement.execute_query()
        con.register("incoming", stream)
        try:
            (inserted,) = con.execute(insert).fetchall()[0]
        finally:
            con.unregister("incoming")
            stream.release()
    return int(inserted)
