"""Attrition against a truth that is known: people who come in over time, act, stop, leave or take consent back.

The simulation is drawn to its end, so the share that has lapsed or left by each day is counted without censoring. What
a study sees of it is cut: people enter all through twelve weeks, and some take consent back. The measures and the
numbers of the open table have to find the truth again from what is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from peerspace.research.disclosure.derive import derived
from peerspace.research.disclosure.read import Source, fill_retention
from peerspace.research.disclosure.rules import publishable_count
from peerspace.research.disclosure.truth import Truth
from peerspace.research.measures import engine
from peerspace.research.measures.engine import StudyWindow, codebook, open_engine

Numbers = np.ndarray[Any, np.dtype[Any]]
DAY = 86_400_000_000
WEEKS_12 = 84.0
HALF_LIFE = 45.0
PAUSE = 28.0
RESTRICTED = 10.0
RATES = np.array([0.7, 4.0, 12.0])
"""Days between two actions of heavy, middling and light users, on average."""
ACTIONS = 170
FOLDER = Path(engine.__file__).parent


class People:
    """`n` people from their first action on, in days, drawn to the end: actions, when they lapse, when they leave.

    `restricted`: most heavy users may only read for a while, early on. That time counts for no pause, so everything of
    theirs that would have happened later happens so much later.
    """

    def __init__(self, dice: np.random.Generator, n: int, *, restricted: bool = False) -> None:
        self.dice, self.n = dice, n
        stops = dice.exponential(HALF_LIFE / np.log(2), n)
        self.leaves = dice.exponential(400.0, n)
        kind = dice.choice(3, n, p=[0.3, 0.5, 0.2])
        gaps = dice.exponential(RATES[kind][:, None], (n, ACTIONS))
        times = np.concatenate([np.zeros((n, 1)), gaps.cumsum(axis=1)], axis=1)
        times[times > np.minimum(stops, self.leaves)[:, None]] = np.inf
        self.actions = times
        following = np.concatenate([times[:, 1:], np.full((n, 1), np.inf)], axis=1)
        with np.errstate(invalid="ignore"):
            long = np.isfinite(times) & (following - times >= PAUSE)
        pause = times[np.arange(n), long.argmax(axis=1)]
        self.lapses = pause + PAUSE
        self.lapses[self.lapses > self.leaves] = np.inf
        self.restricted_from = np.where(
            restricted & (kind == 0) & (dice.random(n) < 0.8), dice.uniform(1.0, 25.0, n), np.inf
        )
        for times in (self.actions, self.lapses, self.leaves):
            times += RESTRICTED * (self.restricted_from < times.T).T

    def truth(self, day: float) -> tuple[float, float]:
        """The shares that have lapsed, and that have left before that, by a day after the first action."""
        left = (self.leaves <= day) & ~np.isfinite(self.lapses)
        return float((self.lapses <= day).mean()), float(left.mean())

    def seen(self, con: duckdb.DuckDBPyConnection) -> None:
        """What a study of twelve weeks sees, as the tables that attrition stands on: its spells and own actions."""
        entered = self.dice.uniform(0, WEEKS_12, self.n)
        stopped = self.dice.exponential(250.0, self.n)
        until = np.minimum(np.minimum(self.leaves, stopped), WEEKS_12 - entered)
        reason = np.where(until == self.leaves, "left", np.where(until == stopped, "stopped", "cut"))
        kept_out, back = until > self.restricted_from, self.restricted_from + RESTRICTED
        again = np.nonzero(until > back)[0]
        who, which = np.nonzero(self.actions <= until[:, None])
        con.execute("CREATE OR REPLACE TABLE person AS SELECT unnest(range(?)) AS person_id", [self.n])
        con.execute(
            "CREATE OR REPLACE TABLE spell AS SELECT unnest(?::BIGINT[]) AS person_id, "
            "unnest(?::INTEGER[]) AS spell_no, unnest(?::BIGINT[]) AS from_us, unnest(?::BIGINT[]) AS to_us, "
            "unnest(?::VARCHAR[]) AS end_reason",
            [
                [*range(self.n), *again.tolist()],
                [1] * self.n + [2] * len(again),
                in_us(np.concatenate([entered, (entered + back)[again]])),
                in_us(
                    np.concatenate(
                        [entered + np.minimum(until, self.restricted_from), (entered + until)[again]]
                    )
                ),
                [*np.where(kept_out, "restricted", reason).tolist(), *reason[again].tolist()],
            ],
        )
        con.execute(
            "CREATE OR REPLACE TABLE own_action AS SELECT unnest(range(?)) AS id, unnest(?::BIGINT[]) AS person_id, "
            "unnest(?::BIGINT[]) AS at_us",
            [len(who), who.tolist(), in_us(entered[who] + self.actions[who, which])],
        )


def in_us(days: Numbers) -> list[int]:
    found: list[int] = (days * DAY).astype(np.int64).tolist()
    return found


def prepared(con: duckdb.DuckDBPyConnection) -> None:
    cut = int(WEEKS_12 * DAY)
    con.execute((FOLDER / "prelude_1_macros.sql").read_text("utf-8"))
    con.execute(f"SET VARIABLE window_cut_us = {cut}::BIGINT")
    con.execute("INSERT INTO study_window VALUES (0, ?, ?)", [cut, StudyWindow(0, cut).period_us])


def estimates(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """The exact measures, and the open table's shares from its rounded numbers, by name."""
    con.execute((FOLDER / "prelude_5_attrition.sql").read_text("utf-8"))
    found: dict[str, float] = {}
    for measure in codebook():
        if measure.name in ("retention", "endings"):
            rows = con.execute(measure.sql).fetchall()
            found |= {f"{measure.name} {stat}": value for *_, stat, value, _, _ in rows if value is not None}
    truth = Truth()
    fill_retention(Source(con, 0, int(WEEKS_12 * DAY), 28 * DAY, {}), truth)
    published = {key: publishable_count(cell.truth) for key, cell in truth.cells.items()}
    return found | derived(truth.rows, published, {})


def mean_bias(runs: int, n: int, spill: Path, *, restricted: bool = False) -> dict[str, float]:
    """Mean over runs of estimate less truth, of everything that is told at days 28 and 56."""
    everybody = People(np.random.default_rng(1), 40_000, restricted=restricted)
    wanted: dict[str, float] = {}
    for step in (1, 2):
        lapsed, left = everybody.truth(28.0 * step)
        wanted |= {
            f"endings lapsed_day_{28 * step}": lapsed,
            f"endings departed_day_{28 * step}": left,
            f"retention.lapsed_share[{step}]": lapsed,
            f"retention.share[{step}]": 1 - lapsed - left,
        }
    sums = dict.fromkeys(wanted, 0.0)
    with open_engine(spill) as con:
        prepared(con)
        for run in range(runs):
            People(np.random.default_rng(100 + run), n, restricted=restricted).seen(con)
            found = estimates(con)
            for name in sums:
                sums[name] += found[name]
    return {name: total / runs - wanted[name] for name, total in sums.items()}


@pytest.mark.parametrize(("runs", "n"), [(6, 2_000), pytest.param(200, 4_000, marks=[pytest.mark.slow])])
def test_a_known_attrition_is_found_again(runs: int, n: int, tmp_path: Path) -> None:
    """Staggered entry, half-life 45 days, leaves and withdrawals, heavy and light users: bias of .02 at most."""
    bias = mean_bias(runs, n, tmp_path)
    assert {name: round(value, 3) for name, value in bias.items() if abs(value) > 0.02} == {}


def test_a_restriction_stops_the_clock_and_not_the_following(tmp_path: Path) -> None:
    """Heavy users are restricted for ten days: censored there, whoever is left would be those who lapse sooner."""
    bias = mean_bias(6, 2_000, tmp_path, restricted=True)
    assert {name: round(value, 3) for name, value in bias.items() if abs(value) > 0.02} == {}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine(tmp_path_factory.mktemp("spill")) as con:
        prepared(con)
        yield con


def test_nothing_is_told_past_the_last_follow_up(con: duckdb.DuckDBPyConnection) -> None:
    """Everybody came in after day 40, so nobody was followed for 56 days, and all who came once have lapsed."""
    con.execute("CREATE OR REPLACE TABLE person AS SELECT unnest(range(30)) AS person_id")
    con.execute(
        f"CREATE OR REPLACE TABLE spell AS SELECT person_id, 1 AS spell_no, (40 + person_id % 3) * {DAY} AS from_us, "
        f"84 * {DAY} AS to_us, 'cut' AS end_reason FROM person"
    )
    con.execute(
        "CREATE OR REPLACE TABLE own_action AS SELECT person_id AS id, person_id, from_us AS at_us FROM spell"
    )
    found = estimates(con)
    assert {name: value for name, value in found.items() if "56" in name or "[2]" in name} == {}
    assert (found["retention day_28"], found["retention.share[1]"]) == (0, 0)
    assert con.execute("SELECT count(*) FROM attrition WHERE observed_us = 28 * 86400000000").fetchall() == [
        (30,)
    ]
