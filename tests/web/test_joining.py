"""Joining as the server sees it: one form, whatever stands in it, and what it says while a name is chosen."""

from __future__ import annotations

import itertools
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.accounts.names import check_pseudonym
from peerspace.accounts.suggestions import suggest_names
from peerspace.accounts.tokens import COLOUR_WORDS, SYMBOL_WORDS, choices
from peerspace.community.service import ensure_defaults
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.uow import Database
from peerspace.kernel.wording import speaking
from peerspace.languages import INVENTED, translated
from tests.people import People
from tests.saying import publish_rules
from tests.web.conftest import csrf, send
from tests.web.test_accounts import FORM, PHRASE

HOSTILE = (
    '"><script>alert(1)</script>',
    "' OR 1=1 --",
    "{{ 7 * 7 }}",
    "%00",
    "\x00",
    "\u202emoc.elpmaxe",
    "../../etc/passwd",
    "x" * 5_000,
    "a\u0301" * 500,
)


@pytest.fixture(autouse=True)
def _rules(database: Database) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)


def open_step(page: str) -> str:
    """The step that a page begins with."""
    (found,) = re.findall(r'class="step step--open" data-step="(\w+)"', page)
    return str(found)


def test_the_whole_form_stands_at_one_address(client: FlaskClient) -> None:
    page = client.get("/join").text
    form = page[
        page.index('<form class="joining"') : page.index("</form>", page.index('<form class="joining"'))
    ]
    for name in (
        "csrf_token",
        "client_id",
        "rules_read",
        "pseudonym",
        "passphrase",
        "own_words",
        "adult",
        "agreed",
    ):
        assert f'name="{name}"' in form
    assert form.count('name="symbol"') == 24
    assert form.count('name="colour"') == 8
    assert form.count(" checked") == 2
    assert [int(n) for n in re.findall(r'<span class="unseen">Step (\d) of 6: ', form)] == [1, 2, 3, 4, 5, 6]
    assert open_step(page) == "about"
    assert "joining--whole" in client.get("/join?all").text


@pytest.mark.parametrize(
    "field", ["pseudonym", "own_words", "symbol", "colour", "adult", "agreed", "rules_read"]
)
def test_whatever_stands_in_a_field_is_answered_with_a_page(client: FlaskClient, field: str) -> None:
    for value, go in itertools.product(HOSTILE, ("", "on")):
        answer = send(client, "/join", "/join", **(FORM | {"passphrase": "sh0rt", field: value, "go": go}))
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        assert "sh0rt" not in answer.text
        assert open_step(answer.text)


@pytest.mark.parametrize("passphrase", ['"><b id="seen">', "password12345", "y" * 300, "sh0rt", PHRASE])
def test_a_passphrase_is_in_no_page(client: FlaskClient, passphrase: str) -> None:
    answer = send(
        client, "/join", "/join", **(FORM | {"passphrase": passphrase, "own_words": "", "go": "on"})
    )
    assert answer.status_code == 400
    assert passphrase not in answer.text
    assert 'id="seen"' not in answer.text
    cookie = client.get_cookie("peerspace")
    assert cookie is not None
    assert passphrase not in cookie.decoded_value
    assert len(cookie.value) < 400


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"adult": ""}, "about"),
        ({"agreed": "", "own_words": ""}, "rules"),
        ({"pseudonym": "x", "passphrase": "short"}, "name"),
        ({"symbol": "dragon"}, "drawing"),
        ({"colour": "beige"}, "drawing"),
        ({"own_words": " "}, "words"),
        ({"passphrase": "short"}, "send"),
    ],
)
def test_the_page_opens_at_the_first_step_that_needs_another_look(
    client: FlaskClient, changes: dict[str, str], step: str
) -> None:
    answer = send(client, "/join", "/join", **(FORM | changes))
    assert answer.status_code == 400
    assert open_step(answer.text) == step
    summary = answer.text[answer.text.index('class="summary"') : answer.text.index('<form class="joining"')]
    links = re.findall(r'href="#field-(\w+)"', summary)
    assert len(links) == len(set(links)) == len(changes)


def test_a_taken_name_is_said_together_with_the_rest(client: FlaskClient, people: People) -> None:
    people.add("Moth")
    answer = send(client, "/join", "/join", **(FORM | {"passphrase": "short"}))
    assert "is taken" in answer.text
    assert "at least 12" in answer.text
    assert open_step(answer.text) == "name"


def test_enter_half_way_leads_to_what_is_not_done_yet(client: FlaskClient) -> None:
    begun = {
        "adult": "yes",
        "agreed": "yes",
        "pseudonym": "Moth",
        "passphrase": "",
        "own_words": "",
        "go": "on",
    }
    answer = send(client, "/join", "/join", **begun)
    assert answer.status_code == 200
    assert 'class="summary"' not in answer.text
    assert open_step(answer.text) == "words"
    assert 'value="Moth"' in answer.text
    wrong = send(client, "/join", "/join", **(begun | {"pseudonym": "moth@example.org"}))
    assert (wrong.status_code, open_step(wrong.text)) == (400, "name")
    assert "at least 12" not in wrong.text[: wrong.text.index('<form class="joining"')]
    done = send(client, "/join", "/join", **(FORM | {"go": "on"}))
    assert (done.status_code, done.headers["Location"]) == (303, "/my/codes")


def test_rules_that_changed_meanwhile_are_read_once_more(app: Flask, database: Database) -> None:
    client = app.test_client()
    page = client.get("/join").text
    assert 'name="rules_read" value="1"' in page
    token = csrf(client, "/join")
    with database.write(installation(Origin.COMMAND)) as uow:
        publish_rules(uow, "Be *kinder*.")
    answer = client.post("/join", data=FORM | {"csrf_token": token, "rules_read": "1"})
    assert answer.status_code == 400
    assert "The rules changed while you were here" in answer.text
    assert "<em>kinder</em>" in answer.text
    assert 'name="rules_read" value="2"' in answer.text
    assert client.post("/join", data=FORM | {"csrf_token": token, "rules_read": "2"}).status_code == 303


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Moth", ""),
        ("sue", "is taken"),
        ("S\u00fce", "is taken"),
        ("", "2 to 30 letters"),
        ("x" * 50_000, "2 to 30 letters"),
        ("Supervisor Kim", "people who run this place"),
        ("moth@example.org", "a way to find you"),
        ("\x00", "cannot be shown"),
        ("<b>", "letters and digits"),
    ],
)
def test_a_name_is_asked_about_while_it_is_chosen(
    client: FlaskClient, people: People, name: str, said: str
) -> None:
    people.add("Sue")
    answer = send(client, "/join/name", "/join", pseudonym=name)
    assert answer.status_code == 200
    assert answer.json is not None
    assert set(answer.json) == {"message"}
    assert said in answer.json["message"]
    assert bool(answer.json["message"]) is bool(said)


def test_asking_about_a_name_needs_a_token_and_makes_nothing(client: FlaskClient) -> None:
    assert client.post("/join/name", data={"pseudonym": "Moth"}).status_code == 400
    send(client, "/join/name", "/join", pseudonym="Moth")
    assert send(client, "/join", "/join", **FORM).status_code == 303


def test_suggested_names_may_be_used_in_every_language_and_are_free(
    database: Database, people: People
) -> None:
    with database.read(guest()) as uow:
        for language in (*translated(), *INVENTED):
            with speaking(language):
                names = suggest_names(uow, 40)
            assert len(names) > 20, language.code
            assert all(check_pseudonym(name) == name for name in names)
        (name,) = suggest_names(uow, 1)
    people.add(name)
    with database.read(guest()) as uow:
        assert name not in suggest_names(uow, 400)


def test_every_drawing_and_colour_has_a_word() -> None:
    symbols, colours = choices()
    assert set(symbols) == set(SYMBOL_WORDS)
    assert set(colours) == set(COLOUR_WORDS)


def test_joining_is_said_in_the_language_of_the_reader(client: FlaskClient) -> None:
    client.set_cookie("language", "he-XB")
    page = client.get("/join").text
    main = page[page.index("<main") : page.index("</main>")]
    # Not the rules, which stay in the language they were written in, nor a day as English writes it.
    main = re.sub(
        r'<div class="prose rules"[^>]*>.*?</div>|<template.*?</template>', "", main, flags=re.DOTALL
    )
    main = re.sub(r"\d+ \w+ \d{4}", "", main)
    assert re.findall(r">([^<]*[A-Za-z][^<]*)<", main) == []
