"""Several people use one browser: what one wrote and did not send is neither shown to the next nor sent for them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = [pytest.mark.browser, pytest.mark.invariant(11)]

KEPT = "[localStorage, sessionStorage].flatMap((kept) => Object.values(kept)).join()"


def _signed_in_after(person: Person, name: str, path: str) -> None:
    """The session of `person` ends without signing out, and `name` signs in here."""
    person.context.clear_cookies()
    person.name = name
    person.sign_in_by_form(path)


def test_a_half_written_post_waits_for_its_writer_alone(party: Party) -> None:
    someone = party("hawthorn")
    words = someone.sign_in_by_form("/spaces/nights/new").get_by_label("What would you like to say?")
    words.fill("Only mine.")
    _signed_in_after(someone, "hawthorn", "/spaces/nights/new")
    expect(words).to_have_value("Only mine.")
    _signed_in_after(someone, "northbound", "/spaces/nights/new")
    expect(words).to_have_value("")
    assert "Only mine." not in someone.page.evaluate(KEPT)


def test_unsent_messages_are_not_sent_for_the_next_person(party: Party) -> None:
    wren, someone = party("Wren"), party("tidepool")
    wren.sign_in_by_form()
    room.keep_a_room_open(wren, "The landing")
    someone.sign_in_by_form()
    for person in (wren, someone):
        room.enters(person, "landing")
    field = someone.page.get_by_label("Say something")
    with someone.outage():
        someone.context.set_offline(True)
        someone.reads("The line is down just now.")
        room.says(someone, "Not sent yet.")
        expect(room.room_waits(someone, "Not sent yet.")).to_have_count(1)
        field.fill("Not finished.")
        someone.context.clear_cookies()
        someone.context.set_offline(False)
        someone.reads("You have been signed out here. What you wrote is kept on this device.")
        _signed_in_after(someone, "northbound", "/rooms/landing")
    room.enters(someone, "landing")
    expect(field).to_have_value("")
    expect(room.said(someone, "Not sent yet.")).to_have_count(0)
    assert "Not sent yet." not in someone.page.evaluate(KEPT)
    room.says(someone, "I am here too.")
    room.sees(wren, "I am here too.")  # an outbox sends in order, so nothing came before it
    expect(room.said(wren, "Not sent yet.")).to_have_count(0)


def test_the_writer_finds_unsent_words_again(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in_by_form()
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in_by_form()
    room.enters(tidepool, "landing")
    with tidepool.outage():
        tidepool.context.set_offline(True)
        tidepool.reads("The line is down just now.")
        room.says(tidepool, "Written at the window.")
        tidepool.page.get_by_label("Say something").fill("And half a thought.")
        tidepool.context.set_offline(False)
        _signed_in_after(tidepool, "tidepool", "/rooms/landing")
    room.enters(tidepool, "landing")
    room.sees(tidepool, "Written at the window.")
    expect(tidepool.page.get_by_label("Say something")).to_have_value("And half a thought.")
