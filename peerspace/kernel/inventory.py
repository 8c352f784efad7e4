"""The one inventory of personal data: declared on the columns themselves.

A column that holds something about a person says why it is kept and for how long, where it is declared:
`mapped_column(..., info=personal("purpose", "retention"))`. Export, erasure and the tests read
it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """One inventoried column: why it is kept, and `retention`, the name of the rule by which it goes."""

    table: str
    column: str
    purpose: str
    retention: str


def personal(purpose: str, retention: str) -> dict[str, Any]:
    """The `info` of a column that holds personal data."""
    return {"personal": (purpose, retention)}


def inventory(metadata: MetaData) -> list[PersonalColumn]:
    """Every declared personal column, sorted by table and column."""
    return sorted(
        (
            PersonalColumn(table.name, column.name, *column.info["personal"])
            for table in metadata.tables.values()
            for column in table.columns
            if "personal" in column.info
        ),
        key=lambda found: (found.table, found.column),
    )
