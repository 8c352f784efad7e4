"""One-time links by pages: asked for, agreed to, shown once, stopped."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from peerspace.kernel.actor import Actor, Role
from tests.people import People
from tests.web.conftest import browser, send


@pytest.fixture
def ann(people: People) -> Actor:
    return people.add("Ann")


@pytest.fixture
def admin(app: Flask, people: People) -> FlaskClient:
    return browser(app, people.add("Ada", Role.ADMINISTRATOR))


@pytest.fixture
def supervisor(app: Flask, people: People) -> FlaskClient:
    return browser(app, people.add("Sue", Role.SUPERVISOR))


def said(answer: TestResponse) -> str:
    """What a page says, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


def ask(admin: FlaskClient, note: str = "She rang.") -> str:
    """Ask for a link for Ann; the address of the request."""
    answer = send(admin, "/admin/people/link", "/admin/people?name=Ann", name="Ann", note=note)
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/links")
    found = re.search(r"/links/([\w-]+)/stop", admin.get("/links").text)
    assert found is not None
    return f"/links/{found[1]}"


def test_a_link_is_asked_for_agreed_to_and_shown_once(
    app: Flask, admin: FlaskClient, supervisor: FlaskClient, ann: Actor
) -> None:
    one = ask(admin)
    assert send(admin, f"{one}/take", "/links").status_code == 409
    assert send(admin, f"{one}/agree", "/links").status_code == 403
    assert "She rang." in supervisor.get("/links").text
    assert "It needs a second person." in supervisor.get("/inbox").text
    assert send(supervisor, f"{one}/agree", "/links").status_code == 303
    shown = send(admin, f"{one}/take", "/links")
    found = re.search(r"http://127\.0\.0\.1:8000(/link/[\w-]+)", shown.text)
    assert found is not None
    assert found[1] not in admin.get("/links").text
    assert app.test_client().get(found[1]).status_code == 200


def test_the_member_reads_of_it_and_stops_it(
    app: Flask, admin: FlaskClient, supervisor: FlaskClient, ann: Actor
) -> None:
    one = ask(admin)
    member = browser(app, ann)
    assert "asked for a sign-in link to your account" in said(member.get("/inbox"))
    page = said(member.get("/my/data"))
    assert "She rang." in page
    assert "Ada asked for a sign-in link to your account" in page
    assert send(member, f"{one}/stop", "/my/data").headers["Location"] == "/my/data#looked"
    assert send(supervisor, f"{one}/agree", "/links").status_code == 409
    assert "Ann stopped" not in said(member.get("/my/data"))


def test_a_request_without_a_reason_is_refused_and_says_so(admin: FlaskClient, ann: Actor) -> None:
    answer = send(admin, "/admin/people/link", "/admin/people?name=Ann", name="Ann", note=" ")
    assert answer.status_code == 400
    assert 'id="field-note"' in answer.text
    assert send(admin, "/admin/people/link", "/admin/people", name="Nobody", note="x").status_code == 404


def test_links_are_for_staff(app: Flask, ann: Actor, admin: FlaskClient) -> None:
    one = ask(admin)
    member = browser(app, ann)
    assert member.get("/links").status_code == 403
    assert send(member, f"{one}/agree", "/today").status_code == 403
    assert send(member, f"{one}/take", "/today").status_code == 403


def test_a_role_taken_by_an_administrator_is_in_every_supervisor_s_inbox(
    admin: FlaskClient, supervisor: FlaskClient
) -> None:
    grant = {
        "name": "Ada",
        "role": "panel",
        "what": "grant",
        "training": "not_recorded",
        "pay": "not_recorded",
    }
    assert send(admin, "/admin/people/roles", "/admin/people", **grant).status_code == 303
    assert "Ada gave themselves a role: Panel member." in said(supervisor.get("/inbox"))
