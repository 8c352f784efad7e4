"""Every measure is described in full, and docs/measures.md says what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerspace.research.captured_kinds import SCOPE_OF
from peerspace.research.measures import engine, headers
from peerspace.research.measures.codebook import markdown
from peerspace.research.measures.engine import (
    CAPTURE_SCOPES,
    MeasureResultError,
    codebook,
    families,
    open_engine,
)
from peerspace.research.measures.headers import FAMILIES, FIELDS, MeasureHeaderError, parse_family

FOLDER = Path(engine.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "measures.md"

GOOD = """\
-- An opening comment.

-- measure: example
-- label: An example
-- unit: people
-- grain: aggregate
-- type: integer
-- levels: stat: one
-- scope: usage
-- formula: One, always,
--   and on a second line.
-- pitfalls: None.
-- source: Nobody
-- tier: T0 T2
-- disclosure: visible
-- version: 1
SELECT 0 AS period, 'all' AS channel, 'one' AS stat, 1 AS value, 1 AS n, '' AS missing;
"""


def test_a_complete_header_is_read() -> None:
    family = parse_family("dosage", GOOD)
    assert family.about == "An opening comment."
    (measure,) = family.measures
    assert (measure.table, measure.tiers, measure.version) == ("measure_example", ("T0", "T2"), 1)
    assert measure.formula == "One, always, and on a second line."
    assert measure.sql.startswith("SELECT 0 AS period")


@pytest.mark.parametrize("field", FIELDS[1:])
def test_a_header_that_lacks_a_field_is_an_error(field: str) -> None:
    without = re.sub(rf"^-- {field}: .*\n(--   .*\n)*", "", GOOD, flags=re.MULTILINE)
    with pytest.raises(MeasureHeaderError, match=f"{field} is missing"):
        parse_family("dosage", without)


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        ("measure: example", "measure: Ex", "the name is"),
        ("unit: people", "unit:  ", "unit is missing"),
        ("grain: aggregate", "grain: week", "grain is one of"),
        ("type: integer", "type: float", "type is one of"),
        ("scope: usage", "scope: everything", "scope is one of"),
        ("tier: T0 T2", "tier: T0 T4", "tier holds only"),
        ("disclosure: visible", "disclosure: none", "disclosure is one of"),
        ("version: 1", "version: one", "version is a whole number"),
        ("-- source: Nobody", "-- source: Nobody\n-- author: Somebody", "author is not a field"),
        ("-- source: Nobody", "-- source: Nobody\n-- source: Somebody", "source stands twice"),
        ("-- source: Nobody", "-- source: Nobody\n-- a stray remark", "no field"),
        ("SELECT 0", "SELECT 1; SELECT 0", "exactly one SELECT"),
        ("SELECT 0", "CREATE TABLE t AS SELECT 0", "exactly one SELECT"),
        ("SELECT 0", "SELEKT 0", "not SQL"),
    ],
)
def test_a_header_that_is_wrong_is_an_error(was: str, becomes: str, problem: str) -> None:
    assert was in GOOD
    with pytest.raises(MeasureHeaderError, match=problem):
        parse_family("dosage", GOOD.replace(was, becomes, 1))


def test_a_header_without_a_select_is_an_error() -> None:
    with pytest.raises(MeasureHeaderError, match="exactly one SELECT"):
        parse_family("dosage", GOOD[: GOOD.index("SELECT")])


def test_two_measures_of_one_name_are_an_error(tmp_path: Path) -> None:
    block = GOOD[GOOD.index("-- measure") :]
    with pytest.raises(MeasureHeaderError, match="twice"):
        parse_family("dosage", GOOD + "\n" + block)
    for family in FAMILIES:
        (tmp_path / f"{family}.sql").write_text(GOOD, "utf-8")
    with pytest.raises(MeasureHeaderError, match="two families"):
        headers.read_families(tmp_path)


def test_every_file_is_read_and_every_measure_is_complete() -> None:
    files = {path.stem for path in FOLDER.glob("*.sql")}
    assert files == {*FAMILIES, "schema", *(name for name in files if name.startswith("prelude_"))}
    assert all(family.measures and family.about for family in families())
    written = re.findall(
        r"^-- measure: (\w+)$", "\n".join(p.read_text("utf-8") for p in FOLDER.glob("*.sql")), re.M
    )
    assert sorted(written) == sorted(measure.name for measure in codebook())
    assert len(written) > 60


def test_the_documentation_lists_every_measure_as_it_is() -> None:
    page = PAGE.read_text("utf-8")
    for measure in codebook():
        assert f"### `{measure.name}`" in page, measure.name
    assert page == markdown(), "run: python -m peerspace.research.measures.codebook > docs/measures.md"


def test_every_captured_kind_needs_a_scope_that_is_asked_for() -> None:
    assert set(SCOPE_OF.values()) <= set(CAPTURE_SCOPES)


@pytest.mark.parametrize(
    ("select", "problem"),
    [
        ("SELECT 'p' AS person_id, 1 AS value", "columns are"),
        ("SELECT 'p' AS person_id, NULL AS value, '' AS missing", "without a reason"),
        ("SELECT 'p' AS person_id, 1 AS value, 'declined' AS missing", "without a reason"),
        ("SELECT 'p' AS person_id, NULL AS value, 'forgotten' AS missing", "not listed"),
        ("SELECT 'p' AS person_id, unnest([1, 2]) AS value, '' AS missing", "key of another"),
    ],
)
def test_a_measure_that_breaks_its_contract_is_an_error(tmp_path: Path, select: str, problem: str) -> None:
    text = GOOD.replace("grain: aggregate", "grain: person")
    (measure,) = parse_family("dosage", text[: text.index("SELECT")] + select).measures
    with open_engine(tmp_path / "spill") as con, pytest.raises(MeasureResultError, match=problem):
        engine._make(con, measure)
