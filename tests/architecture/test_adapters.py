"""Adapters build no statements: what is read and written stands in the features, where blocks and roles are applied."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "peerspace"
ADAPTERS = ("web", "realtime")
DATABASE = ("sqlalchemy", "alembic")

MAY = {
    "web/errors.py": "answers DataError, what the database says of a value that it cannot hold, with the other errors",
    "realtime/broadcaster.py": "loads the rows that an event names by id, to frame them for sockets",
}
"""Modules that touch the database all the same, and why."""


def touches_the_database(source: str) -> list[int]:
    """Lines that import what builds statements, or use the session of a unit of work."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] in DATABASE for name in names):
            lines.append(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr == "session" and not _is_flasks(node):
            lines.append(node.lineno)
    return sorted(lines)


def _is_flasks(node: ast.Attribute) -> bool:
    """`flask.session`, the signed cookie, is another thing of the same name."""
    return isinstance(node.value, ast.Name) and node.value.id == "flask"


def test_adapters_leave_the_database_to_the_features() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for adapter in ADAPTERS
        for path in (PACKAGE / adapter).rglob("*.py")
        if touches_the_database(path.read_text(encoding="utf-8"))
    }
    assert found == set(MAY)


@pytest.mark.parametrize(
    "planted",
    [
        "from sqlalchemy import select",
        "import sqlalchemy.orm as orm",
        "from sqlalchemy.exc import DataError",
        "from alembic.migration import MigrationContext",
        "rows = uow.session.scalars(statement)",
        "with reading() as unit: unit.session.get(Post, 1)",
    ],
)
def test_a_planted_statement_is_found(planted: str) -> None:
    assert touches_the_database(planted) == [1]


@pytest.mark.parametrize(
    "lawful",
    ["from flask import session", "flask.session.clear()", "session.permanent = True", "import json"],
)
def test_what_only_sounds_like_it_passes(lawful: str) -> None:
    assert touches_the_database(lawful) == []
