"""An evening with six people, each at a browser of their own: joining, writing, live talk, deciding, consenting."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench.installation import Installation
from tests.browser import joining_steps as joining
from tests.browser import research_steps as research
from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = pytest.mark.browser


@pytest.mark.invariant(2)
@pytest.mark.invariant(9)
def test_an_evening(party: Party, tmp_path: Path) -> None:
    """Six people at once, from the first knock at the door to the last one leaving the room."""
    ash, marigold, wren = party("Ash", width=360), party("Marigold"), party("Wren")
    ines, lindqvist, pim = party("Ines"), party("Lindqvist"), party("Pim")
    for person, page in ((marigold, "/today"), (wren, "/duty"), (ines, "/desk"), (pim, "/panel")):
        person.sign_in_by_form(page)
    lindqvist.sign_in_by_form("/research")
    research.registers_a_study(lindqvist)
    research.approves(pim)
    joins_and_is_let_in(ash, ines)
    research.consents(ash)
    talk_in_a_thread(ash, marigold)
    research.asks_for_a_release(lindqvist)
    room.keep_a_room_open(wren, "The late kitchen")
    room.talk(ash, marigold, wren)
    room.reports_a_message(marigold, "first night here")
    is_decided(ash, marigold, ines)
    room.enters(ash, "late-kitchen")
    room.enters(marigold, "late-kitchen")
    room.blocks_in_the_room(ash, marigold, wren)
    room.goes_off_duty(wren, ash, marigold)
    folded_in_the_thread(ash, marigold)
    research.downloads_it(lindqvist, tmp_path)
    research.sees_stops_and_erases(ash)


def test_an_open_room_ends_with_the_session_and_with_the_membership(
    party: Party, house: Installation
) -> None:
    """Signing out closes the other pages of that browser; suspension stops an open room at once."""
    wren, river, northbound = party("Wren"), party("slow_river"), party("northbound")
    wren.sign_in_by_form("/duty")
    room.keep_a_room_open(wren, "The porch")
    for person in (river, northbound):
        person.sign_in_by_form()
        room.enters(person, "porch")
    other_page = river.context.new_page()
    other_page.goto("/today")
    other_page.get_by_role("button", name="Sign out").click()
    river.reads("You have been signed out here.")

    room.says(northbound, "Nearly asleep.")
    room.sees(northbound, "Nearly asleep.")
    house.command("people", "suspend", "northbound", "--days", "2")
    expect(northbound.page.locator("[data-line]")).to_be_visible()
    northbound.sign_in_by_form("/rooms/porch")
    assert northbound.page.url.endswith("/waiting")
    northbound.reads("A pause")


def joins_and_is_let_in(ash: Person, ines: Person) -> None:
    """The form says what does not pass and keeps what was typed; a supervisor reads the words and lets Ash in."""
    page = ash.go("/")
    page.get_by_role("link", name="Join").first.click()
    joining.walks(page, ash.name, "password12345", "Evenings are long. I would like company.")
    joining.sends(page)
    expect(page.get_by_role("alert")).to_contain_text("What you typed is still here")
    joining.at(page, joining.STEPS[-1])
    expect(page.locator("[name=own_words]")).to_have_value("Evenings are long. I would like company.")
    expect(page.get_by_label("A passphrase", exact=True)).to_have_value("")
    page.get_by_label("A passphrase", exact=True).fill(ash.passphrase)
    joining.sends(page)
    page.get_by_role("button", name="Show me new codes").click()
    assert page.locator(".codes li").count() >= 8
    page.get_by_role("link", name="I have kept them").click()
    ash.reads("You are at the door")
    ash.go("/spaces")
    assert page.url.endswith("/waiting"), "somebody at the door sees nothing of the community"

    door = ines.go("/desk")
    door.get_by_role("link", name="Admissions").click()
    card = door.locator("section.card", has_text="Evenings are long.")
    card.get_by_label("To Ash").fill("Welcome, Ash.")
    card.get_by_role("button", name="Let in", exact=True).click()
    expect(door.get_by_text("Evenings are long.")).to_have_count(0)

    ash.go("/waiting")
    assert page.url.endswith("/today")
    ash.go("/inbox")
    ash.reads("You are in.")


def talk_in_a_thread(ash: Person, marigold: Person) -> None:
    """Ash writes, Marigold answers in her own browser, Ash learns of it."""
    page = ash.go("/spaces/nights")
    page.get_by_role("link", name="Start a thread").first.click()
    page.get_by_label("Title").fill("First night here")
    page.get_by_label("What would you like to say?").fill("Not sure what to say. *Hello*, I suppose.")
    page.get_by_label("Listening").check()
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First night here")
    expect(page.locator(".post em")).to_have_text("Hello")

    theirs = marigold.go("/spaces/nights")
    theirs.get_by_role("link", name="First night here").click()
    theirs.locator(".post", has_text="Not sure what to say").get_by_role("link", name="Reply").click()
    expect(theirs.get_by_role("heading", name="Your answer to Ash")).to_be_visible()
    theirs.get_by_label("What would you like to say?").fill("Hello Ash. That is plenty to say.")
    theirs.get_by_role("button", name="Look it over and post").click()
    theirs.get_by_role("button", name="Post it").click()
    expect(theirs.locator(".post", has_text="That is plenty to say")).to_be_visible()

    page.reload()
    expect(page.locator(".post", has_text="That is plenty to say")).to_be_visible()
    ash.go("/inbox")
    ash.reads("Marigold answered your post.")


def is_decided(ash: Person, marigold: Person, ines: Person) -> None:
    """Ines finds the report on the desk, claims it and decides with a reason; both read what became of it."""
    desk = ines.go("/desk")
    desk.get_by_role("link", name="A message by Ash").click()
    expect(desk.get_by_text("first night here")).to_have_count(0)
    desk.get_by_role("button", name="Claim this").click()
    for kept in desk.get_by_text("The words, kept").all():  # as it was said first, and as it stands
        kept.click()
    expect(desk.locator("blockquote", has_text="first night here")).to_be_visible()
    desk.get_by_role("radio", name="Warn the member").check()
    desk.get_by_label("The reason, as the member reads it").fill("It names a street. Please leave that out.")
    desk.get_by_label("An answer to those who reported").fill("Thank you. We spoke to them.")
    desk.get_by_role("button", name="Decide").click()
    ines.reads("Decided")
    marigold.go("/my/reports")
    marigold.reads("Thank you. We spoke to them.")
    ash.go("/inbox")
    ash.reads("A supervisor decided something about you.")
    ash.page.locator("[data-kind=decision_about_you]").get_by_role("button", name="Open").click()
    ash.reads("It names a street. Please leave that out.")


def folded_in_the_thread(ash: Person, marigold: Person) -> None:
    """The block holds in the forum too: her post is a thin line for Ash, and stands as before for herself."""
    for person in (ash, marigold):
        person.go("/spaces/nights").get_by_role("link", name="First night here").click()
    expect(ash.page.get_by_text("That is plenty to say")).to_have_count(0)
    expect(ash.page.get_by_text("Someone you blocked")).to_be_visible()
    expect(marigold.page.locator(".post", has_text="Not sure what to say")).to_be_visible()
    expect(marigold.page.locator(".post", has_text="That is plenty to say")).to_be_visible()
