"""Rate limits: per signed-in browser, else per hashed address; what was typed is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from peerspace.app import create_app
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import CHEAP, browser, csrf, make_config


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


def test_every_form_has_a_limit_per_browser(limited: Flask, people: People) -> None:
    ann, ben = browser(limited, people.add("Ann")), browser(limited, people.add("Ben"))
    token = csrf(ann, "/today")
    statuses = [
        ann.post("/my/settings/theme", data={"csrf_token": token, "theme": "dark"}).status_code
        for _ in range(61)
    ]
    assert statuses == [303] * 60 + [429]
    answer = ben.post("/my/settings/theme", data={"csrf_token": csrf(ben, "/today"), "theme": "dark"})
    assert answer.status_code == 303


def test_no_address_is_kept(limited: Flask) -> None:
    client = limited.test_client()
    client.post("/sign-in", data={"csrf_token": csrf(client, "/sign-in"), "name": "x", "passphrase": "x"})
    kept = str(vars(limited.extensions["peerspace_limiter"].storage))
    assert "a:" in kept
    assert "127.0.0.1" not in kept
