"""The research engine: DuckDB in memory, the measures as SQL files, each made into a table `measure_<name>`.

    with open_engine(spill_dir, "1GB") as con:
        load_enrolment(con, enrolments)
        load_sqlite(con, path)          # or load_postgres(con, uri)
        results = run_all(con, StudyWindow(from_us, cut_us))

Nothing is written but DuckDB's own spill files, in a folder that only this account can read and that is emptied. After
`run_all` the tables of the preludes (`session`, `dyad`, `tie`, ...) are there too, for rows a controlled dataset holds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from peerspace.kernel.errors import PeerSpaceError
from peerspace.research.measures.headers import MISSING_REASONS, Family, Measure, read_families
from peerspace.research.measures.load import (
    CAPTURE_SCOPES,
    END_REASONS,
    Context,
    Enrolment,
    LoadError,
    UsageEvent,
    load_context,
    load_enrolment,
    load_postgres,
    load_rows,
    load_sqlite,
)

__all__ = [
    "CAPTURE_SCOPES",
    "END_REASONS",
    "Context",
    "Enrolment",
    "LoadError",
    "MeasureResult",
    "MeasureResultError",
    "StudyWindow",
    "UsageEvent",
    "codebook",
    "families",
    "load_context",
    "load_enrolment",
    "load_postgres",
    "load_rows",
    "load_sqlite",
    "open_engine",
    "run_all",
]

DAY_US = 86_400_000_000
_FOLDER = Path(__file__).parent


class MeasureResultError(PeerSpaceError):
    """A measure did not keep its own contract: wrong columns, a value without a reason, a reason that is not listed.

    Values: `measure`, `problem`.
    """

    def __init__(self, measure: str, problem: str) -> None:
        super().__init__("measure_result", measure=measure, problem=problem)


@dataclass(frozen=True)
class StudyWindow:
    """What is measured: [from_us, cut_us) in UTC microseconds, in consecutive periods of period_us (four weeks)."""

    from_us: int
    cut_us: int
    period_us: int = 28 * DAY_US

    def __post_init__(self) -> None:
        if self.from_us >= self.cut_us or self.period_us < DAY_US:
            raise MeasureResultError("window", "it ends before it begins, or its periods are under a day")

    def periods(self) -> list[tuple[int, int, int, bool]]:
        """(number from 1, from, to, complete) of each period; the last may be cut short."""
        starts = range(self.from_us, self.cut_us, self.period_us)
        return [
            (number, start, min(start + self.period_us, self.cut_us), start + self.period_us <= self.cut_us)
            for number, start in enumerate(starts, 1)
        ]


@dataclass(frozen=True)
class MeasureResult:
    """A measure that was made: its header, and how many rows its table holds."""

    measure: Measure
    rows: int

    @property
    def table(self) -> str:
        """The table in the engine that holds them."""
        return self.measure.table


@cache
def families() -> tuple[Family, ...]:
    """Every family with its measures, in the order they are made.

    Raises:
        MeasureHeaderError: a header is incomplete.
    """
    return read_families(_FOLDER)


def codebook() -> list[Measure]:
    """The header of every measure.

    Raises:
        MeasureHeaderError: a header is incomplete.
    """
    return [measure for family in families() for measure in family.measures]


@contextmanager
def open_engine(
    spill_dir: Path | str, memory_limit: str = "2GB", threads: int = 2
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine with empty input tables, for one run.

    What does not fit in `memory_limit` (as DuckDB writes it: '512MB', '2GB') spills into a folder of this run under
    `spill_dir`. Both have mode 0700; the run's folder is deleted afterwards, and so is that of a run that was killed.
    """
    with _spill_folder(Path(spill_dir)) as folder:
        con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(folder),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                "preserve_insertion_order": False,
            },
        )
        try:
            con.execute((_FOLDER / "schema.sql").read_text("utf-8"))
            yield con
        finally:
            con.close()


@contextmanager
def _spill_folder(root: Path) -> Iterator[Path]:
    """A folder of one's own under root, held by a lock that ends with the process, so that leftovers can be told."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    with _locked(root):
        for left in root.glob("spill-*"):
            _remove_unless_held(left)
        folder = Path(tempfile.mkdtemp(prefix="spill-", dir=root))
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_unless_held(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def run_all(
    con: duckdb.DuckDBPyConnection, window: StudyWindow, *, session_limits: Sequence[int] = (15, 30, 60)
) -> list[MeasureResult]:
    """Make every measure from what was loaded. May be run again on the same engine with another window.

    `session_limits` are minutes; 30 and 60 are always made, since measures stand on them.

    Raises:
        MeasureHeaderError: a header is incomplete.
        MeasureResultError: a measure broke its contract (see `MeasureResultError`).
    """
    _set_window(con, window, session_limits)
    for prelude in sorted(_FOLDER.glob("prelude_*.sql")):
        con.execute(prelude.read_text("utf-8"))
    return [_make(con, measure) for measure in codebook()]


def _set_window(con: duckdb.DuckDBPyConnection, window: StudyWindow, session_limits: Sequence[int]) -> None:
    # The same as variables, which the planner sees as constants.
    con.execute("SET VARIABLE window_from_us = ?::BIGINT", [window.from_us])
    con.execute("SET VARIABLE window_cut_us = ?::BIGINT", [window.cut_us])
    con.execute("SET VARIABLE window_period_us = ?::BIGINT", [window.period_us])
    con.execute("DELETE FROM study_window; DELETE FROM period; DELETE FROM session_limit")
    con.execute(
        "INSERT INTO study_window VALUES (?, ?, ?)", [window.from_us, window.cut_us, window.period_us]
    )
    con.executemany("INSERT INTO period VALUES (?, ?, ?, ?)", window.periods())
    con.executemany(
        "INSERT INTO session_limit VALUES (?)", [[minutes] for minutes in {*session_limits, 30, 60}]
    )


def _make(con: duckdb.DuckDBPyConnection, measure: Measure) -> MeasureResult:
    con.execute(f"CREATE OR REPLACE TABLE {measure.table} AS {measure.sql}")
    columns = tuple(name for name, *_ in con.table(measure.table).description)
    if columns != measure.columns:
        raise MeasureResultError(
            measure.name, f"columns are {', '.join(columns)}, not {', '.join(measure.columns)}"
        )
    keys = ", ".join(column for column in measure.columns if column not in ("value", "n", "missing"))
    check = f"""SELECT count(*), count(DISTINCT ({keys},)),
                       count(*) FILTER (WHERE missing IS NULL OR (value IS NULL) <> (missing <> '')),
                       count(*) FILTER (WHERE missing <> '' AND NOT list_contains(?, missing))
                FROM {measure.table}"""  # noqa: S608 (names of columns and tables come from the files here)
    rows, distinct, silent, unlisted = con.execute(check, [list(MISSING_REASONS)]).fetchall()[0]
    if rows != distinct:
        raise MeasureResultError(measure.name, f"{rows - distinct} rows have the key of another")
    if silent:
        raise MeasureResultError(measure.name, f"{silent} rows lack a value without a reason, or have both")
    if unlisted:
        raise MeasureResultError(measure.name, f"{unlisted} rows give a reason that is not listed")
    return MeasureResult(measure=measure, rows=rows)
