"""The engines: SQLite set up for safety, times that keep their zone, savepoints that work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from peerspace.community.models import SettingValue
from peerspace.kernel import db
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import from_us, to_us
from peerspace.kernel.db import make_engine
from peerspace.kernel.errors import Unavailable
from peerspace.kernel.uow import Database

JOB = installation(Origin.JOB)


def test_a_commit_is_on_disk_before_it_is_answered(engine: Engine) -> None:
    """SQLite: WAL, fully synchronous. PostgreSQL: a server or role set to answer early is overruled."""
    if engine.dialect.name != "sqlite":
        early = engine.url.update_query_dict({"options": "-c synchronous_commit=off"})
        hasty = make_engine(early)
        try:
            with hasty.connect() as connection:
                assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
                connection.rollback()
                assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        finally:
            hasty.dispose()
        return
    with engine.connect() as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                  ("journal_mode", "synchronous", "foreign_keys", "secure_delete")]  # fmt: skip
    assert values == ["wal", 2, 1, 1]


def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write(JOB) as uow:
        uow.session.add(SettingValue(key="x", value=1, set_at=uow.now, set_by_id=4711))


def test_times_come_back_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    at = datetime(2026, 3, 1, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    with database.write(JOB) as uow:
        uow.session.add(SettingValue(key="t", value=1, set_at=at))
    with database.read(JOB) as uow:
        back = uow.session.scalars(select(SettingValue.set_at)).one()
    assert back == at
    assert back.tzinfo == UTC
    with pytest.raises(StatementError), database.write(JOB) as uow:
        uow.session.add(SettingValue(key="t", value=1, set_at=datetime(2026, 1, 1)))  # noqa: DTZ001 the defect itself


def test_microseconds_are_exact() -> None:
    at = datetime(2026, 3, 1, 23, 30, 0, 123457, tzinfo=UTC)
    assert from_us(to_us(at)) == at
    assert to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000


@pytest.mark.parametrize(
    ("prepare", "reason"), [("missing", "missing"), ("read_only", "read_only"), ("empty", "not_migrated")]
)
def test_a_database_that_cannot_be_used_is_said_plainly(
    tmp_path, audit_log, prepare: str, reason: str
) -> None:
    path = tmp_path / "d" / "x.db"
    url = f"sqlite:///{path}"
    if prepare != "missing":
        path.parent.mkdir()
    if prepare == "read_only":
        from peerspace import features

        made = make_engine(url)
        features.metadata().create_all(made)
        made.dispose()
        # root may write to any file, so the file is opened read-only instead of taking its permission away
        url = f"sqlite:///file:{path}?mode=ro&uri=true"
    database = Database(make_engine(url), audit_log)
    with pytest.raises(Unavailable) as caught, database.write(JOB) as uow:
        uow.session.add(SettingValue(key="x", value=1, set_at=uow.now))
    assert caught.value.values["reason"] == reason


@pytest.mark.parametrize(
    ("spoil", "act", "reason"),
    [
        ("SELECT 1", "SELECT * FROM a_table_of_later", "not_migrated"),
        ("read only", "UPDATE audit_head SET seq = seq", "read_only"),
    ],
)
def test_both_databases_say_why_they_cannot_serve(
    database: Database, spoil: str, act: str, reason: str
) -> None:
    """PostgreSQL does not count these among its operational errors; they must not read as a fault of ours."""
    if spoil == "read only":
        spoil = "PRAGMA query_only=ON" if database.is_sqlite else "SET TRANSACTION READ ONLY"
    with pytest.raises(Unavailable) as caught, database.write(JOB) as uow:
        uow.session.execute(text(spoil))
        uow.session.execute(text(act))
    assert caught.value.values["reason"] == reason


@pytest.mark.parametrize("trusted_s", [0.0, 3600.0])
def test_connections_whose_server_went_away_are_replaced(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, trusted_s: float
) -> None:
    """One that rested is asked first and nobody notices; one used a moment ago refuses once, and all are made anew."""
    if engine.dialect.name == "sqlite":
        return
    monkeypatch.setattr(db, "TRUSTED_S", trusted_s)
    mine = make_engine(engine.url)
    ask = text("SELECT pg_backend_pid()")
    try:
        with mine.connect() as one, mine.connect() as other:
            before = {one.scalar(ask), other.scalar(ask)}
        with engine.connect() as connection:
            for pid in before:
                connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        if trusted_s:
            with pytest.raises(OperationalError), mine.connect() as one:
                one.execute(ask)
        with mine.connect() as one, mine.connect() as other:
            after = {one.scalar(ask), other.scalar(ask)}
        assert len(after) == 2
        assert not after & before
    finally:
        mine.dispose()
