"""When the line drops, the server dies or a form grows old, nothing typed is lost and nothing is sent twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bench.installation import Installation
from tests.browser import room_steps as room
from tests.browser.conftest import Party

pytestmark = [pytest.mark.browser, pytest.mark.invariant(11)]


def test_words_written_without_a_line_are_sent_once_it_is_back(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in("/duty")
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    for person in (wren, tidepool):
        room.enters(person, "landing")
    with tidepool.outage():
        tidepool.context.set_offline(True)
        tidepool.page.get_by_label("Say something").fill("on the stairs")
        tidepool.reads("The line is down just now.")
        tidepool.page.get_by_role("button", name="Send", exact=True).click()
        expect(room.said(tidepool, "on the stairs")).to_contain_text("On its way")
        room.says(wren, "Anyone there?")
        tidepool.context.set_offline(False)
        room.sees(tidepool, "on the stairs")
    room.sees(tidepool, "Anyone there?")
    room.sees(wren, "on the stairs")


def test_two_people_in_a_room_come_through_the_death_of_the_server(party: Party, house: Installation) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in("/duty")
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    for person in (wren, tidepool):
        room.enters(person, "landing")
    room.says(wren, "Before the dark.")
    room.sees(tidepool, "Before the dark.")
    with wren.outage(), tidepool.outage():
        house.kill()
        room.says(tidepool, "In the dark.")
        room.says(tidepool, "Still dark.")
        house.start()
        for person in (wren, tidepool):
            for words in ("Before the dark.", "In the dark.", "Still dark."):
                room.sees(person, words)
    room.says(wren, "Light again.")
    room.sees(tidepool, "Light again.")
    words = [line.inner_text() for line in tidepool.page.locator(".message__words").all()]
    at = [
        index for index, line in enumerate(words) if line in ("In the dark.", "Still dark.", "Light again.")
    ]
    assert len(at) == 3, words
    assert at == sorted(at), words


def test_a_post_half_written_survives_a_reload_and_is_gone_once_sent(party: Party) -> None:
    page = party("hawthorn").sign_in("/spaces/nights/new")
    page.get_by_label("Title").fill("Drafts")
    page.get_by_label("What would you like to say?").fill("Half a thought")
    page.reload()
    expect(page.get_by_label("What would you like to say?")).to_have_value("Half a thought")
    page.get_by_label("Title").fill("Drafts")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("heading", name="Does anything in it say").wait_for()
    page.get_by_role("button", name="Post it").click()
    page.wait_for_url("**/threads/**")
    expect(page.locator(".post", has_text="Half a thought")).to_be_visible()
    page.goto("/spaces/nights/new")
    expect(page.get_by_label("What would you like to say?")).to_have_value("")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_form_from_before_signing_in_again_keeps_the_words_and_can_be_sent(
    party: Party, script: bool
) -> None:
    hawthorn = party("hawthorn", script=script)
    old = hawthorn.sign_in("/spaces/nights/new")
    title = f"An old form, {'with' if script else 'without'} script"
    old.get_by_label("Title").fill(title)
    old.get_by_label("What would you like to say?").fill("Open since yesterday.")
    hawthorn.page = hawthorn.context.new_page()
    hawthorn.go("/today").get_by_role("button", name="Sign out").click()
    hawthorn.sign_in()
    old.get_by_role("button", name="Look it over and post").click()
    expect(old.get_by_text("Open since yesterday.").first).to_be_visible()
    old.get_by_role("button", name="Send it again").click()
    old.get_by_role("button", name="Post it").click()
    expect(old.get_by_role("heading", level=1)).to_have_text(title)
    expect(old.locator(".post", has_text="Open since yesterday.")).to_have_count(1)


def test_the_server_stops_as_told_while_rooms_are_open(party: Party, house: Installation) -> None:
    """An operator's restart: the open room says that the line is down and finds its way back."""
    tidepool = party("tidepool")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    with tidepool.outage():
        house.stop()
        tidepool.reads("The line is down just now.")
        house.start()
        expect(tidepool.page.locator("[data-line]")).to_be_hidden()
