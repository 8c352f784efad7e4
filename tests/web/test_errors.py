"""Error pages: the right status, our own look, JSON for who asks, also when the database is away."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError
from werkzeug.exceptions import abort

from peerspace.app import create_app
from peerspace.kernel import migrate
from peerspace.kernel.errors import Conflict, NotAllowed, SlowMode, Unavailable
from peerspace.kernel.uow import Database
from peerspace.web.security import MAX_FORM_BYTES
from peerspace.wiring import open_database
from tests.people import People
from tests.web.conftest import CHEAP, browser, csrf, make_config

JSON = {"Accept": "application/json"}
RAISED: dict[str, Any] = {
    "conflict": lambda: Conflict("changed_meanwhile"),
    "denied": lambda: NotAllowed("not_allowed"),
    "slow": lambda: SlowMode("too_many", retry_after=7),
    "away": lambda: Unavailable("database_unavailable", reason="busy"),
    "defect": lambda: RuntimeError("a defect with words of a member"),
    "unfit": lambda: DataError("SELECT", {}, ValueError("NUL")),
    "unknown_key": lambda: Conflict("a_key_without_a_sentence"),
}


@pytest.fixture
def raising(app: Flask) -> Flask:
    """The application with addresses that fail in each way."""

    def fail(how: str) -> str:
        if how.isdigit():
            abort(int(how))
        raise RAISED[how]()

    fail.needs = "anyone"  # type: ignore[attr-defined]
    app.add_url_rule("/raise/<how>", "raise", fail, methods=["GET", "POST"])
    app.testing = False
    return app


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("400", 400, "bad_request"),
        ("403", 403, "not_allowed"),
        ("404", 404, "not_found"),
        ("405", 405, "method_not_allowed"),
        ("413", 413, "too_long"),
        ("418", 418, "bad_request"),
        ("429", 429, "too_many"),
        ("500", 500, "server_error"),
        ("503", 503, "server_error"),
        ("conflict", 409, "conflict"),
        ("denied", 403, "not_allowed"),
        ("slow", 429, "slow_mode"),
        ("away", 503, "server_error"),
        ("defect", 500, "server_error"),
        ("unfit", 400, "bad_request"),
        ("unknown_key", 409, "conflict"),
    ],
)
def test_every_error_has_its_page_and_its_json(raising: Flask, how: str, status: int, code: str) -> None:
    client = raising.test_client()
    page = client.get(f"/raise/{how}")
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert page.text.count("<h1>") == 1
    assert "/help-now" in page.text
    assert (
        "data-keeps-draft" in page.text
    )  # or the draft on the device would go: see dropSentDraft in drafts.js
    assert "Leave" in page.text
    assert "words of a member" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    answer = client.get(f"/raise/{how}", headers=JSON)
    assert answer.status_code == status
    error = json.loads(answer.data)["error"]
    assert error["code"] == code
    assert len(error["message"]) > 10
    if how == "slow":
        assert (page.headers["Retry-After"], error["retry_after"]) == ("7", 7)


def test_a_defect_is_logged_without_words(raising: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    client = raising.test_client()
    client.post("/raise/defect", data={"csrf_token": csrf(client, "/sign-in"), "body": "my deepest secret"})
    logged = capsys.readouterr().err
    assert "request_failed" in logged
    assert "RuntimeError" in logged
    assert "my deepest secret" not in logged


def test_a_refused_statement_is_logged_without_its_values(raising: Flask, database: Database) -> None:
    with database.engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(
            text("INSERT INTO account (pseudonym) VALUES (:name)"), {"name": "my deepest secret"}
        )
    assert "my deepest secret" not in str(refused.value)


@pytest.mark.parametrize("how", ["slow", "conflict", "away"])
def test_a_form_that_could_not_be_taken_is_kept(raising: Flask, how: str) -> None:
    client = raising.test_client()
    typed = {"csrf_token": csrf(client, "/sign-in"), "body": "Long words.", "passphrase": "three words here"}
    answer = client.post(f"/raise/{how}", data=typed)
    assert "Long words." in answer.text
    assert "three words here" not in answer.text
    assert f'action="/raise/{how}"' in answer.text


def test_a_guest_who_posts_is_told_to_sign_in_and_keeps_the_words(client: FlaskClient) -> None:
    data = {"csrf_token": csrf(client, "/sign-in"), "body": "Long words."}
    answer = client.post("/my/settings/sessions/end", data=data)
    assert answer.status_code == 401
    assert "Long words." in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nowhere.css", 404),
        ("GET", "/static/../peerspace/config.py", 404),
        ("GET", "/static/%2e%2e/setup.cfg", 404),
        ("GET", "/static/css", 404),
        ("PUT", "/rules", 405),
        ("DELETE", "/today", 405),
        ("GET", "/sign-out", 405),
        ("PATCH", "/healthz", 405),
    ],
)
def test_unknown_addresses_and_methods(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    if status == 405:
        assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


def test_a_form_too_large_is_refused_before_it_is_read(client: FlaskClient) -> None:
    token = csrf(client, "/sign-in")
    answer = client.post("/sign-in", data={"csrf_token": token, "name": "x" * MAX_FORM_BYTES})
    assert answer.status_code == 413
    assert "larger than this place can take" in answer.text
    fits = client.post("/sign-in", data={"csrf_token": token, "name": "x" * (MAX_FORM_BYTES - 1_000)})
    assert fits.status_code == 400


def test_too_many_parts_are_refused(client: FlaskClient) -> None:
    parts = {f"field{number}": "x" for number in range(300)}
    answer = client.post("/sign-in", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_a_broken_multipart_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data=b"--b\r\nnonsense", content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400


# --- The database is not what it should be -----------------------------------------------------------------------


def _app_on(tmp_path: Path, url: str) -> Flask:
    config = make_config(tmp_path, DATABASE_URL=url)
    return create_app(config, open_database(config), passphrases=CHEAP)


def _check_friendly(app: Flask, path: str = "/rules") -> None:
    client = app.test_client()
    answer = client.get(path)
    assert answer.status_code == 503
    assert "PeerSpace is away for a moment" in answer.text
    assert "/help-now" in answer.text
    assert json.loads(client.get(path, headers=JSON).data)["error"]["code"] == "server_error"
    assert client.get("/help-now").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/css/base.css").status_code == 200


def test_a_missing_database(tmp_path: Path) -> None:
    app = _app_on(tmp_path, f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    _check_friendly(app)
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["database"]) == (503, "missing")  # type: ignore[index]


def test_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    app = _app_on(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}")
    _check_friendly(app)
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["database"]) == (503, "not_migrated")  # type: ignore[index]


def test_a_postgresql_that_does_not_answer(tmp_path: Path) -> None:
    _check_friendly(_app_on(tmp_path, "postgresql://127.0.0.1:1/nowhere"))


def test_a_read_only_database_is_read_and_says_so_when_written(
    tmp_path: Path, config: Any, database: Database, people: People
) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    app = create_app(config, database, passphrases=CHEAP)
    client = browser(app, ann)
    database.engine.dispose()
    path = tmp_path / "test.db"
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.execute("PRAGMA journal_mode=DELETE")
    plain.close()
    locked = make_config(tmp_path, DATABASE_URL=f"sqlite:///file:{path}?mode=ro&uri=true")
    read_only = create_app(locked, open_database(locked, database.clock), passphrases=CHEAP)
    other = read_only.test_client()
    cookie = client.get_cookie("peerspace")
    assert cookie is not None
    other.set_cookie("peerspace", cookie.value)
    page = other.get("/today")
    assert page.status_code == 200
    token = csrf(other, "/today")
    answer = other.post(f"/members/{ben.public_id}/block", data={"csrf_token": token, "body": "Words."})
    assert answer.status_code == 503
    assert "Words." in answer.text
    ready = other.get("/readyz")
    assert ready.status_code == 503


def test_a_migrated_database_is_ready_but_for_the_worker(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    database = open_database(config)
    migrate.upgrade(database.engine)
    ready = create_app(config, database, passphrases=CHEAP).test_client().get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {
        "status": "degraded",
        "parts": {"database": "ok", "disk": "ok", "worker": "nobody_holds_the_lease"},
        "warnings": [],
    }
