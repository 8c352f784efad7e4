"""Tables of a package: their columns as a Table Schema, and their rows as CSV and Parquet, written by DuckDB.

Source: Data Package 2.0 and Table Schema (https://datapackage.org).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import duckdb

from peerspace.kernel.wording import N_
from peerspace.research.disclosure.levels import MISSING
from peerspace.research.disclosure.rules import THRESHOLD
from peerspace.research.disclosure.specs import TableSpec
from peerspace.research.disclosure.t0 import OpenTable
from peerspace.research.package.files import Folder, Stamp
from peerspace.research.package.inputs import DESCRIPTION, TIMELINE_KINDS, TimelineEntry

FieldType = Literal["string", "integer", "number", "date"]
_DUCKDB_TYPE = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
_PROFILE = "https://datapackage.org/profiles/2.0"

Cell = str | int | float | date | None


@dataclass(frozen=True)
class Field:
    """One column: its Table Schema type and constraints."""

    name: str
    type: FieldType
    title: str
    required: bool = False
    enum: tuple[str, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    unit: str | None = None

    def descriptor(self) -> dict[str, Any]:
        """The column as Table Schema writes it."""
        constraints: dict[str, Any] = {"required": True} if self.required else {}
        for name in ("minimum", "maximum", "pattern"):
            if getattr(self, name) is not None:
                constraints[name] = getattr(self, name)
        if self.enum is not None:
            constraints["enum"] = list(self.enum)
        found: dict[str, Any] = {"name": self.name, "type": self.type, "title": self.title}
        if self.unit is not None:
            found["unit"] = self.unit
        return found | ({"constraints": constraints} if constraints else {})


@dataclass(frozen=True)
class Resource:
    """One table of a package. `parquet`: the path of the same rows as Parquet, where there are any."""

    name: str
    path: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    parquet: str | None = None

    def descriptors(self, stamps: dict[str, Stamp]) -> list[dict[str, Any]]:
        """The resource as Data Package writes it, and its Parquet twin. A checker that has no Parquet reader takes the
        twin for a plain file, so its format is told by its media type alone."""
        found = [
            {
                "name": self.name,
                "type": "table",
                "path": self.path,
                "title": self.title,
                "description": self.description,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                **_stamped(stamps[self.path]),
                "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
                "schema": {
                    "$schema": f"{_PROFILE}/tableschema.json",
                    "fields": [field.descriptor() for field in self.fields],
                    "primaryKey": list(self.key),
                    "missingValues": [""],
                },
            }
        ]
        if self.parquet is not None:
            found.append(
                {
                    "name": f"{self.name}_parquet",
                    "path": self.parquet,
                    "title": f"{self.title} (Parquet)",
                    "description": f"The same rows as {self.path}.",
                    "format": "binary",
                    "mediatype": "application/vnd.apache.parquet",
                    **_stamped(stamps[self.parquet]),
                }
            )
        return found


def _stamped(stamp: Stamp) -> dict[str, Any]:
    return {"bytes": stamp.size, "hash": f"sha256:{stamp.sha256}"}


def fields_of(spec: TableSpec) -> tuple[Field, ...]:
    """The columns of an open table: dimensions, then each number with why it may be missing."""
    fields = [
        Field(dim.name, "integer", dim.title, required=True, minimum=0)
        if dim.levels is None
        else Field(dim.name, "string", dim.title, required=True, enum=dim.levels)
        for dim in spec.dims
    ]
    for column in spec.columns:
        if column.kind == "estimate":
            fields.append(Field(column.name, "number", column.title, minimum=0, maximum=1, unit=column.unit))
        else:
            fields.append(Field(column.name, "integer", column.title, minimum=THRESHOLD, unit=column.unit))
        fields.append(Field(f"{column.name}_missing", "string", f"Why {column.name} is empty", enum=MISSING))
    return tuple(fields)


def open_table(table: OpenTable) -> Resource:
    """An open table as a resource. The flow stands at the top of the package, all others under `data`."""
    spec = table.spec
    flow = spec.name == "flow"
    return Resource(
        spec.name,
        "flow.csv" if flow else f"data/{spec.name}.csv",
        spec.title,
        spec.about,
        fields_of(spec),
        tuple(dim.name for dim in spec.dims),
        table.rows,
        None if flow else f"data/{spec.name}.parquet",
    )


TIMELINE_FIELDS = (
    Field("n", "integer", "Number of the entry", required=True, minimum=1),
    Field("date", "date", "Date (UTC)", required=True),
    Field("kind", "string", "What it is about", required=True, enum=TIMELINE_KINDS),
    Field("description", "string", "What happened, as a code", required=True, pattern=f"^{DESCRIPTION}$"),
)


def timeline(entries: Sequence[TimelineEntry]) -> Resource:
    """The platform's dated timeline, in order of date, kind and description."""
    ordered = sorted((entry.on, entry.kind, entry.description) for entry in entries)
    return Resource(
        "timeline",
        "timeline.csv",
        N_("Timeline of the platform"),
        N_(
            "Features, rules, staffing, consent versions and outages, with dates: platforms change under a study."
        ),
        TIMELINE_FIELDS,
        ("n",),
        [(n, *entry) for n, entry in enumerate(ordered, 1)],
    )


def write_tables(folder: Folder, resources: Sequence[Resource]) -> None:
    """Write every resource's rows. One thread and no settings of the machine, so that the same rows give the same
    bytes.
    """
    with duckdb.connect(":memory:", config={"threads": 1, "python_enable_replacements": False}) as engine:
        for resource in resources:
            _write(engine, folder, resource)


def _write(engine: duckdb.DuckDBPyConnection, folder: Folder, resource: Resource) -> None:
    columns = ", ".join(f'"{field.name}" {_DUCKDB_TYPE[field.type]}' for field in resource.fields)
    engine.execute(f"CREATE OR REPLACE TABLE out ({columns})")
    if resource.rows:
        cells = ", ".join(f"unnest(?::{_DUCKDB_TYPE[field.type]}[])" for field in resource.fields)
        values = [list(column) for column in zip(*resource.rows, strict=True)]
        engine.execute(f"INSERT INTO out SELECT {cells}", values)
    wanted = [(resource.path, "FORMAT csv, HEADER, DELIMITER ','")]
    if resource.parquet is not None:
        wanted.append((resource.parquet, "FORMAT parquet, COMPRESSION zstd"))
    for name, options in wanted:
        path = str(folder.place(name)).replace("'", "''")
        engine.execute(f"COPY out TO '{path}' ({options})")
        folder.adopt(name)
