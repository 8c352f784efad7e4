"""The administrators' page of help lines: what stands, confirming, changing, adding; hostile input in every field."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from peerspace.community.help_lines_state import AnyState, help_line_states
from peerspace.kernel.actor import Role, guest
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.uow import Database
from peerspace.kernel.wording import speaking
from peerspace.languages import offered
from peerspace.web.community.times import times_as_typed, times_from
from tests.people import People
from tests.web.conftest import browser, csrf, send

LINES = "/admin/help-lines"
GOOD = {
    "name": "The Night Desk",
    "call": "020 7946 0000",
    "text_to": "60000",
    "text_word": "NIGHT",
    "hours": "times",
    "times": "Mon-Fri 18:00-24:00\r\n\r\nSunday 9:00-12:00",
    "answered_by": "peers",
    "for_whom": "anyone",
    "languages": "en, cy",
    "free": "yes",
    "where": "Wales",
    "note": "Ask for Ada.",
    "source": "https://night-desk.example/",
}
NUMBERS = {"number-1": "192", "what-1": "ambulance", "emergency_source": "https://gov.example/"}


@pytest.fixture
def admin(app: Flask, people: People) -> FlaskClient:
    return browser(app, people.add("Ada", Role.ADMINISTRATOR))


def now(database: Database, key: str) -> AnyState:
    with database.read(guest()) as uow:
        return help_line_states(uow).find(key)


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form on `page` that goes to `action`."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert found is not None, action
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))


def press(client: FlaskClient, key: str, what: str, page: str) -> TestResponse:
    """Press the button that does `what` to `key` on `page`."""
    action = f"{LINES}/{key}/{what}"
    return client.post(action, data=form_of(client.get(page).text, action))


def test_every_line_of_a_country_stands_there_with_its_source(admin: FlaskClient) -> None:
    page = html.unescape(admin.get(f"{LINES}?country=GB").text)
    for words in ("Samaritans", "Call 116 123", "Text SHOUT to 85258", "Not confirmed", "Scotland",
                  'href="https://giveusashout.org/get-help/"', "Every day, 17:00 to 24:00."):  # fmt: skip
        assert words in page
    assert "11 not confirmed" in page  # ten lines and the emergency numbers
    for odd in ("", "?country=ZZ", "?country=BR", "?country=%F0%9F%95%AF"):
        assert admin.get(LINES + odd).status_code == 200


def test_a_line_is_confirmed_by_the_press_of_a_button_and_everybody_sees_it_at_once(
    app: Flask, admin: FlaskClient, people: People, database: Database, clock: HeldClock
) -> None:
    assert "Checked by this site" not in app.test_client().get("/help-now").text
    answer = press(admin, "gb-samaritans", "confirm", f"{LINES}?country=GB")
    assert answer.headers["Location"] == f"{LINES}?country=GB#gb-samaritans"
    page = admin.get(f"{LINES}?country=GB").text
    assert "on 2 March 2026 by Ada" in page
    assert "Checked by this site on 2 March 2026." in app.test_client().get("/help-now").text
    clock.move(200 * 86_400)
    admin = browser(app, people.add("Bea", Role.ADMINISTRATOR))
    page = admin.get(f"{LINES}?country=GB").text
    assert "Confirmed more than six months ago: look again" in page
    assert press(admin, "gb-samaritans", "confirm", f"{LINES}?country=GB").status_code == 303
    assert now(database, "gb-samaritans").confirmed_at == clock.now()


def test_what_somebody_else_changed_meanwhile_is_not_confirmed(
    app: Flask, admin: FlaskClient, database: Database, people: People
) -> None:
    bea = browser(app, people.add("Bea", Role.ADMINISTRATOR))
    stale = form_of(admin.get(f"{LINES}?country=GB").text, f"{LINES}/gb-calm/confirm")
    version = {"version": form_of(admin.get(f"{LINES}/gb-calm").text, f"{LINES}/gb-calm")["version"]}
    assert send(bea, f"{LINES}/gb-calm", **(GOOD | version)).status_code == 303
    refused = admin.post(f"{LINES}/gb-calm/confirm", data=stale, follow_redirects=True)
    assert refused.request.path == LINES
    assert "Somebody changed this in the meantime" in refused.text
    assert now(database, "gb-calm").state == "unconfirmed"
    late = send(admin, f"{LINES}/gb-calm", **(GOOD | version | {"note": "Mine."}))
    assert late.status_code == 409
    assert "Somebody changed this in the meantime" in late.text
    assert 'value="Mine."' in late.text
    assert '<input type="hidden" name="version" value="1">' in late.text
    assert now(database, "gb-calm").subject.fields["note"] == "Ask for Ada."  # type: ignore[union-attr]


def test_a_line_is_changed_hidden_shown_and_given_back(admin: FlaskClient, database: Database) -> None:
    page = admin.get(f"{LINES}/de-nummer-gegen-kummer").text
    assert "Mon-Sat 14:00-20:00" in page
    answer = send(admin, f"{LINES}/de-nummer-gegen-kummer", **GOOD, version="0")
    assert answer.headers["Location"] == f"{LINES}/de-nummer-gegen-kummer"
    one = now(database, "de-nummer-gegen-kummer")
    assert one.subject.fields == {  # type: ignore[union-attr]
        "country": "DE", "name": "The Night Desk", "call": ["020 7946 0000"], "text_to": "60000", "text_word": "NIGHT",
        "hours": {"kind": "times", "times": ["1-5 18:00-24:00", "7-7 09:00-12:00"]}, "answered_by": "peers",
        "for_whom": "anyone", "languages": ["en", "cy"], "free": True, "where": "Wales", "note": "Ask for Ada.",
        "source": "https://night-desk.example/",
    }  # fmt: skip
    page = admin.get("/help-now?country=DE").text
    for words in ("The Night Desk", "Monday to Friday, 18:00 to 24:00. Sunday, 09:00 to 12:00.", "In Wales.", "Free.",
                  "Languages: English and Welsh.", "Ask for Ada.", "People who have been there"):  # fmt: skip
        assert words in page
    for what, state in (("hide", "hidden"), ("show", "unconfirmed"), ("confirm", "confirmed")):
        assert press(admin, "de-nummer-gegen-kummer", what, f"{LINES}?country=DE").status_code == 303
        assert now(database, "de-nummer-gegen-kummer").state == state
    own = f"{LINES}/de-nummer-gegen-kummer"
    assert press(admin, "de-nummer-gegen-kummer", "as-shipped", own).headers["Location"] == own
    assert now(database, "de-nummer-gegen-kummer").subject.fields["name"] == "Nummer gegen Kummer"  # type: ignore[union-attr]
    history = admin.get(own).text
    for act in ("Changed", "Hidden", "Shown again", "Confirmed", "As PeerSpace ships it"):
        assert act in history


def test_a_line_in_a_new_country(app: Flask, admin: FlaskClient, database: Database) -> None:
    form = admin.get(f"{LINES}/new?country=BR")
    assert "Emergency numbers of Brazil" in form.text
    assert "Emergency numbers of" not in admin.get(f"{LINES}/new?country=GB").text
    refused = send(admin, f"{LINES}/new", country="BR", **GOOD)
    assert refused.status_code == 400
    assert "Please give at least one emergency number" in refused.text
    assert 'value="The Night Desk"' in refused.text
    answer = send(admin, f"{LINES}/new", country="BR", **GOOD, **NUMBERS)
    assert answer.status_code == 303
    key = answer.headers["Location"].rsplit("/", 1)[1]
    assert now(database, key).is_own
    page = app.test_client().get("/help-now?country=BR").text
    assert "The Night Desk" in page
    assert 'href="tel:192"' in page
    assert (
        send(admin, f"{LINES}/br-emergency", **NUMBERS | {"number-1": "190"}, version="1").status_code == 303
    )
    assert press(admin, "br-emergency", "confirm", f"{LINES}/br-emergency").status_code == 303
    assert 'href="tel:190"' in app.test_client().get("/help-now?country=BR").text
    for code in ("", "ZZ", "<b>"):
        assert admin.get(f"{LINES}/new", query_string={"country": code}).status_code == 404
        assert send(admin, f"{LINES}/new", **GOOD, country=code).status_code == 400


def test_emergency_numbers_of_a_country_cannot_be_hidden_nor_emptied(
    admin: FlaskClient, database: Database
) -> None:
    assert send(admin, f"{LINES}/gb-emergency/hide", version="0").status_code == 404
    refused = send(admin, f"{LINES}/gb-emergency", version="0", emergency_source="https://gov.example/")
    assert refused.status_code == 400
    assert "Please give at least one emergency number" in refused.text
    wrong = send(admin, f"{LINES}/gb-emergency", **NUMBERS | {"what-1": "pizza"}, version="0")
    assert (wrong.status_code, "Please choose one of those shown" in wrong.text) == (400, True)
    assert now(database, "gb-emergency").version == 0


def test_a_directory_is_confirmed_too(app: Flask, admin: FlaskClient) -> None:
    assert press(admin, "find-a-helpline", "confirm", LINES).status_code == 303
    assert admin.get(f"{LINES}/find-a-helpline").status_code == 404
    assert "Find a Helpline" in app.test_client().get("/help-now").text


@pytest.mark.parametrize(
    "field", [*(name for name in GOOD if name != "free"), "emergency_source", "number-1"]
)
def test_hostile_input_in_every_field_is_refused_or_shown_as_words(
    app: Flask, admin: FlaskClient, database: Database, field: str
) -> None:
    numbers = NUMBERS if field in NUMBERS else {}
    address = f"{LINES}/new"
    country = "BR" if numbers else "GB"
    scripts = ("<script>alert(1)</script>", '"><svg/onload=alert(1)>', "javascript:alert(1)")
    for typed in (*scripts, "x" * 5000, "nul \x00 here", "turned \u202e round", "\u200b"):
        form = GOOD | numbers | {"country": country, field: typed}
        answer = send(admin, address, **form)
        assert answer.status_code in (303, 400), (field, typed[:20])
        lowered = answer.text.lower()
        assert "<script>alert" not in lowered
        assert "<svg/onload" not in lowered
    bytes_of = f"csrf_token={csrf(admin)}&country={country}&{field}=".encode() + b"\xff\xfe"
    broken = admin.post(address, data=bytes_of, content_type="application/x-www-form-urlencoded")
    assert broken.status_code == 400
    for page in (f"{LINES}?country={country}", "/help-now"):
        shown = admin.get(page).text.lower()
        assert "<script>alert" not in shown
        assert "<svg/onload" not in shown
        assert 'href="javascript' not in shown


def test_odd_versions_and_acts_are_no_fault(admin: FlaskClient) -> None:
    for version in ("", "x", "-1", "1.0", "٣", "9" * 40):
        for address in (f"{LINES}/gb-calm", f"{LINES}/gb-calm/confirm", f"{LINES}/gb-calm/hide"):
            assert send(admin, address, **GOOD | {"version": version}).status_code == 400
    assert send(admin, f"{LINES}/gb-calm/burn", version="0").status_code == 404
    assert send(admin, f"{LINES}/nowhere", **GOOD, version="0").status_code == 404
    assert send(admin, f"{LINES}/gb-calm/as-shipped", version="0").status_code == 303


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mon-Fri 14:00-20:00", ["1-5 14:00-20:00"]),
        ("monday \u2013 friday 9:30 \u2013 12:00\nSat 10:00-11:00", ["1-5 09:30-12:00", "6-6 10:00-11:00"]),
        ("1-7 00:00-24:00", ["1-7 00:00-24:00"]),
        ("Mo-Fr 8:00-9:00\nSonntag 8:00-9:00", ["1-5 08:00-09:00", "7-7 08:00-09:00"]),
        ("whenever\n", ["whenever"]),
        ("", []),
    ],
)
def test_days_are_understood_in_english_and_in_the_readers_language(typed: str, kept: list[str]) -> None:
    with speaking(offered(production=True)["de"]):
        assert times_from(typed) == kept
        if "whenever" not in typed:
            assert times_from(times_as_typed(tuple(kept))) == kept
