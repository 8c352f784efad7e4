"""Whole journeys with the keyboard alone: nothing is clicked, the focus moves by keys only, and it always shows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import joining_steps as joining
from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.keys import Keys
from tests.browser.watch import Person

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]


@pytest.mark.parametrize("width", [1280, 360])
def test_joining(party: Party, width: int) -> None:
    keys = Keys(party(f"Keystone{width}", width=width))
    page = keys.person.go("/")
    keys.link("Join")
    joining.at(page, joining.STEPS[0])
    keys.ticks("I am 18 or older")
    goes_on(keys, 1)
    keys.ticks("I have read the rules and agree to them")
    goes_on(keys, 2)
    keys.types("The name you want to be known by", keys.person.name)
    goes_on(keys, 3)
    keys.chooses("lamp")
    goes_on(keys, 4)
    keys.types("What brings you here, in your own words?", "My hands shake, keys are easier.")
    goes_on(keys, 5)
    keys.types("A passphrase", keys.person.passphrase)
    keys.button("Ask to join")
    page.wait_for_url(lambda url: not url.split("#")[0].endswith("/join"))
    keys.person.go("/waiting")
    keys.person.reads("You are at the door")


@pytest.mark.parametrize(("width", "name"), [(1280, "hawthorn"), (360, "tidepool")])
def test_a_thread_a_reply_and_a_report(party: Party, width: int, name: str) -> None:
    keys = Keys(party(name, width=width))
    page = keys.page
    keys.signs_in()
    title = f"Written with keys at {width}"
    keys.link("Spaces")
    page.wait_for_url("**/spaces")
    keys.link("Nights", page.get_by_role("main"))
    page.wait_for_url("**/spaces/nights")
    keys.link("Start a thread")
    page.wait_for_url("**/new")
    keys.types("Title", title)
    keys.types("What would you like to say?", "No mouse in this house.")
    keys.chooses("Listening")
    posts(keys)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    keys.link("Reply", page.locator(".post", has_text="No mouse in this house."))
    page.wait_for_url(re.compile("reply="))
    keys.types("What would you like to say?", "And none missed.")
    posts(keys)
    expect(page.locator(".post", has_text="And none missed.")).to_be_visible()

    reporter = Keys(party("Marigold", width=width))
    reporter.signs_in()
    theirs = reporter.person.go("/spaces/nights")
    reporter.link(title)
    theirs.wait_for_url("**/threads/**")
    post = theirs.locator(".post", has_text="No mouse in this house.")
    reporter.opens(post.locator("summary", has_text="More"))
    reporter.link("Report", post)
    theirs.wait_for_url("**/report/**")
    reporter.chooses("Something else")
    reporter.types("Anything we should know", "Only trying the keys.")
    reporter.button("Send the report")
    theirs.wait_for_url(lambda url: "/report/" not in url)
    reporter.person.go("/my/reports")
    reporter.person.reads("Something else", "waits for a person")


def test_a_message_in_a_room(party: Party) -> None:
    wren = party("Wren")
    wren.sign_in("/duty")
    room.keep_a_room_open(wren, "The landing")
    keys = Keys(party("slow_river"))
    page = keys.page
    keys.signs_in()
    keys.link("Rooms", page.get_by_role("navigation", name="Main"))
    page.wait_for_url("**/rooms")
    keys.link("The landing", page.get_by_role("main"))
    page.locator("html[data-room='joined']").wait_for(state="attached")
    keys.types("Say something", "From the keys.")
    keys.button("Send")
    room.sees(keys.person, "From the keys.")


def test_consent_is_given_and_taken_back(party: Party) -> None:
    keys = Keys(party("tidepool", width=360))
    page = keys.page
    keys.signs_in()
    keys.person.go("/my/consent")
    boxes = page.locator("form[action='/my/consent'] input[type=checkbox]")
    for number in range(boxes.count()):
        keys.to(boxes.nth(number))
        keys.press("Space")
        assert boxes.nth(number).is_checked()
    keys.button("Record my choices")
    keys.person.reads("Your choice is recorded.")
    keys.button("Stop")
    keys.person.reads("Nothing more is counted.")


def test_leaving_quickly_by_its_button_and_by_shift(party: Party) -> None:
    keys = Keys(party("slow_river"))
    keys.signs_in()
    keys.link("Leave quickly")
    keys.page.wait_for_url("**/weather")
    keys.person.comes_back("/spaces/nights")
    keys.tab()
    keys.press("Shift", "Shift", "Shift")
    keys.page.wait_for_url("**/weather")


def test_help_is_near(party: Party) -> None:
    """Not more than three stops of the Tab key from the top of a page: the way past the head, the name, then help."""
    guest: Person = party("guest", width=360)
    keys = Keys(guest)
    guest.go("/rules")
    keys.link("Get help now")
    keys.page.wait_for_url("**/help-now*")
    assert keys.stops <= 3


def goes_on(keys: Keys, step: int) -> None:
    """Continue to the next step of joining."""
    keys.link("Continue", keys.page.locator(".step:visible"))
    joining.at(keys.page, joining.STEPS[step])


def posts(keys: Keys) -> None:
    """Press the main button under what was written; where there is a last look first, the one after it too."""
    before = keys.page.url
    keys.to(keys.page.get_by_role("button", name=re.compile("^(Look it over and post|Post it)$")))
    looks = "Look" in keys.page.evaluate("() => document.activeElement.innerText")
    keys.press("Enter")
    if looks:
        keys.page.locator("[data-keeps-draft]").first.wait_for()
        keys.button("Post it")
    keys.page.wait_for_url(lambda url: url != before)
