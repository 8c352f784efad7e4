"""What stands over a page for a while: it never takes or hides the focus, and it can always be closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.measure import axe

pytestmark = pytest.mark.browser

APART = """([one, other]) => {
  const [a, b] = [one, other].map((each) => each.getBoundingClientRect());
  return a.bottom <= b.top || b.bottom <= a.top || a.right <= b.left || b.right <= a.left;
}"""


def _parts(party: Party, **more: object) -> Page:
    page = party("Oda", **more).sign_in("/admin/parts")  # type: ignore[arg-type]
    page.get_by_role("heading", name="Questions, and words in passing").scroll_into_view_if_needed()
    return page


def _toast(page: Page) -> Locator:
    return page.locator("body > .toast")


def _apart(page: Page, one: Locator, other: Locator) -> bool:
    return bool(page.evaluate(APART, [one.element_handle(), other.element_handle()]))


@pytest.mark.parametrize("width", [360, 1280])
def test_words_in_passing_are_announced_and_leave_the_focus_where_it_is(party: Party, width: int) -> None:
    page = _parts(party, width=width)
    button = page.get_by_role("button", name="Say it in passing")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("body > .toast [role=status]")).to_have_text(
        "Saved. It stays for six seconds or more."
    )
    expect(button).to_be_focused()
    assert _apart(page, _toast(page), button)
    page.keyboard.press("Enter")  # the same again is said anew, not twice
    expect(_toast(page).locator("p")).to_have_count(1)
    assert axe(page) == []


def test_words_in_passing_stay_long_enough_and_while_they_are_looked_at(party: Party) -> None:
    oda = party("Oda")
    oda.page.clock.install()
    page = oda.sign_in("/admin/parts")
    button = page.get_by_role("button", name="Say it in passing")
    words = _toast(page).locator("p")
    page.clock.pause_at(
        page.evaluate("() => Date.now()") / 1000 + 60
    )  # the page's time stands still but for us
    button.click()
    page.clock.run_for(5900)
    expect(words).to_have_count(1)
    page.clock.run_for(600)
    expect(words).to_have_count(0)

    button.click()
    _toast(page).hover()
    page.clock.run_for(30_000)
    expect(words).to_have_count(1)
    page.mouse.move(0, 0)
    _toast(page).get_by_role("button", name="Close").focus()
    page.clock.run_for(30_000)
    expect(words).to_have_count(1)
    button.focus()
    page.clock.run_for(6500)
    expect(words).to_have_count(0)


def test_words_in_passing_are_closed_by_button_and_escape_and_give_the_focus_back(party: Party) -> None:
    page = _parts(party)
    button = page.get_by_role("button", name="Say it in passing")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(_toast(page).locator("p")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    _toast(page).get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    expect(_toast(page).locator("p")).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_words_in_passing_move_away_from_what_gets_the_focus(party: Party, width: int) -> None:
    page = _parts(party, width=width)
    page.get_by_role("button", name="Say it in passing").click()
    for number in range(30):
        page.keyboard.press("Shift+Tab")
        page.wait_for_timeout(40)  # a frame or two, in which it finds its place
        focused = page.locator(":focus")
        if focused.count() and not _toast(page).locator(":focus").count():
            assert _apart(page, _toast(page), focused), f"covers the focus after {number + 1} steps"
    expect(_toast(page).locator("p")).to_have_count(1)


def test_words_in_passing_do_not_move_where_stillness_is_asked_for(party: Party) -> None:
    page = _parts(party)
    page.get_by_role("button", name="Say it in passing").click()
    for motion, theme, moves in (
        ("reduce", "light", False),
        ("no-preference", "quiet", False),
        ("no-preference", "light", True),
    ):
        page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        duration = _toast(page).evaluate("(one) => parseFloat(getComputedStyle(one).transitionDuration)")
        assert (duration > 0) is moves, (motion, theme)


def test_a_question_keeps_the_focus_inside_and_gives_it_back(party: Party) -> None:
    page = _parts(party)
    opener = page.get_by_role("link", name="Ask over the page")
    opener.focus()
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Take this post away?")
    expect(question).to_be_visible()
    expect(question.get_by_role("button", name="No, go back")).to_be_focused()
    assert axe(page) == []
    for _ in range(5):
        page.keyboard.press("Tab")
        inside = (
            "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert page.evaluate(inside), "the page behind is out of reach"
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark", "quiet"])
def test_a_sheet_fits_a_small_phone(party: Party, theme: str) -> None:
    page = _parts(party, width=320, theme=theme)
    page.set_viewport_size({"width": 320, "height": 420})
    page.get_by_role("link", name="Ask over the page").click()
    sheet = page.get_by_role("dialog", name="Take this post away?")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 420
    sheet.get_by_role("button", name="No, go back").click()
    expect(sheet).to_be_hidden()


def test_without_script_a_question_is_a_link(party: Party) -> None:
    page = _parts(party, script=False)
    link = page.get_by_role("link", name="Ask over the page")
    expect(link).to_be_visible()
    assert (link.get_attribute("href") or "").startswith("#")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_room_asks_before_it_removes_and_a_no_changes_nothing(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in()
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    room.says(tidepool, "Stays or goes.")
    room.sees(tidepool, "Stays or goes.")
    for way in ("Escape", "Keep it"):
        room.acts(tidepool, "Stays or goes.", "Remove")
        question = tidepool.page.get_by_role("dialog", name="Remove for everybody?")
        expect(question).to_be_visible()
        if way == "Escape":
            tidepool.page.keyboard.press("Escape")
        else:
            question.get_by_role("button", name=way).click()
        expect(question).to_be_hidden()
        expect(room.said(tidepool, "Stays or goes.")).to_have_count(1)
        assert tidepool.page.evaluate("() => document.activeElement.textContent") == "Remove"
    room.removes(tidepool, "Stays or goes.")
    tidepool.reads("You removed this.")
    assert tidepool.page.evaluate("() => document.activeElement !== document.body")


def test_what_a_room_says_in_passing_covers_neither_the_field_nor_the_focus(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool", width=360)
    wren.sign_in()
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    page = tidepool.page
    room.says(tidepool, "First version.")
    room.sees(tidepool, "First version.")
    room.acts(tidepool, "First version.", "Edit")
    page.get_by_label("Say something").fill("Second version.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(_toast(page)).to_contain_text("Changed. Everybody sees that it was edited.")
    expect(page.get_by_label("Say something")).to_be_focused()
    assert _apart(page, _toast(page), page.locator(".composer"))
    assert _apart(page, _toast(page), page.get_by_label("Say something"))
