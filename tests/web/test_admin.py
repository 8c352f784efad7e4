"""Running the place by pages: roles, links, spaces, rooms, rules, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from peerspace.accounts.models import PAY, TRAINING
from peerspace.accounts.queries import roles_of
from peerspace.chat.models import Room
from peerspace.community.settings import WHEN, Setting, get_setting
from peerspace.features import CATALOGUE
from peerspace.forum.models import Space
from peerspace.forum.staff import HOLDS
from peerspace.kernel.actor import Role, guest
from peerspace.kernel.uow import Database
from peerspace.streams.kinds import StreamKind
from peerspace.web.community import admin_words
from peerspace.web.community.setting_text import as_text, from_text
from tests.people import People
from tests.web.conftest import browser, send

ROOT = Path(__file__).parents[2] / "peerspace"


@pytest.fixture
def admin(app: Flask, people: People) -> FlaskClient:
    return browser(app, people.add("Ada", Role.ADMINISTRATOR))


def test_the_overview_shows_parts_and_the_record(admin: FlaskClient, people: People) -> None:
    send(admin, "/admin/spaces", "/admin/spaces", slug="nights", name="Nights")
    page = admin.get("/admin").text
    assert "The database" in page
    assert "works" in page
    assert "space created" in page


def test_roles_by_name(admin: FlaskClient, people: People, database: Database) -> None:
    ann = people.add("Ann")
    assert "nobody here by that name" in admin.get("/admin/people?name=Nobody").text
    assert "Member" in admin.get("/admin/people?name=ANN").text
    grant = {"name": "Ann", "role": "peer_worker", "what": "grant"}
    answer = send(admin, "/admin/people/roles", "/admin/people", **grant, training="trained", pay="paid")
    assert answer.status_code == 303
    with database.read(guest()) as uow:
        assert Role.PEER_WORKER in roles_of(uow, ann.require_account())
    assert send(admin, "/admin/people/roles", "/admin/people", **(grant | {"what": "end"})).status_code == 303
    with database.read(guest()) as uow:
        assert roles_of(uow, ann.require_account()) == {Role.MEMBER}
    for wrong, status in (
        ({"role": "emperor"}, 400),
        ({"training": "very"}, 400),
        ({"name": "Nobody"}, 404),
        ({"name": ""}, 404),
        ({"role": "researcher"}, 409),
        ({"name": "Ada", "role": "administrator", "what": "end"}, 409),
    ):
        answer = send(admin, "/admin/people/roles", "/admin/people", **(grant | wrong))
        assert answer.status_code == status


def test_spaces_and_rooms(admin: FlaskClient, database: Database) -> None:
    good = {
        "slug": "new-here",
        "name": "New here",
        "description": "Say hello.",
        "hold_first_posts": "off_shift",
    }
    assert send(admin, "/admin/spaces", "/admin/spaces", **good).status_code == 303
    for wrong in (
        {"slug": "New Here"},
        {"slug": ""},
        {"name": ""},
        {"name": "\x00"},
        {"hold_first_posts": "no"},
        {},
    ):
        answer = send(
            admin, "/admin/spaces", "/admin/spaces", **(good | {"slug": "other"} | wrong if wrong else good)
        )
        assert answer.status_code in (400, 409)
        assert "Say hello." in answer.text
    room = {"slug": "late-kitchen", "name": "Late kitchen", "description": "Tea."}
    assert send(admin, "/admin/rooms", "/admin/rooms", **room).status_code == 303
    assert send(admin, "/admin/rooms", "/admin/rooms", **room).status_code == 409
    assert send(admin, "/admin/rooms", "/admin/rooms", **(room | {"slug": "../x"})).status_code == 400
    for what in ("close", "close", "open"):
        assert send(admin, f"/admin/rooms/late-kitchen/{what}", "/admin/rooms").status_code == 303
    assert send(admin, "/admin/rooms/late-kitchen/burn", "/admin/rooms").status_code == 404
    assert send(admin, "/admin/rooms/nowhere/close", "/admin/rooms").status_code == 404
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(Space.slug)).all() == ["new-here"]
        assert [room.state_word for room in uow.session.scalars(select(Room))] == ["read_only"]


def test_rules_are_published(admin: FlaskClient) -> None:
    assert send(admin, "/admin/rules", "/admin/rules", body="Be kind.").headers["Location"] == "/rules"
    assert "Be kind." in admin.get("/admin/rules").text
    assert "Be kind." in admin.get("/rules").text
    assert send(admin, "/admin/rules", "/admin/rules", body="").status_code == 400
    long = send(admin, "/admin/rules", "/admin/rules", body="x" * 20_001)
    assert long.status_code == 400
    assert "the limit is 20000" in long.text


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("first_posts", "5", 5),
        ("hold_first_messages", "always", "always"),
        (
            "response_targets",
            "safety: 10\r\nserious: 60\nother : 600",
            {"safety": 10, "serious": 60, "other": 600},
        ),
        (
            "watch_phrases",
            "call me\r\n\r\nflag: my number: is | nights, new-here\r\ndelete: x\r\n",
            [
                {"text": "call me", "action": "hold", "spaces": []},
                {"text": "my number: is", "action": "flag", "spaces": ["nights", "new-here"]},
                {"text": "delete: x", "action": "hold", "spaces": []},
            ],
        ),
        ("watch_phrases", "", []),
        ("contact", "The kitchen table.", "The kitchen table."),
    ],
)
def test_a_setting_is_set(admin: FlaskClient, database: Database, key: str, typed: str, kept: object) -> None:
    assert send(admin, f"/admin/settings/{key}", "/admin/settings", value=typed).status_code == 303
    with database.read(guest()) as uow:
        assert get_setting(uow, key) == kept
    assert admin.get("/admin/settings").status_code == 200


@pytest.mark.parametrize(
    ("key", "typed", "status"),
    [
        ("first_posts", "many", 400),
        ("first_posts", "", 400),
        ("response_targets", "{", 400),
        ("response_targets", "safety: 15", 400),
        ("response_targets", "[" * 50_000, 400),
        ("watch_phrases", "x" * 121, 400),
        ("watch_phrases", "hold:", 400),
        ("watch_phrases", "bell\x07", 400),
        ("contact", "x" * 301, 400),
        ("contact", "\x00", 400),
        ("secret_key", "x", 404),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(
    admin: FlaskClient, key: str, typed: str, status: int
) -> None:
    answer = send(admin, f"/admin/settings/{key}", "/admin/settings", value=typed)
    assert answer.status_code == status
    if typed == "many":
        assert 'value="many"' in answer.text
        assert "whole number from 0 to 100" in answer.text


def test_every_setting_reads_back_as_it_was_typed(database: Database) -> None:
    for setting in CATALOGUE.every(Setting):
        kept = setting.check(setting.default)
        assert setting.check(from_text(setting, as_text(setting, kept))) == kept
        assert setting.check(from_text(setting, as_text(setting, setting.default))) == kept


def test_what_is_recorded_has_words() -> None:
    """Whatever code writes into the record, and every job, setting and choice, is called something on these pages."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    subjects = set(re.findall(r'\.audit\(\s*[\w.\[\]]+,\s*"(\w+)"', code))
    assert len(subjects) > 8
    subjects |= {kind.contribution for kind in CATALOGUE.every(StreamKind)}
    assert subjects - set(admin_words.SUBJECTS) == set()
    assert admin_words.job_said("build_release") == "Build datasets"
    assert admin_words.job_said("something_new") == "something new"
    assert set(admin_words.HOLDS) == set(HOLDS) == set(WHEN)
    assert (set(admin_words.TRAINING), set(admin_words.PAY)) == (set(TRAINING), set(PAY))
    assert admin_words.action_said("something_new") == "something new"
    assert admin_words.action_said("room_created") == "room created"


def test_minutes_are_asked_for_one_by_one_and_kept_as_typed(admin: FlaskClient, database: Database) -> None:
    wrong = {"safety": "soon", "serious": "60", "other": "600"}
    answer = send(admin, "/admin/settings/response_targets", "/admin/settings", **wrong)
    assert answer.status_code == 400
    assert 'name="safety" inputmode="numeric" value="soon"' in answer.text
    assert 'name="serious" inputmode="numeric" value="60"' in answer.text
    right = wrong | {"safety": "10"}
    assert send(admin, "/admin/settings/response_targets", "/admin/settings", **right).status_code == 303
    with database.read(guest()) as uow:
        assert get_setting(uow, "response_targets") == {"safety": 10, "serious": 60, "other": 600}


def test_the_record_speaks_the_reader_s_language(admin: FlaskClient) -> None:
    send(admin, "/admin/spaces", "/admin/spaces", slug="nights", name="Nights", hold_first_posts="never")
    admin.get("/admin")  # what was said in passing was said in English
    admin.set_cookie("language", "he-XB")
    page = admin.get("/admin").text
    main = page[page.index("<main") : page.index("</main>")]
    left = re.sub(r"<time.*?</time>|<[^>]+>|peerspace [a-z ]+", "", main)
    assert re.findall(r"[A-Za-z]{4,}", left) == []
