"""Ties written as formulas: how they are read, at which rows they hold, and what a row that is not there means."""

from __future__ import annotations

import pytest

from peerspace.research.disclosure.formulas import FormulaError, parse, ties
from peerspace.research.disclosure.specs import TABLES, Levels
from peerspace.research.disclosure.structure import release_structure

NAMES = {"channel": ("forum", "room"), "step": ("1", "2"), "period": ("1", "2")}


Rows = dict[str, set[tuple[str, ...]]]


def at(text: str, rows: Rows, untold: str = "flow") -> list[tuple[object, str, object]]:
    return [
        (dict(tie.left), tie.sign, dict(tie.right)) for tie in ties(parse("a", text), NAMES, rows, untold)
    ]


def test_a_formula_holds_at_every_level_of_its_names() -> None:
    rows: Rows = {"a": {("forum", "0"), ("forum", "1"), ("forum", "2"), ("room", "0"), ("room", "2")}}
    assert at("n[channel, 0] = sum(period) n[channel, period]", rows) == [
        ({"a.n[forum,0]": 1}, "=", {"a.n[forum,1]": 1, "a.n[forum,2]": 1}),
        ({"a.n[room,0]": 1}, "=", {"a.n[room,2]": 1}),  # the room was not there in period 1
    ]
    assert at("2*n[channel, 1] + m[channel, 1] <= n[channel, 0]", rows) == [
        ({"a.n[forum,1]": 2, "a.m[forum,1]": 1}, "<=", {"a.n[forum,0]": 1})
    ]


def test_the_next_step_and_a_list_of_levels() -> None:
    rows: Rows = {"a": {("1",), ("2",)}}
    assert at("n[step] + m[step+1] <= m[step]", rows) == [
        ({"a.n[1]": 1, "a.m[2]": 1}, "<=", {"a.m[1]": 1}),
        ({"a.n[2]": 1}, "<=", {"a.m[2]": 1}),
    ]
    assert at("n[1] <= sum(step: 2|3) n[step]", rows) == [({"a.n[1]": 1}, "<=", {"a.n[2]": 1})]


def test_what_is_not_told_is_not_nothing() -> None:
    """A step of the flow that is not told may be any number; another table's row that is not there was impossible."""
    rows: Rows = {"a": {("1",)}, "flow": {("included",)}}
    assert at("n[1] <= flow.n[asked]", rows) == []
    assert at("n[1] <= flow.n[included]", rows) == [({"a.n[1]": 1}, "<=", {"flow.n[included]": 1})]
    assert at("n[1] <= b.n[1]", rows) == []


@pytest.mark.parametrize(
    "text",
    [
        "n[1]",
        "n[1] < n[2]",
        "n <= m[1]",
        "n[1] + m[1] = n[2]",
        "n[1] = b.n[1]",
        "sum(step) n[step] == n[1]",
        "",
    ],
)
def test_a_formula_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse("a", text)


def test_every_tie_of_every_table_is_a_formula_of_columns_that_exist() -> None:
    columns = {spec.name: {column.name for column in spec.columns} for spec in TABLES}
    places = {spec.name: len(spec.dims) for spec in TABLES}
    for spec in TABLES:
        for text in spec.ties:
            for term in parse(spec.name, text).terms:
                assert term.column in columns[term.table], text
                assert len(term.levels) == places[term.table], text


def test_the_two_ties_that_were_forgotten_once() -> None:
    rows: dict[str, list[Levels]] = {
        "retention": [(1,), (2,)],
        "use_status": [(s,) for s in ("lapsed", "departed", "in_use")],
    }
    told = {(row.less, row.more) for row in release_structure(rows).inequalities}
    started = tuple(f"use_status.people[{status}]" for status in ("lapsed", "departed", "in_use"))
    assert (("retention.at_risk[1]",), started) in told
    assert (("retention.lapsed[1]", "retention.lapsed[2]"), ("use_status.people[lapsed]",)) in told
