"""Public pages: for guests, with numbers that pick nobody out, and health for whoever runs the place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.app import create_app
from peerspace.community.rules import ensure_defaults
from peerspace.community.settings import set_setting
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.ids import new_client_id, new_public_id
from peerspace.kernel.uow import Database
from peerspace.moderation.models import Item, ItemEvent, Report
from peerspace.moderation.transparency import transparency_report
from tests.people import People
from tests.saying import publish_rules
from tests.web.conftest import CHEAP, browser, make_config

COMMAND = installation(Origin.COMMAND)
PAGES = ("/", "/help-now", "/rules", "/about-research", "/transparency", "/accessibility", "/privacy")


@pytest.mark.invariant(12)
@pytest.mark.parametrize("page", PAGES)
def test_every_public_page_is_open_and_leads_to_help_and_out(client: FlaskClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200
    assert 'href="/help-now"' in answer.text
    assert "data-leave" in answer.text
    assert answer.text.count("<h1") == 1


@pytest.mark.invariant(12)
def test_the_way_out_goes_where_the_setting_says(tmp_path: Path, database: Database) -> None:
    app = create_app(make_config(tmp_path, EXIT_URL="https://weather.example/"), database, passphrases=CHEAP)
    assert 'data-exit="https://weather.example/"' in app.test_client().get("/help-now").text
    assert app.test_client().get("/leave").location == "https://weather.example/"


def test_guests_see_numbers_and_no_names(client: FlaskClient, people: People, database: Database) -> None:
    assert "Nobody is on duty" in client.get("/").text
    sue = people.add("Suenotshown", Role.SUPERVISOR)
    people.room("late-kitchen", kept_by=sue)
    room = people.room("quiet-corner")
    with database.write(COMMAND) as uow:
        uow.session.add(Duty(stream_id=room.id, account_id=sue.account_id, from_at=uow.now))
        uow.session.merge(room).closed_by = 0
        set_setting(uow, "opening_hours", "Every evening from seven.")
    page = client.get("/").text
    assert "One person" in page  # a supervisor is no peer worker
    assert "peer worker" not in page
    assert "Late-Kitchen" in page
    assert "Every evening from seven." in page
    assert "Suenotshown" not in page


def test_peer_workers_are_called_so(client: FlaskClient, people: People, database: Database) -> None:
    pat, sue = people.add("", Role.PEER_WORKER), people.add("", Role.SUPERVISOR)
    room = people.room("late-kitchen", kept_by=pat)
    assert "One peer worker" in client.get("/").text
    with database.write(COMMAND) as uow:
        uow.session.add(Duty(stream_id=room.id, account_id=sue.account_id, from_at=uow.now))
        uow.session.merge(room).closed_by = 0
    page = client.get("/").text
    assert "Two people" in page
    assert "peer worker" not in page


def test_nothing_is_promised_that_is_not_there(client: FlaskClient) -> None:
    for page, untrue in (
        ("/privacy", ("14 days", "one-to-one", "and download what is recorded")),
        ("/rules", ("30 days", "look again")),
    ):
        text = client.get(page).text
        assert not [one for one in untrue if one in text]


@pytest.mark.invariant(13)
@pytest.mark.invariant(13)
def test_rules_are_read_in_ones_language_where_they_can_be(client: FlaskClient, database: Database) -> None:
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
    client.set_cookie("language", "de")
    page = client.get("/rules").text
    assert "Textgenerator" in page
    assert 'class="prose" lang=' not in page
    with database.write(COMMAND) as uow:
        publish_rules(uow, "Byddwch yn garedig.", "cy")
    page = client.get("/rules").text
    assert '<div class="prose" lang="cy" dir="auto"><p>Byddwch yn garedig.' in page
    assert "Walisisch" in page
    assert "Textgenerator" in client.get("/rules?version=1").text
    with database.write(COMMAND) as uow:
        publish_rules(uow, "Nobody said in what.")
    assert '<div class="prose" lang="" dir="auto">' in client.get("/rules").text


def test_rules_and_their_earlier_versions(client: FlaskClient, database: Database) -> None:
    assert "being written" in client.get("/rules").text
    with database.write(COMMAND) as uow:
        publish_rules(uow, "Be *kind*.")
        publish_rules(uow, "Be *brave*.")
    assert "<em>brave</em>" in client.get("/rules").text
    assert "<em>kind</em>" in client.get("/rules?version=1").text
    for unknown in ("0", "3", "-1", "9" * 30):
        assert client.get(f"/rules?version={unknown}").status_code == 404
    assert "<em>brave</em>" in client.get("/rules?version=x").text


def _report(database: Database, people: People, reason: str, count: int) -> None:
    member, reporter = people.add().require_account(), people.add().require_account()
    with database.write(COMMAND) as uow:
        for _ in range(count):
            item = Item(
                public_id=new_public_id(), kind="report", target_kind="member", target_id=member, member_id=member,
                priority="other", priority_rank=2, state="claimed", opened_at=uow.now,
                due_at=uow.now + timedelta(hours=1),
            )  # fmt: skip
            uow.session.add(item)
            uow.session.flush()
            for kind, minutes in (("reported", 0), ("note", 20), ("let_go", 30), ("claimed", 600)):
                uow.session.add(
                    ItemEvent(
                        item_id=item.id, kind=kind, by_id=member, at=uow.now + timedelta(minutes=minutes), version=1
                    )
                )  # fmt: skip
            uow.session.add(
                Report(
                    public_id=new_public_id(), item_id=item.id, reporter_id=reporter, reason=reason,
                    client_id=new_client_id(), at=uow.now,
                )
            )  # fmt: skip


def test_small_numbers_are_not_shown(client: FlaskClient, people: People, database: Database) -> None:
    assert "Nothing to show yet" in client.get("/transparency").text
    _report(database, people, "spam", 9)
    _report(database, people, "harassment", 12)
    with database.read(guest()) as uow:
        report = transparency_report(uow)
    assert report is not None
    shown = dict(report.reports)
    assert shown["Harassment or hate"] == 12
    assert shown["Spam or advertising"] is None
    assert set(shown.values()) == {12, None}
    assert set(dict(report.decisions).values()) == {None}
    assert report.first_response is not None
    assert (report.first_response.median, report.first_response.p90) == ("20 minutes", "20 minutes")
    page = client.get("/transparency").text
    assert "fewer than 10" in page
    assert ">9<" not in page
    assert ">21<" not in page


def test_today_shows_open_rooms_and_leaves_out_the_blocked(
    app: Flask, people: People, database: Database
) -> None:
    ann, ben, sue = people.add("Ann"), people.add("Ben"), people.add("Sue", Role.SUPERVISOR)
    people.room("late-kitchen", kept_by=sue)
    space = people.space()
    from peerspace.forum.models import Thread

    with database.write(COMMAND) as uow:
        for person, title in ((ben, "By Ben"), (sue, "By Sue")):
            uow.session.add(
                Thread(
                    public_id=new_public_id(), space_id=space.id, author_id=person.account_id, title=title,
                    created_at=uow.now, last_post_at=uow.now, seq=3,
                )
            )  # fmt: skip
    client = browser(app, ann)
    page = client.get("/today").text
    assert all(words in page for words in ("Late-Kitchen", "Sue", "By Ben", "By Sue", "2 answers"))
    people.block(ann, ben)
    page = client.get("/today").text
    assert "By Ben" not in page
    assert "By Sue" in page


def test_today_leads_to_the_work_that_navigation_has_no_place_for(app: Flask, people: People) -> None:
    """In a small community one person keeps both the desk and the installation; of six entries one is for work."""
    both = people.add("Sue", Role.SUPERVISOR, Role.ADMINISTRATOR)
    assert 'href="/admin"' in browser(app, both).get("/today").text
    one = people.add("Ines", Role.SUPERVISOR)
    assert "Your other work here" not in browser(app, one).get("/today").text
