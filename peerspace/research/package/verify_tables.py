"""Checking the tables of a package against their schemas, and the rules of disclosure from what is published alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from peerspace.research.disclosure.audit import Audit, AuditFailed
from peerspace.research.disclosure.cells import Key, cell_key
from peerspace.research.disclosure.derive import derived
from peerspace.research.disclosure.rules import BASE, THRESHOLD, WIDTH
from peerspace.research.disclosure.specs import BY_NAME, Levels, TableSpec
from peerspace.research.disclosure.structure import release_structure
from peerspace.research.package.findings import Finding

Row = dict[str, Any]
_INTEGER = re.compile(r"-?\d{1,18}")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


_PARSE: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _integer,
    "number": float,
    "date": date.fromisoformat,
}


def read_table(root: Path, name: str, schema: Mapping[str, Any]) -> tuple[list[Row], list[Finding]]:
    """The rows of a CSV file, typed by its schema, and what does not fit it: header, types, constraints, key."""
    fields = schema["fields"]
    names = [field["name"] for field in fields]
    rows: list[Row] = []
    found: list[Finding] = []
    with (root / name).open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file, strict=True)
        try:
            if next(reader, None) != names:
                return [], [Finding(name, "header", "its columns are not those of the schema")]
            for n, cells in enumerate(reader, 2):
                if len(cells) != len(names):
                    found.append(Finding(name, "row_length", f"line {n}"))
                    continue
                row: Row = {}
                for field, text in zip(fields, cells, strict=True):
                    value, problem = _cell(field, text)
                    row[field["name"]] = value
                    if problem:
                        found.append(Finding(name, problem, f"line {n}, column {field['name']}"))
                rows.append(row)
        except csv.Error:
            found.append(Finding(name, "not_csv"))
    keys = [tuple(row[column] for column in schema["primaryKey"]) for row in rows]
    if len(set(keys)) != len(keys):
        found.append(Finding(name, "key_twice", ", ".join(schema["primaryKey"])))
    return rows, found


def _cell(field: Mapping[str, Any], text: str) -> tuple[Any, str]:
    """A cell's value, and what is wrong with it ('' if nothing)."""
    rules = field.get("constraints", {})
    if text == "":
        return None, "required" if rules.get("required") else ""
    try:
        value = _PARSE[field["type"]](text)
    except ValueError:
        return None, "type"
    if "enum" in rules and value not in rules["enum"]:
        return value, "enum"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], text):
        return value, "pattern"
    if ("minimum" in rules and not value >= rules["minimum"]) or (
        "maximum" in rules and not value <= rules["maximum"]
    ):
        return value, "range"
    return value, ""


def check_parquet(
    engine: duckdb.DuckDBPyConnection, root: Path, name: str, columns: Sequence[str], rows: Sequence[Row]
) -> Iterator[Finding]:
    """A Parquet file holds the columns and rows of its CSV twin."""
    try:
        result = engine.execute("SELECT * FROM read_parquet(?)", [str(root / name)])
        there = [column[0] for column in result.description or []]
        found = result.fetchall()
    except duckdb.Error:
        yield Finding(name, "not_parquet")
        return
    if there != list(columns) or found != [tuple(row[column] for column in columns) for row in rows]:
        yield Finding(name, "parquet_differs", "its rows are not those of the CSV file")


def check_disclosure(tables: Mapping[str, Sequence[Row]], paths: Mapping[str, str]) -> Iterator[Finding]:
    """The rules of open tables, from the published rows: nothing small, everything rounded, what is hidden flagged,
    shares that follow from published numbers, and no hidden cell that can be worked out.

    `tables`: rows by table name; `paths`: the file of each.
    """
    published: dict[Key, int | None] = {}
    shares: dict[Key, float | None] = {}
    rows: dict[str, list[Levels]] = {}
    where: dict[Key, str] = {}
    for name, table in tables.items():
        spec = BY_NAME[name]
        rows[name] = [tuple(row[dim.name] for dim in spec.dims) for row in table]
        for row, levels in zip(table, rows[name], strict=True):
            yield from _row(spec, row, levels, paths[name])
            for column in spec.columns:
                key = cell_key(name, column.name, levels)
                where[key] = paths[name]
                if column.kind == "estimate":
                    shares[key] = row[column.name]
                elif row[f"{column.name}_missing"] != "not_applicable":
                    published[key] = row[column.name]
    yield from _shares(rows, published, shares, where)
    yield from _hidden(rows, published, where)


def _row(spec: TableSpec, row: Row, levels: Levels, path: str) -> Iterator[Finding]:
    for column in spec.columns:
        value, missing = row[column.name], row[f"{column.name}_missing"]
        place = f"{column.name} at {', '.join(map(str, levels))}"
        if (value is None) == (missing is None):
            yield Finding(path, "value_or_reason", f"{place}: a cell holds a value or a reason")
        if value is None or column.kind == "estimate":
            continue
        if value < THRESHOLD:
            yield Finding(path, "small_number", place)
        if value % BASE:
            yield Finding(path, "not_rounded", place)


def _shares(
    rows: Mapping[str, list[Levels]],
    published: Mapping[Key, int | None],
    shares: Mapping[Key, float | None],
    where: Mapping[Key, str],
) -> Iterator[Finding]:
    """Shares are those that anybody can work out; the coefficients that cannot be are of posters."""
    free = {key: value for key, value in shares.items() if value is not None and _is_free(key)}
    wanted = derived(rows, published, free)
    for key, value in shares.items():
        if key not in free and value != wanted.get(key):
            yield Finding(where[key], "share_differs", f"{key} does not follow from the published numbers")


def _is_free(key: Key) -> bool:
    return key.startswith("concentration.top1_share[") or (
        key.startswith("concentration.gini[") and key.endswith(",posters]")
    )


def _hidden(
    rows: Mapping[str, list[Levels]], published: Mapping[Key, int | None], where: Mapping[Key, str]
) -> Iterator[Finding]:
    """The attack by linear programming, on what is published alone."""
    structure = release_structure(rows).within(published)
    try:
        audit = Audit(published, structure)
        audit.explore()
        for key in audit.hidden():
            width = audit.width_at_least(key, WIDTH)
            if width < WIDTH:
                yield Finding(where[key], "recoverable", f"{key} can be told to within {width}")
    except AuditFailed:
        yield Finding("datapackage.json", "contradiction", "the published numbers cannot all be true")
    for line in structure.lines:
        hidden = [key for key in line.keys if published[key] is None]
        if line.strict and len(hidden) == 1:
            yield Finding(
                where[hidden[0]], "recoverable", f"{hidden[0]} is the only hidden number of its line"
            )
