"""Help and the way out are on every page, in the same place, with and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Party

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]


WORDS = ("PeerSpace", "Nights", "Marigold", "hawthorn", "Get help now", "thread", "space")
VISITED = ("/rules", "/today", "/spaces", "/spaces/nights", "/my/settings", "/help-now")


def shows_nothing(page: Page) -> None:
    """The page, its title and its address say nothing of the place."""
    page.wait_for_load_state("load")
    if page.url == "about:blank" or page.url.endswith("/weather"):
        return
    assert page.url.endswith("/paused"), page.url
    seen = page.title() + page.locator("body").inner_text()
    assert [word for word in WORDS if word.lower() in seen.lower()] == []
    assert page.title() == "New tab"


def goes_back_to_the_start(page: Page) -> int:
    """Press Back until there is nothing before; each page on the way shows nothing. How many were ours."""
    ours = 0
    for _ in VISITED:
        page.go_back()
        shows_nothing(page)
        ours += page.url.endswith("/paused")
    return ours


def test_the_button_ends_the_view_and_leaves_no_way_back(party: Party) -> None:
    marigold = party("Marigold")
    page = marigold.sign_in_by_form("/spaces/nights/new")
    page.get_by_label("What would you like to say?").fill("half a thought")
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url("**/weather")
    page.go_back()
    assert not page.url.endswith("/spaces/nights/new"), "the history entry was not replaced"
    shows_nothing(page)
    marigold.comes_back("/spaces/nights/new")
    assert page.get_by_label("What would you like to say?").input_value() == "", (
        "the draft stayed on the device"
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("name", ["hawthorn", "guest"])
def test_back_shows_nothing_of_the_place_however_many_pages_deep(
    party: Party, name: str, script: bool
) -> None:
    person = party(name, script=script)
    if name != "guest":
        person.sign_in_by_form()
    visited = VISITED if name != "guest" else ("/rules", "/", "/privacy", "/help-now")
    for path in visited:
        page = person.go(path)
    page.locator(".top a[data-leave]").click()
    page.wait_for_url("**/weather")
    # With script the last page's entry is gone; without, a link cannot take it away, so it is covered too.
    assert goes_back_to_the_start(page) >= len(visited) - 1
    person.go("/rules")
    shows_nothing(page)
    person.comes_back("/rules")
    person.reads("PeerSpace")


def test_a_page_that_the_browser_held_in_its_memory_shows_nothing_either(party: Party) -> None:
    """This Chromium holds no page that may not be stored; others may. So the page hears what a browser would say."""
    page = party("guest").go("/rules")
    tell = "(what) => window.dispatchEvent(new PageTransitionEvent(what, { persisted: true }))"
    page.evaluate(tell, "pagehide")
    expect(page.locator("main h1")).to_be_hidden()
    page.evaluate(tell, "pageshow")
    expect(page.locator("main h1")).to_be_visible()
    page.evaluate(tell, "pagehide")
    page.context.add_cookies([{"name": "left", "value": "yes", "url": page.url}])
    page.evaluate(tell, "pageshow")
    page.wait_for_url("**/paused")
    shows_nothing(page)


def test_shift_three_times_leaves(party: Party) -> None:
    page = party("slow_river").sign_in_by_form("/spaces/nights")
    page.keyboard.type("Ab Cd Ef")  # capitals are no reason to leave
    assert page.url.endswith("/spaces/nights")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/weather")


def test_the_way_out_and_help_work_without_script(party: Party) -> None:
    guest = party("guest", script=False, width=360)
    page = guest.go("/")
    page.get_by_role("link", name="Get help now").click()
    guest.reads("Get help now")
    page.get_by_role("link", name="Leave").click()
    page.wait_for_url("**/weather")
