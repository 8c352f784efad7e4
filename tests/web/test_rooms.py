"""Rooms as pages: the list, a room that can be read without script, and duty by plain forms."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from peerspace.accounts.queries import who_looked
from peerspace.accounts.roles import end_role
from peerspace.chat import service
from peerspace.duty.models import Duty
from peerspace.duty.presence import DutyChange, carry_out
from peerspace.duty.service import on_duty_now
from peerspace.features import audited_actions
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from tests import saying
from tests.people import People
from tests.web.conftest import browser, csrf, says_name, send


def _say(database: Database, who: Actor, slug: str, body: str, **more: object) -> str:
    with database.write(who) as uow:
        return saying.send_message(uow, slug, body, client_id=new_client_id(), **more).public_id  # type: ignore[arg-type]


def test_the_list_names_who_keeps_a_room(app: Flask, people: People) -> None:
    wren = people.add("Wren", Role.PEER_WORKER)
    people.room("late-kitchen", kept_by=wren)
    people.room("attic")
    page = browser(app, people.add("Ash")).get("/rooms").get_data(as_text=True)
    assert "Late-Kitchen" in page
    assert page.count("Wren") == 1
    assert "Nobody on duty" in page
    assert 'href="/rooms/attic"' in page


def test_an_empty_house_says_what_to_do_next(app: Flask, people: People) -> None:
    page = browser(app, people.add("Ash")).get("/rooms").get_data(as_text=True)
    assert "There are no rooms yet" in page
    assert 'href="/spaces"' in page


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.PANEL, Role.ADMINISTRATOR])
def test_guests_and_researchers_do_not_see_rooms(
    app: Flask, database: Database, people: People, role: Role
) -> None:
    wren, ash, moss = people.add("Wren", Role.PEER_WORKER), people.add("Ash"), people.add("Moss", role)
    people.room("late-kitchen", kept_by=wren)
    _say(database, wren, "late-kitchen", "Kettle's on.")
    with database.write(installation(Origin.COMMAND)) as uow:
        end_role(uow, moss.require_account(), Role.MEMBER)
    for address in ("/rooms", "/rooms/late-kitchen"):
        answer = browser(app).get(address)
        assert (answer.status_code, answer.location.startswith("/sign-in")) == (303, True)
        refused = browser(app, moss).get(address)
        assert refused.status_code == 403
        assert "Late-Kitchen" not in refused.text
        assert "Kettle" not in refused.text
        assert "Late-Kitchen" in browser(app, ash).get(address).text
    assert browser(app, ash).get("/rooms/nowhere").status_code == 404


def test_a_room_can_be_read_without_script(app: Flask, database: Database, people: People) -> None:
    wren, ash = people.add("Wren", Role.PEER_WORKER), people.add("Ash")
    people.room("late-kitchen", kept_by=wren)
    first = _say(database, wren, "late-kitchen", "Kettle's **on**. <script>alert(1)</script>")
    _say(database, ash, "late-kitchen", "Me.", reply_to=first)
    gone = _say(database, ash, "late-kitchen", "never mind")
    with database.write(ash) as uow:
        service.remove_message(uow, gone)
    page = browser(app, ash).get("/rooms/late-kitchen").get_data(as_text=True)
    assert "Kettle's <strong>on</strong>." in page
    assert "<script>alert" not in page
    assert "never mind" not in page
    assert "The person who wrote this removed it." in page
    assert "Live talk needs JavaScript" in page
    assert f'href="/report/message/{first}"' in page
    assert re.search(r"Wren: Kettle.{1,5}s \*\*on\*\*", page), "what is answered, as its words were typed"
    assert page.count('role="log"') == 1


@pytest.mark.invariant(9)
def test_a_page_leaves_out_whom_the_reader_blocked(app: Flask, database: Database, people: People) -> None:
    wren, ash, moss = people.add("Wren", Role.PEER_WORKER), people.add("Ash"), people.add("Moss")
    people.room("late-kitchen", kept_by=wren)
    first = _say(database, ash, "late-kitchen", "from the blocked one")
    _say(database, wren, "late-kitchen", "an answer", reply_to=first)
    people.block(moss, ash)
    page = browser(app, moss).get("/rooms/late-kitchen").get_data(as_text=True)
    assert "from the blocked one" not in page
    assert not says_name(page, "Ash")
    assert "an answer" in page


@pytest.mark.invariant(2)
def test_duty_opens_and_closes_a_room_by_plain_forms(app: Flask, database: Database, people: People) -> None:
    wren, ash = people.add("Wren", Role.PEER_WORKER), people.add("Ash")
    people.room("late-kitchen")
    keeper, member = browser(app, wren), browser(app, ash)
    assert "Nobody is on duty here just now" in member.get("/rooms/late-kitchen").get_data(as_text=True)
    answer = send(keeper, "/rooms/late-kitchen/duty", what="on", hours="2")
    assert (answer.status_code, answer.location) == (303, "/rooms/late-kitchen")
    assert "Go off duty" in keeper.get("/rooms/late-kitchen").get_data(as_text=True)
    page = member.get("/rooms").get_data(as_text=True)
    assert "Wren" in page
    assert "until" in page
    assert "Go on duty" not in member.get("/rooms/late-kitchen").get_data(as_text=True)
    answer = send(keeper, "/rooms/late-kitchen/duty", what="off", back="duty")
    assert answer.location == "/duty"
    with database.read(ash) as uow:
        assert on_duty_now(uow) == {}


@pytest.mark.invariant(2)
def test_pages_say_that_duty_is_paused_and_how_it_goes_on(
    app: Flask, database: Database, people: People
) -> None:
    wren, ash = people.add("Wren", Role.PEER_WORKER), people.add("Ash")
    room = people.room("late-kitchen", kept_by=wren)
    with database.write(installation(Origin.JOB)) as uow:
        uow.session.execute(update(Duty).values(seen_at=uow.now - timedelta(minutes=6)))
    with database.write(installation(Origin.JOB)) as uow:
        assert carry_out(uow, DutyChange(wren.require_account(), room.id, back=False))
    keeper, member = browser(app, wren), browser(app, ash)
    page = member.get("/rooms/late-kitchen").get_data(as_text=True)
    assert 'data-state="paused"' in page
    shut = page[page.index("data-shut") : page.index("data-composer")]
    assert "has lost the connection" in shut
    assert "Duty is paused" in member.get("/rooms").get_data(as_text=True)
    own = keeper.get("/duty").get_data(as_text=True)
    assert "Your duty is paused because your connection was lost" in own
    assert "js/present.js" in own, "the page holds the connection that brings it back"
    assert "Go off duty" in own
    assert send(keeper, "/rooms/late-kitchen/duty", what="off").status_code == 303
    assert "Nobody is on duty here" in member.get("/rooms/late-kitchen").get_data(as_text=True)


def test_duty_is_for_those_who_may(app: Flask, people: People) -> None:
    people.room("late-kitchen")
    member, keeper = browser(app, people.add("Ash")), browser(app, people.add("Wren", Role.PEER_WORKER))
    supervisor = browser(app, people.add("Rowan", Role.SUPERVISOR))
    assert send(member, "/rooms/late-kitchen/duty", what="on").status_code == 403
    assert member.get("/duty").status_code == 403
    assert send(keeper, "/duty", what="on").status_code == 403
    assert "The desk" not in keeper.get("/duty").get_data(as_text=True)
    assert send(supervisor, "/duty", what="on", hours="3").status_code == 303
    assert "You are on duty since" in supervisor.get("/duty").get_data(as_text=True)
    assert send(supervisor, "/duty", what="off").status_code == 303


def test_forms_that_make_no_sense_are_shown_again(app: Flask, people: People) -> None:
    people.room("late-kitchen")
    keeper = browser(app, people.add("Wren", Role.PEER_WORKER))
    for fields in ({"what": "dance"}, {"what": "on", "hours": "99"}, {"what": "on", "hours": "x"}):
        assert send(keeper, "/rooms/late-kitchen/duty", **fields).status_code == 400, fields
    assert send(keeper, "/rooms/nowhere/duty", what="on").status_code == 404
    forged = keeper.post("/rooms/late-kitchen/duty", data={"what": "on", "csrf_token": "forged"})
    assert forged.status_code == 400
    assert csrf(keeper, "/duty")


def test_how_long_one_means_to_stay_is_said_in_words(app: Flask, people: People) -> None:
    people.room("late-kitchen")
    keeper = browser(app, people.add("Wren", Role.PEER_WORKER))
    page = keeper.get("/duty").get_data(as_text=True)
    assert re.findall(r'<option value="(\d*)">([^<]+)<', page)[:3] == [
        ("", "I will see"),
        ("1", "1 hour"),
        ("2", "2 hours"),
    ]


def test_a_room_brings_its_words_along_in_another_language_only(app: Flask, people: People) -> None:
    people.room("late-kitchen", kept_by=people.add("Wren", Role.PEER_WORKER))
    client = browser(app, people.add("Ash"))
    assert "/words/" not in client.get("/rooms/late-kitchen").text
    client.set_cookie("language", "de")
    page = client.get("/rooms/late-kitchen").text
    (address,) = re.findall(r'<script type="module" async src="(/words/[^"]+)">', page)
    assert client.get(address).text.startswith("export default {")


def test_a_room_that_sleeps_leads_elsewhere(app: Flask, people: People) -> None:
    wren, ash = people.add("Wren", Role.PEER_WORKER), people.add("Ash")
    people.room("attic")
    page = browser(app, ash).get("/rooms/attic").text
    shut = page[page.index("data-shut") : page.index("data-composer")]
    assert 'href="/spaces"' in shut
    assert 'href="/help-now"' in shut
    assert "Go on duty here" not in shut
    assert 'href="#your-duty"' in browser(app, wren).get("/rooms/attic").text
    people.room("late-kitchen", kept_by=wren)
    page = browser(app, ash).get("/rooms/attic").text
    assert 'href="/rooms/late-kitchen"' in page[page.index("data-shut") : page.index("data-composer")]


def test_a_question_on_the_page_says_what_follows(app: Flask, people: People) -> None:
    people.room("late-kitchen", kept_by=people.add("Wren", Role.PEER_WORKER))
    page = browser(app, people.add("Ash")).get("/rooms/late-kitchen").text
    (question,) = re.findall(r'<dialog class="dialog" id="remove".*?</dialog>', page, re.DOTALL)
    assert 'aria-labelledby="remove-title"' in question
    assert 'aria-describedby="remove-text"' in question
    assert "It cannot be brought back." in question
    assert question.index("autofocus") > question.index("Remove for everybody"), (
        "the focus begins on the way back"
    )


@pytest.mark.invariant(8)
def test_a_supervisor_opens_a_messages_former_versions_after_it_is_logged(
    app: Flask, database: Database, people: People
) -> None:
    wren, ash, moss = people.add("Wren", Role.SUPERVISOR), people.add("Ash"), people.add("Moss")
    people.room("late-kitchen", kept_by=wren)
    ref = _say(database, ash, "late-kitchen", "first *words*")
    with database.write(ash) as uow:
        saying.edit_message(uow, ref, "other words")
    address = f"/messages/{ref}/history"
    assert browser(app, moss).get(address).status_code == 404
    assert "first <em>words</em>" in browser(app, ash).get(address).get_data(as_text=True)
    guard = browser(app, wren)
    assert "first <em>" not in guard.get(address).get_data(as_text=True)
    assert "first <em>words</em>" in send(guard, address).get_data(as_text=True)
    with database.read(ash) as uow:
        (look,) = who_looked(uow, ash.require_account(), audited_actions())
    assert look.said == "Wren opened the former versions of something you wrote"
