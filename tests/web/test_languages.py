"""Pages speak the reader's language: chosen on the device or asked for by the browser, without account or script."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.kernel import wording
from peerspace.kernel.errors import TooLong
from peerspace.languages import RIGHT_TO_LEFT, offered, script_words, translated
from peerspace.sentences import say


def choose(client: FlaskClient, **chosen: str) -> int:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/look").text)
    assert token
    return client.post("/look", data={"csrf_token": token[1], "back": "/rules", **chosen}).status_code


def test_a_language_is_chosen_without_an_account(app: Flask) -> None:
    client = app.test_client()
    assert '<html lang="en" dir="ltr"' in client.get("/rules").text
    assert choose(client, language="de") == 303
    page = client.get("/rules")
    assert '<html lang="de" dir="ltr"' in page.text
    assert page.headers["Content-Language"] == "de"
    assert "Schnell verlassen" in page.text
    assert choose(client, language="en") == 303
    assert "Leave quickly" in client.get("/rules").text


@pytest.mark.parametrize(
    ("asked", "code"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr,de;q=0.5", "de"), ("fr,de;q=0", "en"), ("cy", "en"), ("", "en"),
     ("en-GB,de;q=0.1", "en"),
     ("he-XB", "en"), ("*", "en"), (";;q=%%", "en")],
)  # fmt: skip
def test_a_browser_that_asks_is_heard(app: Flask, asked: str, code: str) -> None:
    assert f'<html lang="{code}"' in app.test_client().get("/rules", headers={"Accept-Language": asked}).text


def test_what_is_not_known_is_refused_and_nothing_kept(app: Flask) -> None:
    client = app.test_client()
    for chosen in ({"language": "xx"}, {"theme": '"><script>'}, {"tab": "no"}, {}):
        assert choose(client, **chosen) == 400
    assert client.get_cookie("language") is None
    assert client.get_cookie("theme") is None


@pytest.mark.parametrize("back", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
def test_a_choice_leads_nowhere_else(app: Flask, back: str) -> None:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/look").text)
    assert token
    answer = client.post("/look", data={"csrf_token": token[1], "back": back, "theme": "quiet"})
    assert answer.headers["Location"] == "/look"


def test_the_tab_can_be_given_a_neutral_name(app: Flask) -> None:
    client = app.test_client()
    assert "<title>Rules" in client.get("/rules").text
    assert choose(client, tab="plain") == 303
    assert "<title>New tab</title>" in client.get("/rules").text
    assert choose(client, tab="") == 303
    assert "<title>Rules" in client.get("/rules").text


def test_a_refusal_is_said_in_the_readers_language(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("language", "de")
    page = client.get("/no-such-page")
    assert page.status_code == 404
    assert "Hier ist nichts" in page.text


def test_one_reader_does_not_change_the_language_of_the_next(app: Flask) -> None:
    german, english = app.test_client(), app.test_client()
    german.set_cookie("language", "de")
    for _ in range(3):
        assert '<html lang="de"' in german.get("/privacy").text
        assert '<html lang="en"' in english.get("/privacy").text


def test_invented_languages_stay_out_of_production() -> None:
    assert set(offered(production=True)) == {one.code for one in translated()}
    assert RIGHT_TO_LEFT.code in offered(production=False)


def test_scripts_get_their_words(app: Flask) -> None:
    client = app.test_client()
    for language in translated():
        answer = client.get(f"/words/{language.code}.js")
        assert answer.mimetype == "text/javascript"
        assert answer.text.startswith("export default {")
        again = client.get(f"/words/{language.code}.js", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert client.get("/words/xx.js").status_code == 404
    assert script_words(wording.ENGLISH) == {}


def test_values_of_a_sentence_survive_every_language() -> None:
    error = TooLong("too_long", length=70, limit=60)
    for language in offered(production=False).values():
        with wording.speaking(language):
            said = say(error)
        assert "70" in said, language.code
        assert "60" in said, language.code
        assert "{" not in said, language.code
