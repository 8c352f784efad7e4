"""The desk by single keys: they move, open, claim and go back, never while somebody writes, and can be turned off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from bench.installation import Installation
from bench.visitor import Visitor
from tests.browser.conftest import Party
from tests.browser.house import PASSPHRASE
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

FOCUSED = "() => document.activeElement.textContent"
RING = """() => {
  const ring = getComputedStyle(document.activeElement, "::after");
  return ring.outlineStyle + ring.outlineWidth;
}"""


def _visitor(house: Installation, name: str) -> Visitor:
    visitor = Visitor(house.base)
    visitor.sign_in(name, PASSPHRASE)
    return visitor


@pytest.fixture(scope="module")
def two_items(house: Installation) -> None:
    """Two items wait on the desk for somebody."""
    for writer, teller, reason in (
        ("hawthorn", "northbound", "spam"), ("slow_river", "Marigold", "worried"),
    ):  # fmt: skip
        posting = _visitor(house, writer)
        posting.get("/spaces/nights/new")
        words = {"title": f"Keys for {writer}", "body": "Invented words for the desk."}
        posting.send(posting.form_with("title", "body"), words)
        telling = _visitor(house, teller)
        telling.get(posting.url)
        telling.get(next(link for link in telling.links() if link.startswith("/report/post/")))
        telling.send(telling.form_with("reason"), {"reason": reason})


@pytest.fixture
def ines(party: Party, two_items: None) -> Person:
    """A supervisor at the desk."""
    person = party("Ines")
    person.sign_in("/desk")
    return person


def _queue(page: Page) -> list[str]:
    return page.locator("[data-queue-link]").all_text_contents()


def test_the_desk_by_keys(ines: Person) -> None:
    page = ines.page
    waiting = _queue(page)
    assert len(waiting) >= 2
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == waiting[0]
    shown = page.evaluate(RING)
    assert shown == "solid3px"
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == waiting[1]
    page.keyboard.press("K")
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == waiting[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/items/**")
    expect(page.get_by_role("button", name="Claim this")).to_be_visible()
    # The queue stands beside it: the next one from here.
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == waiting[1]
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Let go")).to_be_visible()
    # While something is written, a letter is a letter.
    note = page.get_by_label("Note for other supervisors")
    note.press_sequentially("juck?")
    expect(note).to_have_value("juck?")
    assert "/desk/items/" in page.url
    page.get_by_role("button", name="Let go").click()
    expect(page.get_by_role("button", name="Claim this")).to_be_visible()
    # With a modifier it belongs to the browser or to a screen reader.
    page.keyboard.press("Control+u")
    page.keyboard.press("Alt+c")
    expect(page.get_by_role("button", name="Claim this")).to_be_visible()
    page.keyboard.press("u")
    page.wait_for_url("**/desk?view=*")


def test_the_keys_are_listed_and_can_be_turned_off(ines: Person) -> None:
    page = ines.page
    listed = page.get_by_text("to the next item")
    expect(listed).to_be_hidden()
    page.keyboard.press("?")
    expect(listed).to_be_visible()
    page.keyboard.press("?")
    expect(listed).to_be_hidden()
    page.keyboard.press("?")
    choice = page.get_by_label("Single keys do this while nothing is being written")
    choice.uncheck()
    page.keyboard.press("j")
    expect(choice).to_be_focused()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement === document.body")
    page.get_by_text("Keys of the desk").click()
    page.get_by_label("Single keys do this while nothing is being written").check()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == _queue(page)[0]


def test_on_a_phone_the_queue_is_a_page_of_its_own(ines: Person) -> None:
    page = ines.page
    page.set_viewport_size({"width": 360, "height": 780})
    page.locator("[data-queue-link]").first.click()
    page.wait_for_url("**/desk/items/**")
    expect(page.locator(".split__beside")).to_be_hidden()
    page.keyboard.press("j")
    assert page.evaluate("() => !document.activeElement.closest('.queue')")
    page.keyboard.press("u")
    page.wait_for_url("**/desk?view=*")
    fits = page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert fits


def test_without_script_the_keys_are_not_promised(party: Party) -> None:
    ines = party("Ines", script=False)
    page = ines.sign_in("/desk")
    expect(page.get_by_text("Keys of the desk")).to_be_hidden()
