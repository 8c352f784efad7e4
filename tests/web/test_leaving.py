"""What the server shows a browser after somebody left quickly in it: nothing, until they choose to go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.app import create_app
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import CHEAP, browser, make_config, send

pytestmark = pytest.mark.invariant(12)

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = ("/", "/help-now", "/today", "/my/settings", "/no-such-page", "/offline")


def test_no_page_is_shown_until_the_person_goes_on(app: Flask, people: People) -> None:
    member = browser(app, people.add("Marigold"))
    assert "Marigold" in member.get("/my/settings", headers=PAGE).text
    left = member.get("/leave", headers=PAGE)
    assert left.status_code == 303
    for path in PAGES:
        answer = member.get(path, headers=PAGE)
        assert (answer.status_code, answer.location) == (303, "/paused"), path
        assert answer.headers["Cache-Control"] == "no-store"
    page = member.get("/paused", headers=PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    for word in ("PeerSpace", "Marigold", "help", "/today"):
        assert word not in page.text
    back = send(member, "/come-back", page="/paused")
    assert (back.status_code, back.location) == (303, "/today")
    assert "Marigold" in member.get("/my/settings", headers=PAGE).text
    assert member.get("/paused", headers=PAGE).location == "/today"


def test_coming_back_needs_the_token_of_the_page(app: Flask) -> None:
    guest = app.test_client()
    guest.get("/leave", headers=PAGE)
    assert guest.post("/come-back").status_code == 400
    assert guest.get("/", headers=PAGE).location == "/paused"


def test_what_is_no_page_is_answered_as_ever(client: FlaskClient) -> None:
    """Files, scripts' own requests and what another tab sends: nothing that was typed there is lost."""
    client.get("/leave", headers=PAGE)
    assert client.get("/static/js/leave.js").status_code == 200
    assert client.get("/healthz", headers={"Accept": "*/*"}).status_code == 200
    assert send(client, "/look", page="/paused", theme="dark").location == "/look"


def test_the_mark_is_unreadable_and_lasts_as_long_as_the_browser(tmp_path: Path, database: Database) -> None:
    secure = {
        "ENV": "production",
        "BASE_URL": "https://peers.example",
        **{f"{name}_KEY": "q8Zr1-Kd0vJx7TnW3bYh5LmPc9RfGs2E" for name in ("SECRET", "AUDIT", "DATA")},
    }
    for settings, is_secure in (({}, False), (secure | {"RATE_LIMITS": "on"}, True)):
        app = create_app(make_config(tmp_path, **settings), database, passphrases=CHEAP)
        cookie = app.test_client().get("/leave", base_url="https://peers.example").headers["Set-Cookie"]
        assert cookie.startswith("left=yes;")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Expires" not in cookie
        assert "Max-Age" not in cookie
        assert ("Secure" in cookie) is is_secure
