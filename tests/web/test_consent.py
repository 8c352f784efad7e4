"""Consent and my data in a browser without script: questions, both ways out, receipts, and nothing else changes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from peerspace.accounts.events import AccountStatusChanged
from peerspace.accounts.models import Account
from peerspace.consent import service
from peerspace.consent.notices import ensure_defaults
from peerspace.consent.queries import periods_of
from peerspace.consent.receipts import verify_receipt
from peerspace.consent.scopes import NAMES
from peerspace.forum.models import Thread
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.research.models import UsageEvent
from peerspace.research.queries import my_research_data
from peerspace.web.running import EXTENSION
from tests.people import People
from tests.saying import post_reply, publish_notice, start_thread
from tests.web.conftest import browser
from tests.web.conftest import send as send_form

YES = dict.fromkeys(NAMES, "yes") | {"age": "yes", "notice": "1"}


@pytest.fixture
def ash(people: People) -> Actor:
    return people.add("ash")


@pytest.fixture
def ash_here(app: Flask, ash: Actor) -> FlaskClient:
    return browser(app, ash)


def _in_force(database: Database, actor: Actor) -> set[str]:
    with database.read(actor) as uow:
        return set(service.recorded_scopes(uow, actor.require_account()))


def send(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Send a form as it would be drawn now, unless `state` says otherwise."""
    if "state" not in fields:
        fields["state"] = _state(client)
    return send_form(client, address, **fields)


def _state(client: FlaskClient) -> str:
    found = re.search(r'name="state" value="([^"]*)"', client.get("/my/consent/erase").get_data(as_text=True))
    return found[1] if found else ""


def _text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    return answer.get_data(as_text=True)


def test_every_question_is_off_with_an_example_and_the_notice(ash_here: FlaskClient) -> None:
    page = _text(ash_here, "/my/consent")
    for name in NAMES:
        box = re.search(rf'<input type="checkbox" id="field-{name}"[^>]*>', page)
        assert box is not None, name
        assert "checked" not in box[0]
    assert page.count("A row would look like this") == len(NAMES)
    assert "cannot be called back" in page
    assert "in memory only" in page
    assert "<script" not in page.split("</head>")[1]


def test_choosing_changing_and_stopping(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    assert send(ash_here, "/my/consent", **YES).status_code == 303
    assert _in_force(database, ash) == set(NAMES)
    page = _text(ash_here, "/my/consent")
    assert "Your choice is recorded." in page
    assert page.count('value="yes" checked') == len(NAMES)  # and the age is said anew for every yes
    send(ash_here, "/my/consent", **YES)
    assert "Nothing changed." in _text(ash_here, "/my/consent")
    send(ash_here, "/my/consent", usage="yes", time="yes", notice="1", age="yes")
    assert _in_force(database, ash) == {"usage", "time"}
    assert send(ash_here, "/my/consent/stop").status_code == 303
    assert _in_force(database, ash) == set()
    assert "Stop and erase" in _text(ash_here, "/my/consent")  # what is kept can still be erased


def test_what_is_wrong_stands_beside_its_question(
    database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    answer = send(ash_here, "/my/consent", usage="yes", linkage="yes", notice="1", age="yes")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "This rests on “My rows in controlled datasets”" in page
    assert re.search(r'id="field-linkage"[^>]* checked', page)
    answer = send(ash_here, "/my/consent", usage="yes", notice="1")
    assert answer.status_code == 400
    assert "aged 18 or over" in answer.get_data(as_text=True)
    answer = send(ash_here, "/my/consent", usage="yes", notice="7", age="yes")
    assert answer.status_code == 409
    assert "has changed since you opened this page" in answer.get_data(as_text=True)
    for number in ("", "x", "1" * 12):
        assert send(ash_here, "/my/consent", usage="yes", notice=number, age="yes").status_code == 400
    assert ash_here.post("/my/consent", data=YES).status_code == 400  # no token
    assert _in_force(database, ash) == set()


def test_erasing_asks_once_more(database: Database, ash: Actor, ash_here: FlaskClient) -> None:
    send(ash_here, "/my/consent", **YES)
    page = _text(ash_here, "/my/consent/erase")
    assert "cannot be undone" in page
    answer = send(ash_here, "/my/consent/erase")
    assert answer.status_code == 400
    assert "Please tick the box" in answer.get_data(as_text=True)
    assert _in_force(database, ash) == set(NAMES)
    assert send(ash_here, "/my/consent/erase", sure="yes").status_code == 303
    assert _in_force(database, ash) == set()
    assert "Research holds no row about you." in _text(ash_here, "/my/data")


def test_receipts_are_the_members_own(app: Flask, ash: Actor, ash_here: FlaskClient, people: People) -> None:
    send(ash_here, "/my/consent", **YES)
    page = _text(ash_here, "/my/consent")
    (number,) = re.findall(r"/my/consent/receipts/([0-9a-f-]{36})", page)
    assert "its hash fits" in _text(ash_here, f"/my/consent/receipts/{number}")
    answer = ash_here.get(f"/my/consent/receipts/{number}.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert verify_receipt(json.loads(answer.data))
    other = browser(app, people.add("bo"))
    for end in ("", ".json"):
        assert other.get(f"/my/consent/receipts/{number}{end}").status_code == 404
        assert ash_here.get(f"/my/consent/receipts/{'0' * 36}{end}").status_code == 404


def test_who_may_come_here(app: Flask, client: FlaskClient, people: People) -> None:
    for address in ("/my/consent", "/my/data", "/my/consent/erase"):
        answer = client.get(address)
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["Location"]
    waiting = browser(app, people.add("wait", status="waiting"))
    assert "/waiting" in waiting.get("/my/data").headers["Location"]
    page = _text(waiting, "/my/consent")  # nothing to choose, and nothing to leave
    assert 'action="/my/consent"' not in page
    assert 'id="out"' not in page
    assert send(waiting, "/my/consent", **YES).status_code == 403


@pytest.mark.invariant(3)
@pytest.mark.parametrize("status", ["suspended", "ended"])
def test_whoever_may_sign_in_finds_the_ways_out(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, status: str
) -> None:
    send(ash_here, "/my/consent", **YES)
    (number,) = re.findall(r"/my/consent/receipts/([0-9a-f-]{36})", _text(ash_here, "/my/consent"))
    with database.write(ash) as uow:
        uow.session.get_one(Account, ash.require_account()).status = status
        uow.emit(AccountStatusChanged(ash.require_account(), status))
    assert 'href="/my/consent"' in _text(ash_here, "/waiting")
    page = _text(ash_here, "/my/consent")
    assert 'id="out"' in page
    assert 'action="/my/consent"' not in page
    assert "/my/consent/renew" not in page
    assert "its hash fits" in _text(ash_here, f"/my/consent/receipts/{number}")
    for address in ("/my/consent", "/my/consent/renew"):
        assert send(ash_here, address, **YES).status_code == 403
    assert _in_force(database, ash) == set(NAMES)
    assert send(ash_here, "/my/consent/stop").status_code == 303
    assert _in_force(database, ash) == set()
    assert send(ash_here, "/my/consent/erase", sure="yes").status_code == 303
    with database.read(ash) as uow:
        assert periods_of(uow, ash.require_account()) == []
    assert 'id="out"' not in _text(ash_here, "/my/consent")


def test_my_data_tells_every_row_in_words(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People
) -> None:
    bo = people.add("bo")
    send(ash_here, "/my/consent", **YES)
    people.space("nights")
    with database.write(ash) as uow:
        first = start_thread(uow, "nights", "Awake again", "Anybody?", client_id=new_client_id())
        thread = first.stream_id
    with database.write(bo) as uow:
        public = uow.session.get_one(Thread, thread).public_id
        post_reply(uow, public, "Yes.", client_id=new_client_id())
    for _ in range(55):
        with database.write(ash) as uow:
            post_reply(uow, public, "And again.", client_id=new_client_id())
    page = _text(ash_here, "/my/data")
    assert "57 rows, newest first" in page
    assert "You wrote a post in the forum, 10 characters long. It answers something of your own." in page
    second = _text(ash_here, "/my/data?page=2")
    assert "You were answered in the forum. The answer came from another member." in second
    assert "You started a thread in the forum, 8 characters long." in second
    assert "Awake again" not in page + second
    for wrong in ("3", "0", "x", "-1", "9" * 12):
        assert ash_here.get(f"/my/data?page={wrong}").status_code == 404
    assert "Research holds no row about you." in _text(browser(app, bo), "/my/data")


@pytest.mark.invariant(4)
def test_ones_own_rows_do_not_tell_who_takes_part_or_who_erased(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People, clock: HeldClock
) -> None:
    send(ash_here, "/my/consent", **YES)
    people.space("nights")
    with database.write(ash) as uow:
        post = start_thread(uow, "nights", "Awake again", "Anybody?", client_id=new_client_id())
        public = uow.session.get_one(Thread, post.stream_id).public_id
    others = [people.add(name) for name in ("bo", "cay", "dee")]
    for actor in others[:2]:
        send(browser(app, actor), "/my/consent", **YES)
    for actor in others:
        clock.move(60)
        with database.write(actor) as uow:
            post_reply(uow, public, "Yes.", client_id=new_client_id())
    send(browser(app, others[1]), "/my/consent/erase", sure="yes")
    with database.read(ash) as uow:
        classes = set(uow.session.scalars(select(UsageEvent.other_class)))
        words = [row.words for row in my_research_data(uow).rows]
    assert {"participant", "non_participant", "deleted"} <= classes
    assert words[:3] == ["You were answered in the forum. The answer came from another member."] * 3


def _seen(client: FlaskClient, address: str) -> str:
    """A page without what differs each time anyway: tokens, form numbers."""
    page = _text(client, address)
    page = re.sub(r'name="csrf_token" value="[^"]+"|content="[^"]{60,}"', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "", page)


@pytest.mark.invariant(4)
def test_every_page_is_the_same_whatever_a_member_chose(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People, clock: HeldClock
) -> None:
    bo = people.add("bo")
    people.space("nights")
    people.room("late-kitchen", kept_by=people.add("keeper", Role.PEER_WORKER))
    with database.write(bo) as uow:
        post = start_thread(uow, "nights", "Awake again", "Anybody?", client_id=new_client_id())
        thread = uow.session.get_one(Thread, post.stream_id).public_id
    pages = ["/today", "/spaces", "/spaces/nights", "/spaces/nights/new", f"/threads/{thread}", "/inbox",
             "/my/settings", "/my/reports", "/rules", "/help-now", "/studies", "/privacy",
             f"/report/post/{post.public_id}"]  # fmt: skip
    pages += [
        a for a in ("/rooms", "/rooms/late-kitchen", "/search", "/duty") if ash_here.get(a).status_code == 200
    ]
    send(ash_here, "/my/consent/decline")
    _text(ash_here, "/my/consent")  # the flash is read
    refused = {address: _seen(ash_here, address) for address in pages}
    for change in (
        lambda: send(ash_here, "/my/consent", **YES),
        lambda: send(ash_here, "/my/consent", usage="yes", notice="1", age="yes"),
        lambda: send(ash_here, "/my/consent/stop"),
        lambda: send(ash_here, "/my/consent", **YES),
        lambda: send(ash_here, "/my/consent/erase", sure="yes"),
    ):
        assert change().status_code == 303
        _text(ash_here, "/my/consent")
        for address in pages:
            assert _seen(ash_here, address) == refused[address], address


@pytest.mark.invariant(4)
def test_others_cannot_tell_who_takes_part(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People
) -> None:
    bo_here = browser(app, people.add("bo"))
    people.space("nights")
    with database.write(ash) as uow:
        post = start_thread(uow, "nights", "Awake again", "Anybody?", client_id=new_client_id())
        thread = uow.session.get_one(Thread, post.stream_id).public_id
    pages = ["/today", "/spaces/nights", f"/threads/{thread}", "/studies"]
    before = {address: _seen(bo_here, address) for address in pages}
    send(ash_here, "/my/consent", **YES)
    assert {address: _seen(bo_here, address) for address in pages} == before


def test_today_mentions_it_once_and_later(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People, clock: HeldClock
) -> None:
    assert "/my/consent" in _text(ash_here, "/today")
    new = people.add("new")
    with database.write(new) as uow:
        uow.session.get_one(Account, new.require_account()).admitted_at = uow.now - timedelta(days=2)
    assert "/my/consent" not in _text(browser(app, new), "/today")
    assert send(ash_here, "/my/consent/decline").status_code == 303
    assert "/my/consent" not in _text(ash_here, "/today")


def _shown_fields(page: str) -> dict[str, str]:
    """What the choice form says it showed."""
    form = page.split('action="/my/consent"', 1)[1]
    names = ("notice", "notice_language", "language", "state")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', form) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def _newest_receipt(client: FlaskClient) -> dict[str, Any]:
    number = re.findall(r"/my/consent/receipts/([0-9a-f-]{36})", _text(client, "/my/consent"))[0]
    kept: dict[str, Any] = json.loads(client.get(f"/my/consent/receipts/{number}.json").data)
    return kept


@pytest.mark.invariant(3)
def test_a_german_reader_is_asked_in_german_and_the_record_says_so(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    ash_here.set_cookie("language", "de")
    page = _text(ash_here, "/my/consent")
    assert "kann nicht zurückgerufen werden" in page
    assert 'class="prose" lang' not in page
    shown = _shown_fields(page)
    assert shown == {"notice": "1", "notice_language": "de", "language": "de", "state": ""}
    ash_here.set_cookie("language", "en")  # chosen in another tab, between reading and sending
    assert send(ash_here, "/my/consent", usage="yes", age="yes", **shown).status_code == 303
    assert _in_force(database, ash) == {"usage"}
    kept = _newest_receipt(ash_here)
    assert kept["notice"]["language"] == kept["language"] == "de"
    assert verify_receipt(kept)
    page = _text(ash_here, f"/my/consent/receipts/{kept['record_id']}")
    assert '<html lang="en"' in page
    assert '<div class="prose" lang="de" dir="auto">' in page
    assert "nur im Arbeitsspeicher" in page  # the text as it was read, not today's


def test_an_english_notice_is_marked_on_a_page_in_another_language(
    database: Database, ash_here: FlaskClient
) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
        publish_notice(uow, "Our own text.")
    ash_here.set_cookie("language", "de")
    page = _text(ash_here, "/my/consent")
    assert '<div class="prose" lang="en" dir="auto"><p>Our own text.' in page
    assert _shown_fields(page) == {"notice": "2", "notice_language": "en", "language": "de", "state": ""}
    assert send(ash_here, "/my/consent", usage="yes", age="yes", **_shown_fields(page)).status_code == 303
    # A form that was opened before languages were carried was in English.
    assert send(ash_here, "/my/consent", usage="yes", time="yes", age="yes", notice="2").status_code == 303
    assert _newest_receipt(ash_here)["language"] == "en"


@pytest.mark.invariant(3)
def test_no_form_is_too_odd_to_stop(database: Database, ash: Actor, ash_here: FlaskClient) -> None:
    odd = {"notice": "x" * 500, "notice_language": "no", "language": "nowhere"}
    assert send(ash_here, "/my/consent", usage="yes", age="yes", **odd).status_code == 400
    assert (
        send(ash_here, "/my/consent", usage="yes", age="yes", notice="1", language="nowhere").status_code
        == 400
    )
    assert _in_force(database, ash) == set()
    assert send(ash_here, "/my/consent/decline", **odd).status_code == 303
    send(ash_here, "/my/consent", **YES)
    assert send(ash_here, "/my/consent/stop", **odd).status_code == 303
    assert send(ash_here, "/my/consent/erase", sure="yes", **odd).status_code == 303
    assert _in_force(database, ash) == set()


@pytest.mark.invariant(4)
def test_no_is_as_easy_as_yes(ash_here: FlaskClient) -> None:
    """Before anything was answered: no stands before the questions, takes one press, and needs nothing ticked."""
    page = _text(ash_here, "/my/consent")
    assert page.index('action="/my/consent/decline"') < page.index('action="/my/consent"')
    assert "checked" not in page.split('id="choices"')[1].split("</form>")[0]
    assert send(ash_here, "/my/consent/decline").status_code == 303


def _receipts(client: FlaskClient) -> int:
    return len(re.findall(r'<a href="/my/consent/receipts/', _text(client, "/my/consent")))


@pytest.mark.invariant(3)
def test_a_form_from_another_tab_is_refused_and_what_stands_is_shown(
    database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    send(ash_here, "/my/consent", **YES)
    drawn = _state(ash_here)
    assert send(ash_here, "/my/consent/erase", sure="yes").status_code == 303
    answer = send(ash_here, "/my/consent", **YES, state=drawn)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Your choices have changed since you opened this page" in page
    stands = page.split('id="stands"')[1].split("</section>")[0]
    assert "You do not take part" in stands
    assert page.count('value="yes" checked') == len(NAMES)  # what was chosen is kept
    assert not re.search(r'id="field-age"[^>]* checked', page)
    assert _in_force(database, ash) == set()
    # Sent again from the page that came back, it is a choice like any other.
    again = re.search(r'name="state" value="([^"]*)"', page)
    assert again is not None
    assert send(ash_here, "/my/consent", **YES, state=again[1]).status_code == 303
    assert _in_force(database, ash) == set(NAMES)
    for form in ("/my/consent/renew", "/my/consent"):
        answer = send(ash_here, form, usage="yes", age="yes", notice="1", state=drawn)
        assert answer.status_code == 409, form
    assert send_form(ash_here, "/my/consent", usage="yes", age="yes", notice="1").status_code == 409


@pytest.mark.invariant(3)
def test_a_form_sent_twice_is_one_act_with_one_receipt(
    database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    send(ash_here, "/my/consent", usage="yes", time="yes", background="yes", age="yes", notice="1")
    assert _receipts(ash_here) == 1
    drawn = _state(ash_here)
    for _ in range(2):  # five answers change: two taken back, three given
        answer = send(
            ash_here, "/my/consent", usage="yes", interactions="yes", experience="yes", detailed="yes",
            age="yes", notice="1", state=drawn,
        )  # fmt: skip
        assert answer.status_code == 303
    page = _text(ash_here, "/my/consent")
    assert _receipts(ash_here) == 2
    assert "You changed your answers" in page
    kept = _newest_receipt(ash_here)
    assert kept["answers"] == {
        "time": "withdrawn",
        "interactions": "given",
        "experience": "given",
        "background": "withdrawn",
        "detailed": "given",
    }
    assert verify_receipt(kept)
    page = _text(ash_here, f"/my/consent/receipts/{kept['record_id']}")
    assert page.count("<p>You said yes</p>") == 3
    assert page.count("<p>You took it back</p>") == 2
    drawn = _state(ash_here)
    for _ in range(2):
        assert send(ash_here, "/my/consent/renew", **YES, state=drawn).status_code == 303
    assert _receipts(ash_here) == 3
    for _ in range(2):
        assert send(ash_here, "/my/consent/stop", **YES, state=drawn).status_code == 303
    assert _receipts(ash_here) == 4


@pytest.mark.invariant(4)
def test_an_old_erase_form_shows_a_later_yes_first(
    database: Database, ash: Actor, ash_here: FlaskClient
) -> None:
    send(ash_here, "/my/consent", **YES)
    page = _text(ash_here, "/my/consent/erase")
    drawn = re.search(r'name="state" value="([^"]*)"', page)
    assert drawn is not None
    send(ash_here, "/my/consent/stop")
    send(ash_here, "/my/consent", **YES)
    answer = send(ash_here, "/my/consent/erase", sure="yes", state=drawn[1])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "You said yes to something after you opened this page" in page
    assert re.search(r'id="field-sure"[^>]* checked', page)
    assert _in_force(database, ash) == set(NAMES)
    now = re.search(r'name="state" value="([^"]*)"', page)
    assert now is not None
    assert send(ash_here, "/my/consent/erase", sure="yes", state=now[1]).status_code == 303
    assert _in_force(database, ash) == set()


@pytest.mark.invariant(3)
def test_what_was_read_before_a_no_is_counted_before_it(
    app: Flask, database: Database, ash: Actor, ash_here: FlaskClient, people: People, clock: HeldClock
) -> None:
    send(ash_here, "/my/consent", **YES)
    people.space("nights")
    with database.write(people.add("bo")) as uow:
        post = start_thread(uow, "nights", "Awake again", "Anybody?", client_id=new_client_id())
        public = uow.session.get_one(Thread, post.stream_id).public_id
    clock.move(1)
    _text(ash_here, f"/threads/{public}")
    clock.move(1)
    send(ash_here, "/my/consent/stop")
    _text(ash_here, f"/threads/{public}")
    app.extensions[EXTENSION].reads.flush()
    with database.read(ash) as uow:
        (row,) = uow.session.scalars(select(UsageEvent))
        (period,) = periods_of(uow, ash.require_account())
        assert (row.kind, row.participant_id) == ("thread_opened", period.id)
        assert period.to_at is not None
        assert row.at_us < to_us(period.to_at)
