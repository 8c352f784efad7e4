"""Migrations: head equals the models on both databases, and each revision goes down and up again with rows in it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Table, inspect, select, text
from sqlalchemy.exc import IntegrityError

from peerspace import features
from peerspace.kernel import migrate
from peerspace.kernel.db import BigId, UtcTime, make_engine

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 3, 1, tzinfo=UTC)
REVISIONS = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'm.db'}")
        yield engine
        engine.dispose()
        return
    engine = make_engine(request.getfixturevalue("postgres_database"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    features.metadata().create_all(engine)
    engine.dispose()


def test_head_equals_the_models(empty: Engine) -> None:
    migrate.upgrade(empty)
    with warnings.catch_warnings(), empty.connect() as connection:
        warnings.simplefilter(
            "ignore"
        )  # the expression index on duty cannot be reflected; its rule is tested below
        context = MigrationContext.configure(connection, opts={"compare_type": _same_type})
        assert compare_metadata(context, features.metadata()) == []
    assert migrate.is_current(empty)


def _same_type(
    _context: object, _inspected: object, _column: object, found: object, wanted: object
) -> bool | None:
    """Our own types stand for plain ones; anything else is compared as usual. True would mean: differs."""
    return False if isinstance(wanted, UtcTime) or wanted is BigId else None


def test_one_person_is_on_duty_once_per_place_also_after_migrating(empty: Engine) -> None:
    migrate.upgrade(empty)
    duty = features.metadata().tables["duty"]
    with empty.begin() as connection:
        _fill(connection, empty)
        connection.execute(duty.delete())
        connection.execute(
            duty.insert().values(id=900, account_id=1, from_at=AT, stream_id=None, end_reason="")
        )
    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(
            duty.insert().values(id=901, account_id=1, from_at=AT, stream_id=None, end_reason="")
        )


def test_down_and_up_again_with_rows(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.begin() as connection:
        _fill(connection, empty)
        counts = {t.name: len(connection.execute(select(t)).all()) for t in features.metadata().sorted_tables}
    assert set(counts.values()) == {1}
    migrate.downgrade(empty, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(empty)
    with empty.begin() as connection:
        _fill(connection, empty)


def test_each_revision_brings_one_feature_and_takes_nothing_else_away(empty: Engine) -> None:
    """The tables of each feature stand in a revision of its own; going down takes out these and no other.

    Until the first release these revisions are edited in place (CONTRIBUTING.md); what follows it is added after them.
    """
    brought: dict[str, str] = {}
    for revision in REVISIONS:
        before = _tables(empty)
        migrate.upgrade(empty, revision)
        new = _tables(empty) - before
        assert new
        migrate.downgrade(empty, "-1")
        assert _tables(empty) == before
        migrate.upgrade(empty, revision)
        brought |= dict.fromkeys(new, revision)
    for feature in features.FEATURES:
        own = (*feature.pruned, *feature.kept)
        assert len({brought[table] for table in own}) == 1, feature.name
    assert len(set(brought.values())) == len(features.FEATURES)


def test_what_the_database_refuses_after_migrating(empty: Engine) -> None:
    """Checks and unique columns are there, not only tables."""
    migrate.upgrade(empty)
    row = (
        "INSERT INTO help_line_version (line_key, number, act, content, hidden, seal, shipped_seal, at) "
        "VALUES ('gb-calm', 1, 'hidden', NULL, TRUE, 's', '', '2026-03-01 00:00:00')"
    )
    with empty.begin() as connection:
        connection.execute(text(row))
    for wrong in (row, row.replace("'hidden'", "'burnt'").replace(", 1,", ", 2,")):
        with pytest.raises(IntegrityError), empty.begin() as connection:
            connection.execute(text(wrong))


def test_a_contribution_is_of_its_streams_kind(empty: Engine) -> None:
    migrate.upgrade(empty)
    contribution = features.metadata().tables["contribution"]
    with empty.begin() as connection:
        _fill(connection, empty)
    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(contribution.update().values(kind="another"))


def test_what_columns_may_hold_is_the_same_in_both(tmp_path: Path) -> None:
    """Alembic compares no CHECK: a value that only the model knows would be refused by the database, each time."""
    engine = make_engine(f"sqlite:///{tmp_path / 'checks.db'}")
    migrate.upgrade(engine)
    for table in features.metadata().sorted_tables:
        migrated = {
            str(check["name"]): set(re.findall(r"'([^']*)'", check["sqltext"]))
            for check in inspect(engine).get_check_constraints(table.name)
        }
        modelled = {
            str(check.name): set(re.findall(r"'([^']*)'", str(check.sqltext)))
            for check in table.constraints
            if isinstance(check, CheckConstraint)
        }
        assert migrated == modelled, table.name
    engine.dispose()


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def _fill(connection, engine: Engine) -> None:
    """One row in every table, each column given a value of its type."""
    for table in features.metadata().sorted_tables:
        connection.execute(table.insert().values({c.name: _value(table, c) for c in table.columns}))


def _value(table: Table, column) -> object:
    for constraint in table.constraints:
        sql = str(getattr(constraint, "sqltext", ""))
        if sql.startswith(f"{column.name} IN"):
            return re.findall(r"'([^']*)'", sql)[0]
    if column.nullable and column.name in ("to_at", "ended_at"):
        return None
    kind = column.type.python_type if not isinstance(column.type, UtcTime) else datetime
    if column.foreign_keys:
        return "1" if kind is str else 1
    return {int: 1, str: "1", datetime: AT, bool: True, dict: {}, list: []}.get(kind, {})
