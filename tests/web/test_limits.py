"""Rate limits: per signed-in person, else per hashed address; what was typed is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from peerspace.app import create_app
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import Database
from peerspace.web import limits
from tests.people import People
from tests.web.conftest import CHEAP, browser, csrf, make_config, send, sign_in


@pytest.fixture
def limited(tmp_path: Path, database: Database) -> Flask:
    return create_app(make_config(tmp_path, RATE_LIMITS="on"), database, passphrases=CHEAP)


def test_signing_in_is_limited_by_address(limited: Flask) -> None:
    client = limited.test_client()
    token = csrf(client, "/sign-in")
    answers = [
        client.post("/sign-in", data={"csrf_token": token, "name": f"name{number}", "passphrase": "x"})
        for number in range(31)
    ]
    assert {answer.status_code for answer in answers[:30]} == {400}
    assert answers[30].status_code == 429
    assert "A short pause" in answers[30].text
    assert 'value="name30"' in answers[30].text
    again = limited.test_client()
    refused = again.post(
        "/sign-in", data={"csrf_token": csrf(again, "/sign-in"), "name": "x", "passphrase": "x"}
    )
    assert refused.status_code == 429
    assert limited.test_client().get("/sign-in").status_code == 200
    elsewhere = limited.test_client()
    other = {"REMOTE_ADDR": "198.51.100.7"}
    data = {"csrf_token": csrf(elsewhere, "/sign-in"), "name": "x", "passphrase": "x"}
    assert elsewhere.post("/sign-in", data=data, environ_base=other).status_code == 400


@pytest.mark.parametrize(
    ("address", "most"),
    [("/look", 60), ("/inbox/read", 60), ("/my/settings/passphrase", 10)],
)
def test_a_form_has_a_limit_per_person(limited: Flask, people: People, address: str, most: int) -> None:
    """Whoever signs in again, or uses two browsers, does not begin anew; others are not held up."""
    ann = people.add("Ann")
    browsers, ben = [browser(limited, ann), browser(limited, ann)], browser(limited, people.add("Ben"))
    statuses = [send(browsers[turn % 2], address, "/today").status_code for turn in range(most)]
    assert 429 not in statuses
    for again in (*browsers, browser(limited, ann)):
        assert send(again, address, "/today").status_code == 429
    assert send(ben, address, "/today").status_code != 429


def test_every_form_has_a_limit(
    tmp_path: Path, database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that asks for no limit of its own has the common one, here of a single post."""
    monkeypatch.setattr(limits, "ANY_FORM", "1 per minute")
    app = create_app(make_config(tmp_path, RATE_LIMITS="on"), database, passphrases=CHEAP)
    app.config["WTF_CSRF_ENABLED"] = False
    person = people.add("Ann", *(role for role in Role if role is not Role.RESEARCHER))
    client, unlimited, tried = app.test_client(), [], 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "POST" not in (rule.methods or ()) or hasattr(view, "post_limit"):
            continue
        built = rule.build({name: 1 if name.endswith("session_id") else "nobody" for name in rule.arguments})
        assert built is not None
        # Signed in again for each: some of these acts end sessions, and a new one must not begin anew.
        first, second = (sign_in(client, person).post(built[1]).status_code for _ in range(2))
        tried += 1
        if first == 429 or second != 429:
            unlimited.append((rule.endpoint, first, second))
    assert tried > 20
    assert unlimited == []


def test_no_address_is_kept(limited: Flask) -> None:
    client = limited.test_client()
    client.post("/sign-in", data={"csrf_token": csrf(client, "/sign-in"), "name": "x", "passphrase": "x"})
    kept = str(vars(limited.extensions["peerspace_limiter"].storage))
    assert "a:" in kept
    assert "127.0.0.1" not in kept
