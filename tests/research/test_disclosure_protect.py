"""Complementary suppression and the audit by linear programming, on tables small enough to check by hand."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerspace.research.disclosure.audit import AuditFailed, intervals
from peerspace.research.disclosure.cells import Cell, Inequality, Line, Structure, cell_key
from peerspace.research.disclosure.levels import CHANNELS, COUNT_BANDS, MINUTE_BANDS, SESSION_BANDS
from peerspace.research.disclosure.protect import Protected, protect
from peerspace.research.disclosure.rules import WIDTH, publishable_sum, round_to_base, suppress_small
from peerspace.research.disclosure.structure import release_structure


def count(key: str, truth: int, cost: int = 1) -> Cell:
    return Cell(key, truth, "count", not suppress_small(truth), cost)


def grid(rows: list[list[int]]) -> tuple[list[Cell], Structure]:
    """A two-way table with row, column and grand totals, tied by rows, columns and the totals."""
    height, width = len(rows), len(rows[0])
    key = lambda r, c: cell_key("grid", "n", (r, c))  # noqa: E731 - a name for one expression
    truth = {(str(r), str(c)): rows[r][c] for r in range(height) for c in range(width)}
    truth |= {(str(r), "all"): sum(rows[r]) for r in range(height)}
    truth |= {("all", str(c)): sum(row[c] for row in rows) for c in range(width)}
    truth["all", "all"] = sum(map(sum, rows))
    levels_r, levels_c = [*map(str, range(height)), "all"], [*map(str, range(width)), "all"]
    lines = [Line(key(r, "all"), tuple(key(r, c) for c in levels_c[:-1])) for r in levels_r]
    lines += [Line(key("all", c), tuple(key(r, c) for r in levels_r[:-1])) for c in levels_c]
    cells = [count(key(r, c), n, cost=2 if "all" in (r, c) else 1) for (r, c), n in truth.items()]
    return cells, Structure(lines)


def hidden(result: Protected) -> set[str]:
    return {key for key, value in result.published.items() if value is None}


TEXTBOOK = [[20, 50, 10, 80], [40, 25, 3, 60], [30, 15, 55, 45]]


def test_the_textbook_attack_finds_a_lone_hidden_cell_exactly() -> None:
    """Unrounded, one hidden cell in a row with its total is no secret: the audit must say so."""
    cells, structure = grid(TEXTBOOK)
    published = {cell.key: cell.truth if cell.safe else None for cell in cells}
    assert intervals(published, structure, base=1) == {"grid.n[1,2]": (3, 3)}


@pytest.mark.parametrize("base", [1, 5])
def test_a_lone_hidden_cell_takes_others_with_it(base: int) -> None:
    """Hiding (1,2) = 3 needs a second cell in its row and in its column, and a fourth where those two
    meet.
    """
    cells, structure = grid(TEXTBOOK)
    result = protect(cells, structure, base=base)
    assert result.primary == {"grid.n[1,2]"}
    inner = {k for k in hidden(result) if "all" not in k}
    assert len(inner) >= 4
    for axis in (0, 1):
        place = [k[len("grid.n[") : -1].split(",")[axis] for k in inner]
        assert all(place.count(level) >= 2 for level in place)
    assert not result.given_up
    low, high = intervals(result.published, structure, base=base)["grid.n[1,2]"]
    assert low <= 3 <= high
    assert high - low >= WIDTH


def test_two_hidden_cells_may_still_be_too_narrow() -> None:
    """Two parts of a row, 6 and 5, unrounded: together 11, so either lies within 0 and 11. But beside 9 and
    1, whose column totals say that the first is 5 to 7, only the linear program sees it.
    """
    cells = [count("t.n[a]", 6), count("t.n[b]", 5), count("t.n[c]", 30), count("t.n[all]", 41)]
    cells += [count("s.n[a]", 5, cost=9), count("s.n[x]", 12), count("s.n[all]", 19, cost=9)]
    line = Line("t.n[all]", ("t.n[a]", "t.n[b]", "t.n[c]"))
    bounds = [Inequality(("t.n[a]", "s.n[x]"), ("s.n[all]",))]
    structure = Structure([line], bounds)
    published = {"t.n[a]": None, "t.n[b]": None, "t.n[c]": 30, "t.n[all]": 41, "s.n[x]": 12, "s.n[all]": 15}
    assert intervals(published, structure, base=1) == {"t.n[a]": (0, 3), "t.n[b]": (8, 11)}
    result = protect(cells, structure, base=1)
    assert "s.n[x]" not in result.primary
    for key, (low, high) in intervals(result.published, structure, base=1).items():
        assert high - low >= WIDTH, key


def test_hidden_parts_are_safe_when_added_together() -> None:
    """2 and 3 are hidden; their sum, 5, could be read off the total, so a third part goes too."""
    cells = [count(f"t.n[{k}]", n) for k, n in {"a": 2, "b": 3, "c": 30, "d": 40, "all": 75}.items()]
    structure = Structure([Line("t.n[all]", tuple(f"t.n[{k}]" for k in "abcd"))])
    assert hidden(protect(cells, structure, base=1)) == {"t.n[a]", "t.n[b]", "t.n[c]"}


def test_hidden_sums_are_safe_when_added_together() -> None:
    """Six people wrote in period 1, five others in period 2: each sum is hidden, and their total is not safe
    either as one person wrote most of it; so period 3 goes too.
    """
    written = {"1": [400, 2, 2, 2, 2, 2], "2": [3, 3, 3, 3, 3], "3": [9] * 30, "4": [8] * 40}
    key = {p: f"totals.contributions[forum,{p}]" for p in (*written, "0")}
    total = publishable_sum([v for values in written.values() for v in values])
    assert total is not None

    def together(keys: frozenset[str]) -> bool:
        return (
            publishable_sum([v for p, values in written.items() if key[p] in keys for v in values])
            is not None
        )

    cells = [Cell(key[p], sum(v), "sum", publishable_sum(v) is not None) for p, v in written.items()]
    cells.append(Cell(key["0"], sum(map(sum, written.values())), "sum", True, cost=5))
    structure = Structure([Line(key["0"], tuple(key[p] for p in written), together=together)])
    result = protect(cells, structure)
    assert result.primary == {key["1"], key["2"]}
    assert hidden(result) >= {key["1"], key["2"], key["3"]}
    # Unlike a count, a hidden sum needs an interval as wide as a fifth of itself.
    low, high = intervals(result.published, structure)[key["1"]]
    assert high - low >= 0.2 * sum(written["1"])


def test_a_link_between_tables_is_seen() -> None:
    """`people` + `nobody` = `all` across two tables: 57 and 57 would say that nobody was silent."""
    cells = [
        count("a.people[0]", 57),
        count("b.n[none]", 0),
        count("b.n[some]", 57),
        count("b.n[all]", 57, cost=9),
    ]
    cells[0] = count("a.people[0]", 57, cost=5)
    structure = Structure(
        [
            Line("b.n[all]", ("a.people[0]", "b.n[none]"), strict=False),
            Line("b.n[all]", ("b.n[none]", "b.n[some]")),
        ]
    )
    result = protect(cells, structure)
    assert result.published["b.n[all]"] == 55
    assert {"a.people[0]", "b.n[none]", "b.n[some]"} == hidden(result)


def test_only_what_keeps_a_cell_narrow_is_hidden_for_it() -> None:
    """`none` is told by `people` and `all`; the cheap bands of another table have nothing to do with it and stay."""
    cells = [count("a.people[0]", 57, cost=5), count("b.n[none]", 0), count("b.n[all]", 57, cost=9)]
    cells += [count(f"c.n[{band}]", n) for band, n in {"low": 20, "high": 37}.items()]
    cells.append(count("c.n[all]", 57, cost=9))
    structure = Structure(
        [
            Line("b.n[all]", ("a.people[0]", "b.n[none]"), strict=False),
            Line("c.n[all]", ("c.n[low]", "c.n[high]")),
            Line("b.n[all]", ("c.n[all]",)),
        ]
    )
    assert hidden(protect(cells, structure)) == {"b.n[none]", "a.people[0]"}


def test_nothing_small_hides_nothing() -> None:
    cells, structure = grid([[20, 50], [40, 25]])
    result = protect(cells, structure)
    assert hidden(result) == set()
    assert result.narrowest is None
    assert result.published["grid.n[all,all]"] == 135


def test_contradicting_numbers_are_told() -> None:
    structure = Structure([Line("t.n[all]", ("t.n[a]", "t.n[b]"))])
    with pytest.raises(AuditFailed):
        intervals({"t.n[a]": None, "t.n[b]": 50, "t.n[all]": 20}, structure)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.integers(0, 60), min_size=3, max_size=3), min_size=2, max_size=4))
def test_every_published_table_keeps_its_secrets(rows: list[list[int]]) -> None:
    """Published numbers contain the truth within rounding, add up within it, and no hidden cell can be
    narrowed.
    """
    cells, structure = grid(rows)
    result = protect(cells, structure)
    truth = {cell.key: cell.truth for cell in cells}
    for key, value in result.published.items():
        if value is not None:
            assert value % 5 == 0
            assert value >= 10
            assert abs(value - truth[key]) <= 2
    for line in structure.lines:
        shown = [result.published[key] for key in line.keys]
        assert sum(value is None for value in shown) != 1
        if None not in shown:
            *parts, total = [value for value in shown if value is not None]
            assert abs(sum(parts) - total) <= 2 * len(shown)
    for key, (low, high) in intervals(result.published, structure).items():
        assert low <= truth[key] <= high
        assert high - low >= WIDTH


def test_a_brute_force_search_agrees_with_the_linear_program() -> None:
    """Every table of whole numbers that fits what is published: the smallest and largest value of each hidden
    cell.
    """
    cells, structure = grid([[12, 4], [5, 14]])
    published = {cell.key: cell.truth for cell in cells} | {
        "grid.n[0,1]": None,
        "grid.n[1,0]": None,
        "grid.n[0,0]": None,
        "grid.n[1,1]": None,
    }
    worlds = [
        (a, b, c, d)
        for a, b, c, d in itertools.product(range(40), repeat=4)
        if a + b == 16 and c + d == 19 and a + c == 17 and b + d == 18
    ]
    found = intervals(published, structure, base=1)
    for place, name in enumerate(("0,0", "0,1", "1,0", "1,1")):
        values = [world[place] for world in worlds]
        assert found[f"grid.n[{name}]"] == (min(values), max(values))


def told(widths: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {key: high - low for key, (low, high) in widths.items()}


def forum_of(written: list[int]) -> tuple[list[Cell], dict[str, list[tuple[str | int, ...]]]]:
    """One channel over a window of one period: who wrote how much, and how much in all."""
    bands = Counter(next(band.name for band in reversed(COUNT_BANDS) if n >= band.low) for n in written)
    everybody, people = len(written), len(written) - bands["0"]
    full = {band.name: bands[band.name] for band in COUNT_BANDS} | {"all": everybody}
    safe = publishable_sum(written) is not None
    cells: list[Cell] = []
    rows: dict[str, list[tuple[str | int, ...]]] = {"totals": [], "contributions_distribution": []}
    for period in (0, 1):
        for band, n in full.items():
            rows["contributions_distribution"].append(("forum", period, band))
            cells.append(count(cell_key("contributions_distribution", "people", ("forum", period, band)), n))
        rows["totals"].append(("forum", period))
        cells += [
            Cell(cell_key("totals", "contributions", ("forum", period)), sum(written), "sum", safe, 5),
            count(cell_key("totals", "people", ("forum", period)), people, 4),
            count(cell_key("totals", "observed", ("forum", period)), everybody, 6),
        ]
    return cells, rows


def test_what_few_wrote_much_of_cannot_be_told_from_the_sum() -> None:
    """60 wrote once, 3 five times, one twenty times: 95 in all leaves room for one with twenty, by hand."""
    cells, rows = forum_of([1] * 60 + [5] * 3 + [20])
    structure = release_structure(rows)
    much = "contributions_distribution.people[forum,0,20+]"
    published = {cell.key: round_to_base(cell.truth) if cell.safe else None for cell in cells}
    published["contributions_distribution.people[forum,0,5-19]"] = None  # and it is open in period 1
    low, high = intervals(published, structure, [much])[much]
    assert (low, high) == (0, 1)
    result = protect(cells, structure)
    assert result.published["totals.contributions[forum,0]"] is None or much not in hidden(result)
    assert min(told(intervals(result.published, structure)).values()) >= WIDTH


def test_who_was_left_out_cannot_be_told_from_who_was_in() -> None:
    """10 consented and 10 are included: so at most two were left out, or withdrew."""
    steps = {"consented": 10, "included": 10, "excluded": 0, "withdrew": 0}
    cells = [count(cell_key("flow", "people", (step, "all")), n, 7) for step, n in steps.items()]
    structure = release_structure({"flow": [(step, "all") for step in steps]})
    published = {cell.key: cell.truth if cell.safe else None for cell in cells}
    found = intervals(published, structure)
    assert found == {"flow.people[excluded,all]": (0, 2), "flow.people[withdrew,all]": (0, 2)}
    result = protect(cells, structure)
    assert min(told(intervals(result.published, structure)).values()) >= WIDTH


def test_a_session_is_a_minute_and_pairs_meet_somewhere() -> None:
    rows: dict[str, list[tuple[str | int, ...]]] = {
        "sessions_distribution": [(0, band.name) for band in SESSION_BANDS],
        "active_minutes_distribution": [(0, band.name) for band in MINUTE_BANDS],
        "reciprocity": [("all", 0), ("all", 1), *((channel, 0) for channel in CHANNELS)],
    }
    published: dict[str, int | None] = {
        cell_key(table, "people", levels): 15 for table in list(rows)[:2] for levels in rows[table]
    }
    for column in ("pairs", "mutual", "one_way"):
        published |= {cell_key("reciprocity", column, levels): None for levels in rows["reciprocity"]}
    much = "sessions_distribution.people[0,20+]"
    published |= {much: None, "reciprocity.pairs[all,1]": 20}
    found = intervals(published, release_structure(rows), [much, "reciprocity.pairs[all,0]"])
    assert found[much] == (0, 42)  # 2 bands of 13 or more below it, 4 of at most 17 with any minutes
    assert found["reciprocity.pairs[all,0]"] == (18, 22)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([0, 1, 1, 1, 2, 4, 5, 7, 19, 20, 60, 99, 100, 150]), min_size=20, max_size=120)
)
def test_no_sum_tells_how_many_wrote_much(written: list[int]) -> None:
    cells, rows = forum_of(written)
    structure = release_structure(rows)
    result = protect(cells, structure)
    truth = {cell.key: cell.truth for cell in cells}
    for key, (low, high) in intervals(result.published, structure).items():
        assert low <= truth[key] <= high
        assert high - low >= WIDTH, key
