"""What web tests share: an application on a SQLite file, people, and a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from peerspace import features
from peerspace.accounts.passphrases import Passphrases
from peerspace.accounts.sessions import open_session
from peerspace.app import create_app
from peerspace.config import Config
from peerspace.kernel.actor import Actor
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import Database
from peerspace.web.running import running
from peerspace.web.sessions import SESSION_KEY
from peerspace.wiring import wire
from tests.conftest import copy_of
from tests.people import People

CHEAP = Passphrases(time_cost=1, memory_kib=8, lanes=1)
"""Hashing as cheap as argon2 allows, so that tests do not wait for it."""

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf-token" content="([^"]+)"')


def make_config(tmp_path: Path, **settings: str) -> Config:
    """Settings of a test installation; `settings` are names without PEERSPACE_."""
    environ = {
        "ENV": "test",
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}",
        "EXPORT_DIR": str(tmp_path / "exports"),
        "RATE_LIMITS": "off",
        **settings,
    }
    return Config.from_env({f"PEERSPACE_{name}": value for name, value in environ.items()})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return make_config(tmp_path)


@pytest.fixture
def database(tmp_path: Path, empty_sqlite: Path, clock: HeldClock, audit_log: AuditLog) -> Iterator[Database]:
    """The wired database of web tests: a SQLite file (the domain's own tests run on both databases)."""
    engine = copy_of(empty_sqlite, tmp_path)
    listeners = Listeners()
    wire(listeners, audit_log)
    yield Database(engine, audit_log, clock, listeners, features.CATALOGUE)
    engine.dispose()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once a test run: every test makes its own application."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def app(config: Config, database: Database, compiled: FileSystemBytecodeCache) -> Flask:
    made = create_app(config, database, passphrases=CHEAP)
    made.testing = True
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of a guest. `sign_in(client, person)` makes it somebody's."""
    return app.test_client()


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def sign_in(client: FlaskClient, person: Actor) -> FlaskClient:
    """Sign `client` in as `person` by a real session row and cookie; returns the client."""
    with running(client.application).database.write(person) as uow:
        secret = open_session(uow, person.require_account())
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie[SESSION_KEY] = secret
    return client


def browser(app: Flask, person: Actor | None = None) -> FlaskClient:
    """A new browser, signed in as `person` if one is given."""
    client = app.test_client()
    return client if person is None else sign_in(client, person)


def csrf(client: FlaskClient, page: str = "/help-now") -> str:
    """The CSRF token that `page` carries for this browser."""
    found = _TOKEN.search(client.get(page).get_data(as_text=True))
    assert found is not None, f"{page} carries no CSRF token"
    return found[1] or found[2]


def send(client: FlaskClient, address: str, page: str = "/help-now", **fields: str) -> TestResponse:
    """Post a form as a browser does, with the CSRF token of `page`."""
    return client.post(address, data={"csrf_token": csrf(client, page), **fields})


def says_name(page: str, name: str) -> bool:
    """True where `name` stands as a word. The tokens of a page are long enough to hold three letters by chance."""
    return re.search(rf"\b{re.escape(name)}\b", page, re.IGNORECASE) is not None
