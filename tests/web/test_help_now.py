"""Get help now: by country, without JavaScript, without a database, and never kept waiting by one (invariant 12)."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.app import create_app
from peerspace.community.help_lines import shipped
from peerspace.community.help_lines_kept import confirm
from peerspace.community.help_lines_state import help_line_states
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Unavailable
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.web.community import help_now
from peerspace.web.community.help_now import EXTENSION, HelpBoard
from peerspace.web.deadlines import DeadlinePool
from tests.people import People
from tests.web.conftest import CHEAP, browser, make_config

pytestmark = pytest.mark.invariant(12)
PRODUCTION = {
    "ENV": "production",
    **{name: secrets.token_urlsafe(32) for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEY")},
    "BASE_URL": "https://peers.example",
    "RATE_LIMITS": "on",
}


@pytest.fixture
def ada(people: People) -> Actor:
    return people.add("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def production(tmp_path: Path, database: Database) -> Flask:
    return create_app(make_config(tmp_path, **PRODUCTION), database, passphrases=CHEAP)


def confirmed(database: Database, ada: Actor, key: str = "gb-samaritans") -> None:
    with database.write(ada) as uow:
        one = help_line_states(uow).find(key)
        confirm(uow, key, version=one.version, seal=one.subject.seal)


def read_again(app: Flask) -> None:
    """Forget how fresh the board is, not what it read."""
    app.extensions[EXTENSION].changed()


def get(app: Flask, address: str = "/help-now", language: str = "", **headers: str) -> str:
    client = app.test_client()
    url = "https://peers.example" if app.config["SESSION_COOKIE_SECURE"] else "http://localhost"
    if language:
        client.set_cookie("language", language)
    answer = client.get(address, base_url=url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert answer.status_code == 200
    return answer.text


def names_shown(page: str) -> list[str]:
    return re.findall(r'<div class="line">\s*<h[34]>([^<]+)</h', page)


# --- Production, and elsewhere ---------------------------------------------------------------------------------------


def test_production_shows_what_somebody_confirmed_with_the_day_and_every_emergency_number(
    production: Flask, database: Database, ada: Actor
) -> None:
    page = get(production)
    assert names_shown(page) == []
    for country in shipped().values():
        for number in country.emergency:
            assert f'href="{"sms" if number.texts else "tel"}:{number.number}"' in page
    assert "Find a Helpline" not in page
    confirmed(database, ada)
    read_again(production)
    page = get(production, "/help-now?country=GB")
    assert names_shown(page) == ["Samaritans"]
    assert "Checked by this site on 2 March 2026." in page
    assert "Not confirmed" not in page


def test_an_old_confirmation_is_shown_with_its_age(
    production: Flask, database: Database, ada: Actor, clock: HeldClock
) -> None:
    confirmed(database, ada)
    clock.move(200 * 86_400)
    assert "Checked by this site on 2 March 2026, more than six months ago." in get(production)


def test_outside_production_every_line_says_that_nobody_confirmed_it(app: Flask) -> None:
    page = get(app)
    lines = [line for country in shipped().values() for line in country.lines]
    assert len(names_shown(page)) == len(lines)
    assert page.count("Not confirmed by this site yet.") == len(lines)


# --- The reader's country ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "accepts", "mine"),
    [
        ("/help-now?country=DE", "en-GB", "Germany"),
        ("/help-now?country=de", "", "Germany"),
        ("/help-now", "en-GB,en;q=0.5", "United Kingdom"),
        ("/help-now", "fr, en-NZ;q=0.3", "New Zealand"),
        ("/help-now?country=", "es-ES", "Spain"),
        ("/help-now?country=%3Cscript%3E", "de-DE", "Germany"),
        ("/help-now", "en", None),
        ("/help-now", "en-419", None),
        ("/help-now?country=BR", "de-DE", "Brazil"),
        ("/help-now", "pt-BR", None),
    ],
)
def test_the_readers_country_comes_first(app: Flask, address: str, accepts: str, mine: str | None) -> None:
    page = get(app, address, language="en", Accept_Language=accepts)
    found = re.search(r'class="country country--mine".*?<h2[^>]*>([^<]+)</h2>', page, re.DOTALL)
    assert (found[1] if found else None) == mine
    if mine:
        assert f"selected>{mine}<" in page or mine == "Brazil"
        assert page.index(mine) < page.index('<details class="land"')


def test_a_country_without_lines_says_so(app: Flask) -> None:
    page = get(app, "/help-now?country=BR")
    assert "We have no lines for this country yet." in page


def test_the_choice_is_remembered_nowhere_but_in_the_address(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/help-now?country=DE")
    # Not by looking for "DE" in what is sent: a seal of random letters holds it now and then.
    names = [cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")]
    assert names == [app.config["SESSION_COOKIE_NAME"]]
    with client.session_transaction() as kept:
        assert set(kept) == {"csrf_token"}
    assert "country--mine" not in client.get("/help-now", headers={"Accept-Language": "en"}).text


def test_numbers_are_links_that_a_telephone_takes(app: Flask) -> None:
    page = get(app, "/help-now?country=GB")
    assert 'href="tel:116123"' in page
    assert 'href="sms:85258?body=SHOUT"' in page
    assert "Text SHOUT to 85258" in page
    assert 'href="sms:88247"' in page
    assert "Every day, 17:00 to 24:00." in page
    page = get(app, "/help-now?country=DE")
    assert "Monday to Saturday, 14:00 to 20:00." in page
    assert 'href="tel:08001110111"' in page


def test_countries_and_hours_are_said_in_the_readers_language(app: Flask) -> None:
    page = get(app, "/help-now?country=DE", language="de")
    assert ">Deutschland</h2>" in page
    assert "Montag" in page
    assert ">Vereinigtes Königreich<" in page


# --- Without a database ----------------------------------------------------------------------------------------------


@contextmanager
def away(
    database: Database, monkeypatch: pytest.MonkeyPatch, hang: threading.Event | None = None
) -> Iterator[None]:
    """The database is not there; with `hang`, it answers nobody until that is set."""

    @contextmanager
    def read(_actor: object) -> Iterator[UnitOfWork]:
        if hang is not None:
            hang.wait(20)
        raise Unavailable("database_unavailable", reason="away")
        yield  # a context manager has to be a generator

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", read)
        yield


def test_what_was_read_last_is_shown_and_said_to_be_so(
    production: Flask, database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(database, ada)
    assert "cannot reach" not in get(production)
    read_again(production)
    with away(database, monkeypatch):
        page = get(production)
    assert names_shown(page) == ["Samaritans"]
    assert "What stands here was read on 2 March 2026, 20:00 UTC." in page
    assert "cannot reach" not in get(production)


def test_when_nothing_was_ever_read_the_emergency_numbers_stand_and_no_line_is_said_to_be_checked(
    production: Flask, database: Database, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(database, ada)
    with away(database, monkeypatch):
        page = get(production)
    assert names_shown(page) == []
    assert 'href="tel:999"' in page
    assert "it cannot say which lines somebody here has checked" in page


def test_a_slow_database_keeps_nobody_waiting(
    app: Flask, database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = DeadlinePool(patience_s=0.5, rest_s=60, at_once=2)
    app.extensions[EXTENSION] = HelpBoard(database, production=False, pool=pool)
    client = browser(app, people.add("Ann"))
    assert "is-signed-in" in client.get("/help-now").text
    read_again(app)
    hang = threading.Event()
    with away(database, monkeypatch, hang):
        took = []
        for _ in range(4):
            begun = time.monotonic()
            answer = client.get("/help-now")
            took.append(time.monotonic() - begun)
            assert answer.status_code == 200
            assert "is-guest" in answer.text
            assert "What stands here was read on" in answer.text
        assert took[0] < 2
        assert max(took[1:]) < 0.5, "after one slow look nobody waits"
        hang.set()


def test_as_many_as_hang_at_once_keep_nobody_else_waiting_longer() -> None:
    pool, hang = DeadlinePool(patience_s=0.1, rest_s=0, at_once=2), threading.Event()
    for _ in range(4):  # the third finds both places taken
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            pool.ask(lambda: hang.wait(20))
        assert time.monotonic() - begun < 2
    hang.set()
    for _ in range(100):  # the places come back with the answers
        try:
            assert pool.ask(lambda: 7) == 7
            return
        except Unavailable:
            continue
    pytest.fail("no place came back")


def test_an_answer_ends_the_rest() -> None:
    pool, hang = DeadlinePool(patience_s=0.1, rest_s=60), threading.Event()
    with pytest.raises(Unavailable):
        pool.ask(lambda: hang.wait(20))
    with pytest.raises(Unavailable):
        pool.ask(lambda: 7)
    hang.set()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            assert pool.ask(lambda: 7) == 7
            return
        except Unavailable:
            continue
    pytest.fail("the rest did not end")


def test_reading_is_not_asked_for_at_every_look(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(app)
    with away(database, monkeypatch):
        assert "cannot reach" not in get(app), "what was read a moment ago is fresh"
        monkeypatch.setattr(help_now, "FRESH_S", 0.0)
        assert "cannot reach" in get(app)


def test_a_defect_while_reading_is_no_reason_to_show_nothing(app: Flask) -> None:
    def broken() -> object:
        raise ZeroDivisionError

    with pytest.raises(Unavailable):
        DeadlinePool().ask(broken)
    assert DeadlinePool().ask(lambda: 7) == 7


def test_a_signed_in_reader_keeps_their_navigation(app: Flask, people: People) -> None:
    assert '<nav class="nav"' in browser(app, people.add("Ann")).get("/help-now").text


# --- The copy that a device keeps ----------------------------------------------------------------------------------


def test_the_kept_copy_is_a_guests_says_when_it_was_made_and_holds_no_token(
    app: Flask, people: People
) -> None:
    client: FlaskClient = browser(app, people.add("Annotherwise"))
    page = client.get("/help-now?kept=yes&language=de&country=FR").text
    assert "is-guest" in page
    assert "Annotherwise" not in page
    assert "csrf" not in page
    assert '<html lang="de"' in page
    assert ">Frankreich</h2>" in page
    assert "<form" not in page
    english = get(app, "/help-now?kept=yes")
    assert "You are not connected to PeerSpace. This was saved on 2 March 2026, 20:00 UTC." in english
    assert "You are not connected" not in get(app)
    assert '<html lang="en"' in get(app, "/help-now?kept=yes&language=klingon")
