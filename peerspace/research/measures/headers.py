"""Measures as SQL files: each is a complete comment header followed by one SELECT.

A header is a block of `-- field: text` lines that begins with `-- measure: <name>`; a line `--   text` continues the
field above it. Everything a researcher has to know to use the number stands there, and the codebook is made from it,
so a header that lacks anything is an error and not a blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Literal, cast, get_args

import duckdb

from peerspace.kernel.errors import PeerSpaceError

Grain = Literal["person_period", "person_period_channel", "person", "aggregate", "dyad"]
ValueType = Literal["integer", "number", "category"]
Disclosure = Literal["visible", "unseen", "sensitive"]

#: The columns of a measure's table, in order, by grain.
COLUMNS: dict[Grain, tuple[str, ...]] = {
    "person_period": ("person_id", "period", "value", "missing"),
    "person_period_channel": ("person_id", "period", "channel", "value", "missing"),
    "person": ("person_id", "value", "missing"),
    "aggregate": ("period", "channel", "stat", "value", "n", "missing"),
    "dyad": ("person_id", "other_person_id", "value", "missing"),
}

#: Why a value may be absent. '' where it is there.
MISSING_REASONS = (
    "not_asked",
    "declined",
    "prefer_not_to_say",
    "not_exposed",
    "not_applicable",
    "logging_off",
    "outage",
    "suppressed",
    "withdrawn",
    "after_censor",
    "too_few",
    "not_reached",
)

SCOPES = ("usage", "time", "interactions", "experience")
TIERS = ("T0", "T1", "T2")
FAMILIES = (
    "dosage",
    "attrition",
    "modality",
    "interactivity",
    "response",
    "source",
    "negative",
    "concentration",
)

FIELDS = (
    "measure",
    "label",
    "unit",
    "grain",
    "type",
    "levels",
    "scope",
    "formula",
    "pitfalls",
    "source",
    "tier",
    "disclosure",
    "version",
)

_ALLOWED: dict[str, tuple[str, ...]] = {
    "grain": get_args(Grain),
    "type": get_args(ValueType),
    "disclosure": get_args(Disclosure),
    "scope": SCOPES,
}

_FIELD = re.compile(r"^-- ([a-z]+): (.*)$")
_CONTINUED = re.compile(r"^--   (.*)$")
_NAME = re.compile(r"^[a-z][a-z0-9_]{2,39}$")


class MeasureHeaderError(PeerSpaceError):
    """A measure's header lacks a field, has one too many, or says something that is not allowed.

    Values: `measure`, `problem`.
    """

    def __init__(self, measure: str, problem: str) -> None:
        super().__init__("measure_header", measure=measure, problem=problem)


@dataclass(frozen=True)
class Measure:
    """One measure: its codebook entry and the SELECT that makes it."""

    name: str
    label: str
    unit: str
    grain: Grain
    type: ValueType
    levels: str
    scope: str
    formula: str
    pitfalls: str
    source: str
    tiers: tuple[str, ...]
    disclosure: Disclosure
    version: int
    family: str
    sql: str

    @property
    def table(self) -> str:
        """The name of the table the engine makes of it."""
        return f"measure_{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of that table, in order."""
        return COLUMNS[self.grain]


@dataclass(frozen=True)
class Family:
    """One SQL file: what its opening comment says, and its measures in the order they are made."""

    name: str
    about: str
    measures: tuple[Measure, ...]


def parse_family(name: str, text: str) -> Family:
    """Read one file's text.

    Raises:
        MeasureHeaderError: a header is incomplete, holds an unknown field or level, or no single SELECT follows it.
    """
    about, *blocks = re.split(r"^(?=-- measure:)", text, flags=re.MULTILINE)
    opening = " ".join(
        line.removeprefix("--").strip() for line in about.splitlines() if line.startswith("--")
    )
    measures = tuple(_parse_block(name, block) for block in blocks)
    seen: set[str] = set()
    for measure in measures:
        if measure.name in seen:
            raise MeasureHeaderError(measure.name, "is defined twice")
        seen.add(measure.name)
    return Family(name=name, about=opening, measures=measures)


def read_families(folder: Path) -> tuple[Family, ...]:
    """Read every family file of `folder`, in the order in which measures are made.

    Raises:
        MeasureHeaderError: see `parse_family`; also where two families hold a measure of one name.
    """
    families = tuple(parse_family(name, (folder / f"{name}.sql").read_text("utf-8")) for name in FAMILIES)
    names = [measure.name for family in families for measure in family.measures]
    for name in names:
        if names.count(name) > 1:
            raise MeasureHeaderError(name, "is defined in two families")
    return families


def _parse_block(family: str, block: str) -> Measure:
    lines = block.splitlines()
    header = list(takewhile(lambda line: line.startswith("--"), lines))
    fields: dict[str, str] = {}
    current = ""
    for line in header:
        if match := _FIELD.match(line):
            current = match[1]
            if current in fields:
                raise MeasureHeaderError(fields.get("measure", "?"), f"{current} stands twice")
            fields[current] = match[2].strip()
        elif match := _CONTINUED.match(line):
            fields[current] = f"{fields[current]} {match[1].strip()}"
        else:
            raise MeasureHeaderError(fields.get("measure", "?"), f"a header line that is no field: {line!r}")
    return _checked(family, fields, "\n".join(lines[len(header) :]).strip())


def _checked(family: str, fields: dict[str, str], sql: str) -> Measure:
    name = fields.get("measure") or "?"
    for problem in _problems(fields, sql):
        raise MeasureHeaderError(name, problem)
    return Measure(
        name=name,
        label=fields["label"],
        unit=fields["unit"],
        grain=cast(Grain, fields["grain"]),
        type=cast(ValueType, fields["type"]),
        levels=fields["levels"],
        scope=fields["scope"],
        formula=fields["formula"],
        pitfalls=fields["pitfalls"],
        source=fields["source"],
        tiers=tuple(fields["tier"].split()),
        disclosure=cast(Disclosure, fields["disclosure"]),
        version=int(fields["version"]),
        family=family,
        sql=sql.rstrip(";"),
    )


def _problems(fields: dict[str, str], sql: str) -> Iterator[str]:
    """What is wrong with a header, the worst first: later checks lean on earlier ones."""
    yield from (f"{field} is missing" for field in FIELDS if not fields.get(field))
    yield from (f"{field} is not a field" for field in fields if field not in FIELDS)
    if not _NAME.match(fields["measure"]):
        yield "the name is 3 to 40 small letters, digits and underscores"
    for field, allowed in _ALLOWED.items():
        if fields[field] not in allowed:
            yield f"{field} is one of {', '.join(allowed)}"
    if set(fields["tier"].split()) - set(TIERS):
        yield f"tier holds only {', '.join(TIERS)}"
    if not fields["version"].isdecimal():
        yield "version is a whole number"
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error:
        yield "what follows the header is not SQL"
    else:
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            yield "exactly one SELECT follows the header"
