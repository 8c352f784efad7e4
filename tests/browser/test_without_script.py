"""With scripts off everything but a live room works, and the room says what it needs and where to go instead."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import joining_steps as joining
from tests.browser import research_steps as research
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = pytest.mark.browser


def test_joining_reading_and_writing(party: Party) -> None:
    newcomer, ines = party("Bracken", script=False, width=360), party("Ines", script=False)
    joins(newcomer)
    door = ines.sign_in_by_form("/admissions")
    card = door.locator("section.card", has_text="No scripts on this phone.")
    card.get_by_role("button", name="Let in", exact=True).click()
    newcomer.sign_in_by_form()
    research.consents(newcomer)
    writes_and_edits(newcomer)
    is_answered_and_reports(newcomer, party("hawthorn", script=False))
    research.sees_stops_and_erases(newcomer)


def test_a_room_says_what_it_needs_and_where_to_go_instead(party: Party) -> None:
    hawthorn = party("hawthorn", script=False, width=360)
    page = hawthorn.sign_in_by_form("/rooms/late-kitchen")
    expect(page.locator("noscript .notice__title")).to_have_text("Live talk needs JavaScript")
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.get_by_label("Say something")).to_be_hidden()
    page.locator("noscript a[href='/spaces']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spaces")


def test_how_it_looks_help_and_the_way_out_are_forms_and_links(party: Party) -> None:
    """Before signing in and after: a button that sends sets the look, help opens, and leaving leads away at once."""
    guest, member = party("guest", script=False, width=360), party("slow_river", script=False)
    guest.go("/rules")
    member.sign_in_by_form("/spaces/nights")
    for person in (guest, member):
        page = person.page
        place = page.url
        look = page.get_by_role("group", name="How the page looks")
        for theme in ("Dark", "Quiet"):
            look.get_by_role("button", name=theme).click()
            expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
            expect(look.get_by_role("button", name=theme)).to_have_attribute("aria-pressed", "true")
            assert page.url.split("#")[0] == place, "the form leads back to where it was pressed"
        look.get_by_role("button", name="As my device").click()
        expect(page.locator("html:not([data-theme])")).to_have_count(1)
        page.get_by_role("link", name="Get help now").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Get help now")
        assert page.locator("a[href^='tel:']").count() > 0
        page.locator(".top a[data-leave]").click()
        page.wait_for_url("**/weather")


def joins(newcomer: Person) -> None:
    """The steps of joining, the codes and the waiting page are plain links and forms."""
    page = newcomer.go("/join")
    joining.walks(page, newcomer.name, newcomer.passphrase, "No scripts on this phone.")
    joining.sends(page)
    newcomer.go("/waiting")
    newcomer.reads("You are at the door")
    page.get_by_role("button", name="Sign out").click()


def writes_and_edits(newcomer: Person) -> None:
    """A preview, a post behind a content note, an edit with its former version."""
    page = newcomer.go("/spaces/nights/new")
    page.get_by_label("Title").fill("Plain pages")
    page.get_by_label("What would you like to say?").fill("Old phone, **quiet** night.")
    page.get_by_label("A content note").fill("sleep")
    page.get_by_role("button", name="Preview").click()
    newcomer.reads("How it will look", "Nothing is posted yet.")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    expect(page.get_by_text("quiet", exact=True)).to_be_hidden()
    page.get_by_text("Show it").click()
    expect(page.get_by_text("quiet", exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Your words").fill("Old phone, still awake.")
    page.get_by_label("A content note").fill("")
    page.get_by_role("button", name="Save it").click()
    newcomer.reads("Old phone, still awake.", "edited")


def is_answered_and_reports(newcomer: Person, hawthorn: Person) -> None:
    """A reply, a report and a block, all by links and forms."""
    theirs = hawthorn.sign_in_by_form("/spaces/nights")
    theirs.get_by_role("link", name="Plain pages").click()
    theirs.get_by_label("What would you like to say?").fill("Plain is good.")
    theirs.get_by_role("button", name="Look it over and post").click()
    theirs.get_by_role("button", name="Post it").click()
    page = newcomer.page
    page.reload()
    post = page.locator(".post", has_text="Plain is good.")
    post.get_by_text("More").click()
    post.get_by_role("link", name="Report").click()
    page.get_by_role("radio", name="Something else").check()
    page.get_by_label("Anything we should know").fill("Only trying the form.")
    page.get_by_role("button", name="Send the report").click()
    newcomer.go("/my/reports")
    newcomer.reads("Something else", "waits for a person")
