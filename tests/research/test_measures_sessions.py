"""Sessions, against ten lines of Python that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerspace.research.measures.engine import (
    Enrolment,
    UsageEvent,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from tests.research.fixtures_measures import EVERY, MINUTE, SECOND, WINDOW, values

LIMITS = (15, 30, 60)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine(tmp_path_factory.mktemp("spill")) as con:
        everybody = [Enrolment(name, name, WINDOW.from_us, WINDOW.cut_us, "cut", EVERY) for name in "ab"]
        load_enrolment(con, everybody)
        run_all(con, WINDOW)
        yield con


def reference(times: list[int], limit: int) -> tuple[int, int]:
    """(sessions, active microseconds) of one person's actions."""
    sessions = active = 0
    before: int | None = None
    for at in sorted(times):
        if before is None or at - before > limit * MINUTE:
            sessions += 1
            active += MINUTE
        else:
            active += min(at - before, 5 * MINUTE)
        before = at
    return sessions, active


# Pauses around the limits, to the microsecond, are what goes wrong; the rest is any pause up to two hours.
edges = [0, 1, 5 * MINUTE, *(limit * MINUTE + near for limit in LIMITS for near in (-1, 0, 1))]
pauses = st.lists(st.sampled_from(edges) | st.integers(0, 120 * MINUTE), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ann=pauses, ben=pauses, order=st.randoms(use_true_random=False))
def test_sessions_are_those_of_the_reference(
    con: duckdb.DuckDBPyConnection, ann: list[int], ben: list[int], order: Random
) -> None:
    times = {name: _times(steps) for name, steps in (("a", ann), ("b", ben))}
    rows = [(name, at) for name, moments in times.items() for at in moments]
    order.shuffle(rows)
    con.execute("CREATE OR REPLACE TABLE action (grp VARCHAR, id BIGINT, at_us BIGINT)")
    if rows:
        con.executemany(
            "INSERT INTO action VALUES (?, ?, ?)", [(name, i, at) for i, (name, at) in enumerate(rows)]
        )
    found = con.execute(
        "SELECT grp, limit_min, count(*), sum(active_us)::BIGINT FROM split_sessions('action') GROUP BY ALL"
    ).fetchall()
    expected = {
        (name, limit): reference(moments, limit)
        for name, moments in times.items()
        if moments
        for limit in LIMITS
    }
    assert {(name, limit): (count, active) for name, limit, count, active in found} == expected


def _times(steps: list[int]) -> list[int]:
    moments, at = [], WINDOW.from_us
    for step in steps:
        at += step
        moments.append(at)
    return moments


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(0, 90 * MINUTE), min_size=1, max_size=40))
def test_a_whole_run_counts_the_same(con: duckdb.DuckDBPyConnection, steps: list[int]) -> None:
    times = [WINDOW.from_us + SECOND + sum(steps[:i]) for i in range(len(steps))]
    con.execute("DELETE FROM usage_event")
    load_rows(con, [UsageEvent(i, "a", "thread_opened", "usage", at) for i, at in enumerate(times)])
    run_all(con, WINDOW)
    assert sum(values(con, "sessions", person_id="a").values()) == reference(times, 30)[0]
    assert sum(values(con, "sessions_60", person_id="a").values()) == reference(times, 60)[0]
    minutes = sum(values(con, "active_minutes", person_id="a").values())
    assert minutes == pytest.approx(reference(times, 30)[1] / MINUTE)
    assert set(values(con, "sessions", person_id="b").values()) == {0}
