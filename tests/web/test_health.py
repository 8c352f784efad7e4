"""Alive, ready, figures: each state that docs/operations.md names, and that nobody else can read the figures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

import peerspace.app
from peerspace.app import create_app
from peerspace.kernel import migrate
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadSetting, Unavailable
from peerspace.kernel.models import JobLease
from peerspace.kernel.uow import Database
from peerspace.web import health
from tests.people import People
from tests.web.conftest import CHEAP, make_config

COMMAND = installation(Origin.COMMAND)


@pytest.fixture
def in_order(database: Database) -> Database:
    """A database at the newest revision, with somebody who does the background work."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": migrate.newest()})
    with database.write(COMMAND) as uow:
        until = uow.now + timedelta(seconds=30)
        uow.session.add(JobLease(name="background", holder="x", renewed_at=uow.now, expires_at=until))
    return database


def _ready(client: FlaskClient) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json


def test_ready_when_every_part_answers(client: FlaskClient, in_order: Database) -> None:
    parts = {"database": "ok", "disk": "ok", "worker": "ok"}
    assert _ready(client) == (200, {"status": "ok", "parts": parts, "warnings": []})


def test_without_a_worker_people_are_still_served(client: FlaskClient, in_order: Database) -> None:
    with in_order.write(COMMAND) as uow:
        uow.session.scalars(select(JobLease)).one().expires_at = uow.now - timedelta(seconds=1)
    status, found = _ready(client)
    assert (status, found["status"]) == (200, "degraded")
    assert found["parts"]["worker"] == "nobody_holds_the_lease"


@pytest.mark.parametrize("holder", ["x", ""])
def test_a_lease_from_before_the_clock_was_set_back_is_nobody_s(
    client: FlaskClient, in_order: Database, clock: HeldClock, holder: str
) -> None:
    with in_order.write(COMMAND) as uow:
        uow.session.scalars(select(JobLease)).one().holder = holder
    clock.move(timedelta(hours=-1) if holder else timedelta())
    assert _ready(client)[1]["parts"]["worker"] == "nobody_holds_the_lease"


def test_jobs_that_do_not_run_are_said_although_somebody_holds_the_lease(
    client: FlaskClient, in_order: Database
) -> None:
    with in_order.write(COMMAND) as uow:
        uow.session.scalars(select(JobLease)).one().late = ["end_overdue_duty"]
    status, found = _ready(client)
    assert (status, found["status"], found["parts"]["worker"]) == (200, "degraded", "jobs_late")


def test_without_redis_people_are_still_served(tmp_path: Path, in_order: Database) -> None:
    """Chat works within each process: a balancer that took them all out would end what still works."""
    app = create_app(make_config(tmp_path, REDIS_URL="redis://127.0.0.1:1/0"), in_order, passphrases=CHEAP)
    status, found = _ready(app.test_client())
    assert (status, found["status"]) == (200, "degraded")
    assert found["parts"] == {"database": "ok", "disk": "ok", "worker": "ok", "redis": "away"}


def test_not_ready_before_the_tables_are_there(client: FlaskClient, database: Database) -> None:
    status, found = _ready(client)
    assert (status, found["status"], found["parts"]["database"]) == (503, "not_ready", "not_migrated")


class Planted(NamedTuple):
    """Something that goes wrong with writing, as SQLite itself does it, and how it is undone."""

    reason: str
    begin: str
    end: str


PLANTED = [
    Planted("read_only", "PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    Planted("disk_full", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1073741823"),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.reason)
def test_not_ready_while_nothing_can_be_written(
    client: FlaskClient, in_order: Database, planted: Planted, people: People
) -> None:
    """And ready again with the first write that goes well. Pages are still read meanwhile."""

    def write() -> None:
        with in_order.write(COMMAND) as uow:
            uow.session.execute(text("CREATE TABLE IF NOT EXISTS filler (words TEXT)"))
            uow.session.execute(text("INSERT INTO filler VALUES (:words)"), {"words": "x" * 100_000})

    def plant(connection: Any, *_: object) -> None:
        connection.execute(planted.begin)

    event.listen(in_order.engine, "checkout", plant)
    with pytest.raises(Unavailable) as refused:
        write()
    assert refused.value.values["reason"] == planted.reason
    status, found = _ready(client)
    assert (status, found["status"], found["parts"]["database"]) == (503, "not_ready", planted.reason)
    assert client.get("/rules").status_code == 200
    event.remove(in_order.engine, "checkout", plant)
    event.listen(in_order.engine, "checkout", lambda connection, *_: connection.execute(planted.end))
    write()
    assert _ready(client)[0] == 200


@pytest.mark.parametrize(
    ("free", "state"), [(0, "full"), (health.LEAST_FREE - 1, "full"), (health.LEAST_FREE, "ok")]
)
def test_not_ready_on_a_full_disk(
    client: FlaskClient,
    in_order: Database,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    state: str,
) -> None:
    """The disk says how much is free; a really full one is tried in tests/realtime/test_full_disk.py."""

    class Usage(NamedTuple):
        free: int

    asked: list[Path] = []

    def usage(path: Path) -> Usage:
        asked.append(path)
        return Usage(free)

    monkeypatch.setattr(health.shutil, "disk_usage", usage)
    status, found = _ready(client)
    assert (status, found["parts"]["disk"]) == (200 if state == "ok" else 503, state)
    assert asked[0].name == "var"


def test_invented_people_are_not_shown_by_a_process_that_could_not_ask_at_its_start(
    tmp_path: Path, in_order: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was away, comes back, and turns out to be one that production refuses (invariant 1)."""
    answers: list[bool | BadSetting] = [False, False, BadSetting("bad_setting"), True]

    def asked(*_: object) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, BadSetting):
            raise answer
        return answer

    monkeypatch.setattr(peerspace.app, "refuse_invented_in_production", asked)
    client = create_app(make_config(tmp_path), in_order, passphrases=CHEAP).test_client()
    assert client.get("/help-now").status_code == 200, "asks for nobody's words"
    assert client.get("/static/css/base.css").status_code == 200
    assert client.get("/rules").status_code == 503, "could not be asked yet"
    assert client.get("/rules").status_code == 503
    assert client.get("/rules").status_code == 200
    assert client.get("/rules").status_code == 200
    assert answers == [], "an answer is kept"


def test_figures_are_private(client: FlaskClient, people: People) -> None:
    client.get("/members/somebody/block?back=/secret-place")
    figures = client.get("/metrics")
    assert figures.status_code == 200
    assert 'endpoint="settings.block_page"' in figures.text
    assert "somebody" not in figures.text
    assert "secret-place" not in figures.text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 404
    for headers in (
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "peers.example"},
    ):
        assert client.get("/metrics", headers=headers).status_code == 404
