"""Loading over ADBC from both databases, and what must never be loaded, written or told."""

from __future__ import annotations

import sqlite3
import stat
import traceback
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import create_engine, make_url, text

from peerspace.kernel.errors import Invalid
from peerspace.research.measures import engine
from peerspace.research.measures.engine import (
    LoadError,
    UsageEvent,
    codebook,
    load_context,
    load_enrolment,
    load_postgres,
    load_rows,
    load_sqlite,
    open_engine,
    run_all,
)
from tests.research.fixtures_measures import CONTEXT, ENROLMENTS, EVENTS, WINDOW, moment

COLUMNS = list(UsageEvent.__dataclass_fields__)
WHOLE = {"id", "at_us", "length_chars", "duration_us", "position_from", "position_to"}
#: As the application has it, and a column more that nobody may read.
TABLE = "CREATE TABLE usage_event ({}, account_id BIGINT)".format(
    ", ".join(f"{name} {'BIGINT' if name in WHOLE else 'VARCHAR(64)'} NOT NULL" for name in COLUMNS)
)
ROWS = [(*astuple(event), 7) for event in EVENTS]
LOADED = sum(event.participant_id != "zz" for event in EVENTS)

Everything = dict[str, list[tuple[Any, ...]]]


def everything(con: duckdb.DuckDBPyConnection) -> Everything:
    """Every measure's whole table."""
    run_all(con, WINDOW)
    return {one.name: con.execute(f"SELECT * FROM {one.table} ORDER BY ALL").fetchall() for one in codebook()}


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine(tmp_path / "spill") as con:
        load_enrolment(con, ENROLMENTS)
        load_context(con, CONTEXT)
        yield con


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """What the rows give when loaded from Python."""
    with open_engine(tmp_path_factory.mktemp("spill")) as con:
        load_enrolment(con, ENROLMENTS)
        load_context(con, CONTEXT)
        load_rows(con, EVENTS)
        return everything(con)


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "a folder with spaces?" / "peer%20space.db"
    path.parent.mkdir()
    source = sqlite3.connect(path)
    source.execute("PRAGMA journal_mode = WAL")
    source.execute(TABLE)
    source.executemany(f"INSERT INTO usage_event VALUES ({', '.join('?' * len(ROWS[0]))})", ROWS)
    source.commit()
    source.close()
    return path


@pytest.fixture
def postgres_schema(postgres_database: str) -> Iterator[str]:
    """The address of a schema of this test's own that holds the rows."""
    admin = create_engine(postgres_database)
    names = ", ".join([*COLUMNS, "account_id"])
    marks = ", ".join(f":{name}" for name in [*COLUMNS, "account_id"])
    with admin.begin() as connection:
        connection.execute(text("CREATE SCHEMA measures_here"))
        connection.execute(text("SET LOCAL search_path = measures_here"))
        connection.execute(text(TABLE))
        filled = [dict(zip([*COLUMNS, "account_id"], row, strict=True)) for row in ROWS]
        connection.execute(text(f"INSERT INTO usage_event ({names}) VALUES ({marks})"), filled)
    address = make_url(postgres_database).update_query_dict({"options": "-csearch_path=measures_here"})
    yield address.render_as_string(hide_password=False)
    with admin.begin() as connection:
        connection.execute(text("DROP SCHEMA measures_here CASCADE"))
    admin.dispose()


def test_sqlite_gives_the_same_as_rows(
    con: duckdb.DuckDBPyConnection, sqlite_file: Path, expected: Everything
) -> None:
    before = sqlite_file.read_bytes()
    assert load_sqlite(con, sqlite_file) == LOADED
    assert everything(con) == expected
    assert sqlite_file.read_bytes() == before


@pytest.mark.postgres
def test_postgresql_gives_the_same_as_rows(
    con: duckdb.DuckDBPyConnection, postgres_schema: str, expected: Everything
) -> None:
    assert "+psycopg" in postgres_schema
    assert load_postgres(con, postgres_schema) == LOADED
    assert everything(con) == expected


def test_only_enrolled_participants_and_named_columns_are_read(
    con: duckdb.DuckDBPyConnection, sqlite_file: Path
) -> None:
    load_sqlite(con, sqlite_file, before_us=moment(84))
    assert con.execute("SELECT count(*) FROM usage_event").fetchall() == [(LOADED - 1,)]
    assert con.execute("SELECT count(*) FROM usage_event WHERE participant_id = 'zz'").fetchall() == [(0,)]
    assert "account_id" not in [name for name, *_ in con.execute("DESCRIBE usage_event").fetchall()]


def test_participants_are_asked_for_in_portions(
    con: duckdb.DuckDBPyConnection, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerspace.research.measures.load._IDS_PER_QUERY", 2)
    assert load_sqlite(con, sqlite_file) == LOADED


def test_nobody_enrolled_gives_no_rows_and_no_failure(tmp_path: Path, sqlite_file: Path) -> None:
    with open_engine(tmp_path / "spill") as con:
        assert load_sqlite(con, sqlite_file) == 0
        results = run_all(con, WINDOW)
        # What counts events of each kind says 0; whatever is about a person has no row.
        assert sum(one.rows for one in results if one.measure.grain != "aggregate") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("participant_id", "a'; DROP TABLE usage_event; --"),
        ("participant_id", ""),
        ("person_id", "Ann Smith"),
        ("to_us", 0),
        ("end_reason", "bored"),
        ("scopes", ("time",)),
        ("scopes", ("usage", "everything")),
        ("scopes", ("usage", "usage")),
        ("participant_id", "b1"),
    ],
)
def test_an_enrolment_that_cannot_be_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    with open_engine(tmp_path / "spill") as con, pytest.raises(Invalid):
        load_enrolment(con, [replace(ENROLMENTS[0], **{field: value}), *ENROLMENTS[1:]])


def test_a_database_that_cannot_be_read_is_an_error(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="sqlite"):
        load_sqlite(con, tmp_path / "nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(LoadError, match="sqlite"):
        load_sqlite(con, tmp_path / "empty.db")
    (tmp_path / "not.db").write_text("This is no database at all, only words." * 40)
    with pytest.raises(LoadError, match="sqlite"):
        load_sqlite(con, tmp_path / "not.db")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://member:open-sesame@127.0.0.1:1/peerspace",
        "postgresql+psycopg://member:open-sesame@127.0.0.1:1/peerspace?nonsense=open-sesame",
        "postgresql://member:open-sesame@127.0.0.1:open-sesame/peerspace",
        "postgres//open-sesame",
    ],
)
def test_an_address_is_in_no_error(
    con: duckdb.DuckDBPyConnection,
    address: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(LoadError, match="postgresql") as raised:
        load_postgres(con, address)
    error = raised.value
    assert error.__context__ is None
    assert error.__cause__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.values)
    assert "open-sesame" not in told + caplog.text + "".join(capfd.readouterr())


def test_spill_files_are_private_and_gone(tmp_path: Path) -> None:
    root = tmp_path / "spill"
    left = root / "spill-killed"
    left.mkdir(parents=True)
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"somebody's rows")
    other = root / "kept"
    other.mkdir()
    with open_engine(root, "64MB") as con, open_engine(root):
        assert not left.exists()
        assert len(list(root.glob("spill-*"))) == 2
        # Larger than the memory it may use.
        con.execute(
            "CREATE TABLE much AS SELECT range AS i, md5(range::VARCHAR) AS words FROM range(3_000_000)"
        )
        assert con.execute("SELECT count(*) FROM (SELECT * FROM much ORDER BY words)").fetchall() == [
            (3_000_000,)
        ]
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        spilled = [path for path in root.rglob("*") if path.is_file()]
        assert spilled
        assert all(stat.S_IMODE(path.parent.stat().st_mode) == 0o700 for path in spilled)
    assert list(root.iterdir()) == [other]


def test_spill_files_are_gone_after_a_failure(tmp_path: Path) -> None:
    def fail() -> None:
        with open_engine(tmp_path / "spill") as con:
            con.execute("SELECT no_such_column")

    with pytest.raises(duckdb.BinderException):
        fail()
    assert list((tmp_path / "spill").iterdir()) == []


def test_a_window_has_whole_periods_and_a_short_last_one() -> None:
    day = engine.DAY_US
    window = engine.StudyWindow(0, 60 * day)
    assert window.periods() == [
        (1, 0, 28 * day, True),
        (2, 28 * day, 56 * day, True),
        (3, 56 * day, 60 * day, False),
    ]
    with pytest.raises(engine.MeasureResultError):
        engine.StudyWindow(5, 5)
