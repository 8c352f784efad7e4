"""The front door: joining, signing in and out, waiting, getting back in; hostile input included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from peerspace.accounts.account_status import suspend
from peerspace.accounts.links import create_link
from peerspace.accounts.models import Account, SignInAttempt, WebSession
from peerspace.app import create_app
from peerspace.community.service import ensure_defaults
from peerspace.kernel.actor import Actor, Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import CHEAP, browser, csrf, make_config, says_name, send

PHRASE = "three words here"
FORM = {
    "pseudonym": "Moth",
    "passphrase": PHRASE,
    "own_words": "I sleep badly and would like company.",
    "adult": "yes",
    "agreed": "yes",
}


@pytest.fixture(autouse=True)
def _rules(database: Database) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)


@pytest.fixture
def ann(database: Database, people: People) -> Actor:
    person = people.add("Ann")
    with database.write(person) as uow:
        uow.session.get_one(Account, person.account_id).passphrase_hash = CHEAP.hash(PHRASE)
    return person


def _accounts(database: Database) -> list[Account]:
    with database.read(guest()) as uow:
        return list(uow.session.scalars(select(Account).order_by(Account.id)))


def test_joining_leads_to_the_door(client: FlaskClient, database: Database) -> None:
    answer = send(client, "/join", "/join", **FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/codes")
    page = client.get("/waiting")
    assert page.status_code == 200
    assert "You are at the door" in page.text
    assert "/help-now" in page.text
    assert 'aria-label="Main"' not in page.text
    [account] = _accounts(database)
    assert (account.status, account.rules_number) == ("waiting", 1)
    assert PHRASE not in account.passphrase_hash


@pytest.mark.invariant(11)
def test_the_same_form_twice_makes_one_account(app: Flask, database: Database) -> None:
    one = app.test_client()
    fields = {"csrf_token": csrf(one, "/join"), **FORM}
    again = app.test_client()
    assert one.post("/join", data=fields).status_code == 303
    other = {"csrf_token": csrf(again, "/join"), **FORM}
    assert again.post("/join", data=other).headers["Location"] == "/my/codes"
    assert len(_accounts(database)) == 1
    stranger = app.test_client()
    taken = send(stranger, "/join", "/join", **(FORM | {"passphrase": "some other words"}))
    assert taken.status_code == 400
    assert "is taken" in taken.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pseudonym": ""}, "2 to 30 letters"),
        ({"pseudonym": "x" * 10_000}, "2 to 30 letters"),
        ({"pseudonym": "Moth\x00"}, "characters that cannot be shown"),
        ({"pseudonym": "<script>alert(1)</script>"}, "made of letters and digits"),
        ({"pseudonym": "moth@example.org"}, "a way to find you"),
        ({"passphrase": ""}, "at least 12 characters"),
        ({"passphrase": "password12345"}, "first that a stranger would try"),
        ({"own_words": ""}, "nothing written"),
        ({"own_words": "x" * 2_001}, "the limit is 2000"),
        ({"own_words": "bell\x07"}, "characters that cannot be shown"),
        ({"adult": ""}, "for adults"),
        ({"agreed": ""}, "agree to them"),
        ({"symbol": "../../etc/passwd"}, "one of the drawings"),
    ],
)
def test_a_form_that_does_not_pass_keeps_what_was_typed(
    client: FlaskClient, database: Database, changes: dict[str, str], sentence: str
) -> None:
    answer = send(client, "/join", "/join", **(FORM | changes))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert PHRASE not in answer.text
    assert "<script>alert" not in answer.text
    if "own_words" not in changes:
        assert FORM["own_words"] in answer.text
    assert _accounts(database) == []


def test_own_words_may_hold_anything_readable(client: FlaskClient, app: Flask, people: People) -> None:
    words = "<b>*not bold*</b> [x](javascript:alert(1)) 夜 🕯"
    send(client, "/join", "/join", **(FORM | {"own_words": words}))
    page = browser(app, people.add("Sue", Role.SUPERVISOR)).get("/admissions").text
    assert "&lt;b&gt;*not bold*&lt;/b&gt; [x](javascript:alert(1)) 夜 🕯" in page
    assert "<b>*not" not in page


def test_words_that_sound_like_a_crisis_show_help_at_once(
    client: FlaskClient, app: Flask, people: People
) -> None:
    send(client, "/join", "/join", **(FORM | {"own_words": "Some nights I want to die."}))
    assert "A supervisor reads your words first." in client.get("/waiting").text
    page = browser(app, people.add("Sue", Role.SUPERVISOR)).get("/admissions").text
    assert "may be in crisis" in page


def test_help_lines_stand_beside_whatever_somebody_says_at_joining(client: FlaskClient) -> None:
    in_german = {"Accept-Language": "de-DE,de;q=0.9"}
    line = 'href="tel:08001110111"'
    assert line in client.get("/join", headers=in_german).text
    send(client, "/join", "/join", **(FORM | {"own_words": "I would like to talk with people."}))
    page = client.get("/waiting", headers=in_german).text
    assert line in page
    assert line not in client.get("/waiting").text  # no country is told: Get help now asks for one
    assert client.get("/waiting").text.count('href="/help-now"') > page.count('href="/help-now"')


def test_the_waiting_page_hears_that_something_happened_and_the_welcome_is_read(
    client: FlaskClient, app: Flask, people: People, database: Database
) -> None:
    send(client, "/join", "/join", **FORM)
    page = client.get("/waiting").text
    stands = re.search(r'data-waiting="([^"]+)"', page)
    assert stands is not None
    assert 'href="/waiting"' in page  # the way to look again without script
    assert client.get("/waiting/news").json == {"stands": stands[1]}
    sue = browser(app, people.add("Sue", Role.SUPERVISOR))
    moth = _accounts(database)[0].public_id
    send(sue, f"/admissions/{moth}", what="ask", words="How did you find us?")
    asked = client.get("/waiting/news").json
    assert asked != {"stands": stands[1]}
    send(sue, f"/admissions/{moth}", what="admit", words="Come in, <b>the kettle</b> is on.")
    assert client.get("/waiting/news").json not in (asked, {"stands": stands[1]})
    assert client.get("/waiting").location == "/today"
    today = client.get("/today").text
    said = "Come in, &lt;b&gt;the kettle&lt;/b&gt; is on."
    assert said in today
    assert "Sue" in today
    opened = re.search(r'action="(/inbox/[^/"]+/open)"', today)
    assert opened is not None
    assert send(client, opened[1]).location == "/today"
    assert said not in client.get("/today").text
    assert said in client.get("/inbox").text


def test_codes_are_shown_once(client: FlaskClient) -> None:
    send(client, "/join", "/join", **FORM)
    shown = send(client, "/my/codes", "/my/codes").text
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", shown)
    assert len(codes) == 8
    after = client.get("/my/codes").text
    assert "8 unused codes" in after
    assert codes[0] not in after
    refused = send(client, "/my/codes", "/my/codes", passphrase="not mine")
    assert refused.status_code == 400
    assert "not your passphrase" in refused.text
    assert "<code>" not in refused.text
    renewed = send(client, "/my/codes", "/my/codes", passphrase=FORM["passphrase"])
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", renewed.text)
    assert len(codes) == 8
    client.post("/sign-out", data={"csrf_token": csrf(client, "/my/codes")})
    back = send(client, "/recover", "/recover", name="moth", code=codes[3], new="another long one")
    assert back.status_code == 303
    assert client.get("/waiting").status_code == 200


def test_an_open_door_lets_in_at_once(tmp_path: Path, database: Database) -> None:
    app = create_app(make_config(tmp_path, ADMISSION="open"), database, passphrases=CHEAP)
    client = app.test_client()
    send(client, "/join", "/join", **FORM)
    assert client.get("/today").status_code == 200


def test_nobody_joins_without_rules(tmp_path: Path, client: FlaskClient, database: Database) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        for table in ("rules_wording", "rules_version"):
            uow.session.connection().exec_driver_sql(f"DELETE FROM {table}")
    assert "Joining opens soon" in client.get("/join").text
    assert send(client, "/join", "/join", **FORM).status_code == 409
    assert _accounts(database) == []


def test_signing_in_and_out(client: FlaskClient, ann: Actor, database: Database) -> None:
    answer = send(client, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    assert client.get("/today").status_code == 200
    answer = send(client, "/sign-out", "/today")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/today").status_code == 303
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(WebSession.end_reason)).all() == ["signed_out"]


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(
    app: Flask, client: FlaskClient, ann: Actor
) -> None:
    send(client, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE)
    stolen = client.get_cookie("peerspace")
    assert stolen is not None
    send(client, "/sign-out", "/today")
    thief = app.test_client()
    thief.set_cookie("peerspace", stolen.value)
    assert thief.get("/today").status_code == 303


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/spaces/nights?page=2", "/spaces/nights?page=2"),
        ("https://evil.example/", "/today"),
        ("//evil.example/", "/today"),
        ("/\\evil.example", "/today"),
        ("\\\\evil.example", "/today"),
        ("javascript:alert(1)", "/today"),
        ("/ok\r\nSet-Cookie: x=1", "/today"),
        ("", "/today"),
    ],
)
def test_signing_in_leads_to_this_site_only(client: FlaskClient, ann: Actor, target: str, place: str) -> None:
    answer = send(client, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE, next=target)
    assert answer.headers["Location"] == place


def test_a_page_that_needs_signing_in_comes_back(client: FlaskClient, ann: Actor) -> None:
    answer = client.get("/my/settings?tab=1")
    assert answer.headers["Location"] == "/sign-in?next=%2Fmy%2Fsettings%3Ftab%3D1"
    page = client.get(answer.headers["Location"])
    assert 'name="next" value="/my/settings?tab=1"' in page.text


def test_wrong_names_and_passphrases_look_alike(client: FlaskClient, ann: Actor) -> None:
    pages = []
    for name, phrase in (("Ann", "wrong"), ("Nobody", "wrong"), ("Ann", ""), ("", ""), ("Ann", "x" * 50_000)):
        answer = send(client, "/sign-in", "/sign-in", name=name, passphrase=phrase)
        assert answer.status_code == 400
        text = re.sub(r'(name="csrf_token" value|name="csrf-token" content)="[^"]+"', "", answer.text)
        pages.append(text.replace(f'value="{name}"', 'value=""'))
        assert "do not fit together" in answer.text
    assert len(set(pages)) == 1


def test_guessing_slows_down(client: FlaskClient, ann: Actor, clock: HeldClock, database: Database) -> None:
    for _ in range(5):
        send(client, "/sign-in", "/sign-in", name="ann", passphrase="wrong")
    answer = send(client, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert "wait 2 seconds" in answer.text
    with database.read(guest()) as uow:
        assert uow.session.scalar(select(func.count()).select_from(SignInAttempt)) == 2
    clock.move(2)
    assert send(client, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE).status_code == 303


@pytest.mark.invariant(11)
def test_the_same_form_twice_at_once_makes_one_account(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either was written: the second meets the taken name, and looks once more."""
    from peerspace.web.accounts import joining as web

    assert send(app.test_client(), "/join", "/join", **FORM).status_code == 303
    real, calls = web.applied_just_now, []

    def blind_at_first(*args: Any) -> Account | None:
        calls.append(args)
        return None if len(calls) % 2 else real(*args)

    monkeypatch.setattr(web, "applied_just_now", blind_at_first)
    again = send(app.test_client(), "/join", "/join", **FORM)
    assert (again.status_code, again.headers["Location"]) == (303, "/my/codes")
    stranger = send(app.test_client(), "/join", "/join", **(FORM | {"passphrase": "some other words"}))
    assert stranger.status_code == 400
    assert len(_accounts(database)) == 1


def test_a_stranger_cannot_keep_somebody_out(app: Flask, ann: Actor, people: People) -> None:
    device = app.test_client()
    assert send(device, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE).status_code == 303
    send(device, "/sign-out", "/my/settings")
    marked = device.get_cookie("device")
    assert marked is not None
    assert marked.http_only
    assert not says_name(marked.value, "ann")

    def tries(browser: FlaskClient, phrase: str, **place: str) -> int:
        data = {"csrf_token": csrf(browser, "/sign-in"), "name": "ann", "passphrase": phrase}
        return browser.post("/sign-in", data=data, environ_base=place).status_code

    stranger = app.test_client()
    assert [tries(stranger, "wrong") for _ in range(6)] == [400] * 5 + [429]
    assert tries(app.test_client(), PHRASE) == 429  # the stranger's own address
    assert tries(app.test_client(), PHRASE, REMOTE_ADDR="198.51.100.7") == 303
    assert tries(device, PHRASE) == 303
    forged = app.test_client()
    forged.set_cookie("device", marked.value[:-1] + ("0" if marked.value[-1] != "0" else "1"))
    assert tries(forged, PHRASE) == 429
    for value in ("", ".", "x", "Ä.Ä", "." + marked.value):
        forged.set_cookie("device", value)
        assert tries(forged, PHRASE) == 429


def test_the_mark_of_a_device_is_for_one_name(app: Flask, ann: Actor, people: People) -> None:
    device = app.test_client()
    send(device, "/sign-in", "/sign-in", name="ann", passphrase=PHRASE)
    send(device, "/sign-out", "/my/settings")
    for _ in range(5):
        send(app.test_client(), "/sign-in", "/sign-in", name="ben", passphrase="wrong")
    assert send(device, "/sign-in", "/sign-in", name="ben", passphrase="wrong").status_code == 429


def test_each_role_has_its_first_page(app: Flask, people: People, database: Database) -> None:
    for role, place in (
        (Role.RESEARCHER, "/research"),
        (Role.ADMINISTRATOR, "/admin"),
        (Role.PANEL, "/panel"),
    ):
        person = people.add(f"Only {role}", role)
        with database.write(person) as uow:
            uow.session.connection().exec_driver_sql(
                f"DELETE FROM role_grant WHERE account_id = {person.account_id} AND role = 'member'"
            )
        client = browser(app, person)
        assert client.get("/").headers["Location"] == place
        assert client.get("/today").headers["Location"] == place


def test_a_suspended_person_reads_why_and_no_more(
    app: Flask, people: People, database: Database, ann: Actor
) -> None:
    client = browser(app, ann)
    assert client.get("/today").status_code == 200
    with database.write(people.add("Sue", Role.SUPERVISOR)) as uow:
        suspend(uow, ann.require_account())
    assert client.get("/today").headers["Location"].startswith("/sign-in")
    answer = send(client, "/sign-in", "/sign-in", name="Ann", passphrase=PHRASE)
    assert answer.headers["Location"] == "/waiting"
    assert "A pause" in client.get("/waiting").text
    assert client.get("/today").headers["Location"] == "/waiting"
    assert client.get("/my/settings").headers["Location"] == "/waiting"
    refused = send(client, "/my/settings/sessions/end", "/waiting")
    assert refused.status_code == 403


def test_questions_and_answers_at_the_door(app: Flask, client: FlaskClient, people: People) -> None:
    send(client, "/join", "/join", **FORM)
    sue = browser(app, people.add("Sue", Role.SUPERVISOR))
    found = re.search(r'action="(/admissions/[^"]+)"', sue.get("/admissions").text)
    assert found is not None
    empty = send(sue, found[1], "/admissions", what="ask", words=" ")
    assert empty.status_code == 400
    assert "nothing written" in empty.text
    assert send(sue, found[1], "/admissions", what="eject", words="x").status_code == 400
    assert send(sue, "/admissions/nobody", "/admissions", what="admit").status_code == 404
    assert send(sue, found[1], "/admissions", what="ask", words="What *would* help?").status_code == 303
    assert "What *would* help?" in client.get("/waiting").text
    long = send(client, "/waiting", "/waiting", words="x" * 2_001)
    assert long.status_code == 400
    assert "x" * 2_001 in long.text
    assert send(client, "/waiting", "/waiting", words="Somebody to listen.").status_code == 303
    assert send(client, "/waiting", "/waiting", words="Again.").status_code == 409
    assert "Somebody to listen." in sue.get("/admissions").text
    assert send(sue, found[1], "/admissions", what="admit", words="Welcome.").status_code == 303
    assert send(sue, found[1], "/admissions", what="decline", words="No.").status_code == 409
    assert client.get("/today").status_code == 200


def test_a_one_time_link_sets_a_passphrase(app: Flask, ann: Actor, database: Database) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        token = create_link(uow, ann.require_account())
    client = app.test_client()
    page = f"/link/{token}"
    assert "Hello Ann" in client.get(page).text
    short = send(client, page, page, new="short")
    assert short.status_code == 400
    assert "at least 12" in short.text
    assert send(client, page, page, new="another long one").headers["Location"] == "/today"
    other = app.test_client()
    for over in (page, "/link/none", "/link/" + "x" * 5_000):
        answer = other.get(over)
        assert answer.status_code == 400
        assert "used or is too old" in answer.text


@pytest.mark.parametrize("page", ["/join", "/sign-in"])
def test_who_is_in_needs_no_door(app: Flask, people: People, page: str) -> None:
    assert browser(app, people.add()).get(page).headers["Location"] == "/today"
    assert browser(app, people.add(status="waiting")).get(page).headers["Location"] == "/waiting"
