"""The field for writing: its tools by keyboard, undo, preview, count, draft, and all of it without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from bench.installation import Installation
from peerspace.streams.closing import ClosedBy
from tests.browser.conftest import Party
from tests.browser.measure import axe, measure
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

LIMIT = 20_000
SHIFT_LIMIT = 0.02
_SHIFT = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(moved), 300);
})"""


def starts_thread(person: Person, title: str) -> Page:
    """The page of a thread that the person has just started."""
    page = writes(person)
    page.get_by_label("Title").fill(title)
    field(page).fill("First words")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    page.wait_for_url("**/threads/**")
    return page


def field(page: Page) -> Locator:
    return page.get_by_label("What would you like to say?")


def writes(person: Person, path: str = "/spaces/nights/new") -> Page:
    """Sign in and open the page to write, with nothing kept from before and the tools in place."""
    page = person.sign_in(path)
    page.locator("[data-editor][data-ready]").wait_for()
    field(page).fill("")
    return page


def fits(page: Page) -> None:
    """Nothing scrolls sideways, sticks out or moved while the page came, and axe is content."""
    seen = measure(page)
    assert (seen["overflow"], seen["sticking"]) == (0, [])
    assert page.evaluate(_SHIFT) <= SHIFT_LIMIT
    assert axe(page) == []


def select(page: Page, words: str) -> None:
    """Select `words` in the field."""
    field(page).evaluate(
        """(area, words) => {
          const at = area.value.indexOf(words);
          if (at < 0) throw new Error("not written: " + words);
          area.focus();
          area.setSelectionRange(at, at + words.length);
        }""",
        words,
    )


def selected(page: Page) -> str:
    found: str = field(page).evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    return found


def tool(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar").get_by_role("button", name=name, exact=True)


# --- The tools -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "mark"), [("b", "**"), ("i", "*")])
def test_a_shortcut_marks_the_selection_and_takes_it_back(party: Party, key: str, mark: str) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("one lamp on")
    select(page, "lamp")
    page.keyboard.press(f"Control+{key}")
    expect(field(page)).to_have_value(f"one {mark}lamp{mark} on")
    assert selected(page) == "lamp"
    page.keyboard.press(f"Control+{key}")
    expect(field(page)).to_have_value("one lamp on")
    assert selected(page) == "lamp"


def test_bold_and_italic_go_together_and_apart(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("one lamp on")
    select(page, "lamp")
    page.keyboard.press("Control+b")
    page.keyboard.press("Control+i")
    expect(field(page)).to_have_value("one ***lamp*** on")
    page.keyboard.press("Control+b")
    expect(field(page)).to_have_value("one *lamp* on")
    page.keyboard.press("Control+i")
    expect(field(page)).to_have_value("one lamp on")


def test_the_word_under_the_caret_is_meant_when_nothing_is_selected(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("one lämp on")
    field(page).evaluate("area => { area.focus(); area.setSelectionRange(6, 6); }")
    page.keyboard.press("Control+b")
    expect(field(page)).to_have_value("one **lämp** on")
    page.keyboard.type("x")
    expect(field(page)).to_have_value("one **läxmp** on")


def test_the_browsers_undo_takes_every_tool_back(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).press_sequentially("first line\nsecond line")
    start = "first line\nsecond line"
    for name, after in [
        ("Bold", "first line\nsecond **line**"),
        ("Quote", "first line\n> second line"),
        ("List", "first line\n- second line"),
        ("Numbered list", "first line\n1. second line"),
        ("Link", "first line\nsecond [line](https://)"),
    ]:
        select(page, "line")
        field(page).evaluate(
            "area => area.setSelectionRange(area.value.lastIndexOf('line'), area.value.length)"
        )
        tool(page, name).click()
        expect(field(page)).to_have_value(after)
        page.keyboard.press("Control+z")
        expect(field(page)).to_have_value(start)
        page.keyboard.press("Control+Shift+z")
        expect(field(page)).to_have_value(after)
        page.keyboard.press("Control+z")
        expect(field(page)).to_have_value(start)


def test_quotes_and_lists_take_whole_lines_and_what_follows_stays_outside(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("one\ntwo\n\nthree\nafter")
    select(page, "wo\n\nthr")
    tool(page, "Quote").click()
    expect(field(page)).to_have_value("one\n> two\n>\n> three\n\nafter")
    assert selected(page) == "> two\n>\n> three"
    tool(page, "Quote").click()
    expect(field(page)).to_have_value("one\ntwo\n\nthree\n\nafter")
    select(page, "one\ntwo")
    tool(page, "Numbered list").click()
    expect(field(page)).to_have_value("1. one\n2. two\n\nthree\n\nafter")
    tool(page, "List").click()
    expect(field(page)).to_have_value("- one\n- two\n\nthree\n\nafter")
    tool(page, "Bold").click()
    expect(field(page)).to_have_value("- **one**\n- **two**\n\nthree\n\nafter")
    tool(page, "Bold").click()
    tool(page, "List").click()
    expect(field(page)).to_have_value("one\ntwo\n\nthree\n\nafter")


def test_a_link_from_words_and_from_an_address(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("see this page")
    select(page, "this page")
    page.keyboard.press("Control+k")
    expect(field(page)).to_have_value("see [this page](https://)")
    assert selected(page) == "https://"
    field(page).fill("https://example.org/a")
    select(page, "https://example.org/a")
    tool(page, "Link").click()
    page.keyboard.type("a page")
    expect(field(page)).to_have_value("[a page](https://example.org/a)")
    field(page).fill("")
    tool(page, "Link").click()
    expect(field(page)).to_have_value("[words to show](https://)")
    assert selected(page) == "words to show"


def test_the_toolbar_is_one_stop_and_arrow_keys_go_along_it(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).focus()
    page.keyboard.press("Shift+Tab")
    expect(tool(page, "Bold")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tool(page, "Numbered list")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tool(page, "Italic")).to_be_focused()
    page.keyboard.press("End")
    expect(tool(page, "Numbered list")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(field(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(tool(page, "Italic")).to_be_focused()  # where one was before
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("**")
    ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert ring != "none"


def test_on_a_page_that_reads_from_the_right_the_arrows_turn_around(party: Party) -> None:
    person = party("hawthorn")
    person.context.add_cookies([{"name": "language", "value": "he-XB", "url": person.base}])
    person.go("/sign-in")
    page = person.page
    page.locator("input[name=name]").fill(person.name)
    page.locator("input[name=passphrase]").fill(person.passphrase)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto("/spaces/nights/new")
    page.locator("[data-editor][data-ready]").wait_for()
    tools = page.get_by_role("toolbar").get_by_role("button")
    tools.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(tools.nth(1)).to_be_focused()
    first, second = tools.nth(0).bounding_box(), tools.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert second["x"] < first["x"]


@pytest.mark.parametrize("width", [320, 1280])
def test_every_tool_is_large_enough_for_a_finger_and_nothing_moves(party: Party, width: int) -> None:
    person = party("hawthorn", width=width)
    page = writes(person)
    for one in page.get_by_role("toolbar").get_by_role("button").all() + page.get_by_role("tab").all():
        box = one.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    person.go("/spaces/nights/new").locator("[data-ready]").wait_for()
    fits(page)


# --- Preview -------------------------------------------------------------------------------------------


def test_the_preview_comes_from_the_server_and_writing_goes_on_where_it_was(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("**Bold** and <b>not</b>\n\n> quoted")
    select(page, "and")
    page.get_by_role("tab", name="Write").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Preview")).to_be_focused()
    expect(field(page)).to_be_visible()  # arrows only go along; a press opens
    page.keyboard.press("Enter")
    panel = page.get_by_role("tabpanel", name="Preview")
    expect(panel.locator("strong")).to_have_text("Bold")
    expect(panel.locator("blockquote")).to_contain_text("quoted")
    expect(panel).to_contain_text("<b>not</b>")
    expect(page.get_by_role("tab", name="Preview")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Preview")).to_be_focused()
    expect(page.get_by_text("This is how it will look. Nothing is posted yet.")).to_have_count(1)
    expect(field(page)).to_be_hidden()
    assert axe(page) == []
    panel.focus()
    page.keyboard.press("Escape")
    expect(field(page)).to_be_focused()
    assert selected(page) == "and"
    expect(field(page)).to_have_value("**Bold** and <b>not</b>\n\n> quoted")


def test_a_preview_behind_its_content_note(party: Party) -> None:
    page = writes(party("hawthorn"))
    field(page).fill("Folded words")
    page.get_by_label("A content note").fill("hospital")
    page.get_by_role("tab", name="Preview").click()
    panel = page.get_by_role("tabpanel", name="Preview")
    expect(panel.get_by_text("Content note: hospital")).to_be_visible()
    expect(panel.get_by_text("Folded words")).to_be_hidden()


def test_a_preview_that_does_not_come_loses_nothing(party: Party) -> None:
    person = party("hawthorn")
    page = writes(person)
    panel = page.get_by_role("tabpanel", name="Preview")
    with person.outage():
        page.get_by_role("tab", name="Preview").click()
        expect(panel).to_contain_text("There is nothing written yet.")
        page.get_by_role("tab", name="Write").click()
        field(page).fill("Words to keep")
        person.context.set_offline(True)
        page.get_by_role("tab", name="Preview").click()
        expect(panel).to_contain_text("The preview did not come. What you wrote is kept.")
        person.context.set_offline(False)
        page.get_by_role("tab", name="Preview").click()
        expect(panel).to_contain_text("Words to keep")
    page.get_by_role("tab", name="Write").click()
    expect(field(page)).to_have_value("Words to keep")


def test_a_post_can_be_sent_from_the_preview(party: Party) -> None:
    page = writes(party("hawthorn"))
    page.get_by_label("Title").fill("Sent from the preview")
    field(page).fill("Seen before it was sent")
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("tabpanel", name="Preview")).to_contain_text("Seen before it was sent")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post")).to_contain_text("Seen before it was sent")


# --- Count and draft -----------------------------------------------------------------------------------


def test_the_count_speaks_only_near_the_limit(party: Party) -> None:
    page = writes(party("hawthorn"))
    count = page.locator(".editor__count")
    expect(count).to_have_attribute("aria-live", "polite")
    for length, said in [
        (10, ""),
        (LIMIT - 7, "7 characters left"),
        (LIMIT - 1, "One character left"),
        (LIMIT, "No characters left"),
        (LIMIT + 2, "2 characters too many. Nothing is lost."),
    ]:
        field(page).fill("x" * length)
        expect(count).to_have_text(said)
    field(page).fill("\N{CANDLE}" * (LIMIT - 1))  # as the server counts, not as UTF-16 does
    expect(count).to_have_text("One character left")


def test_a_draft_says_that_it_is_kept_and_can_be_thrown_away_and_brought_back(party: Party) -> None:
    person = party("hawthorn")
    page = writes(person)
    line = page.locator(".editor__draft")
    expect(line).to_be_hidden()
    field(page).press_sequentially("Half a thought")
    expect(line).to_be_visible()
    expect(line).to_contain_text("Kept on this device until you post it.")
    page.reload()
    expect(field(page)).to_have_value("Half a thought")
    expect(line).to_be_visible()
    expect(line).to_contain_text("Kept on this device until you post it.")
    line.get_by_role("button", name="Throw it away").click()
    expect(field(page)).to_have_value("")
    expect(line).to_contain_text("Thrown away.")
    assert "Half a thought" not in page.evaluate("() => Object.values(localStorage).join()")
    line.get_by_role("button", name="Bring it back").click()
    expect(field(page)).to_have_value("Half a thought")
    expect(field(page)).to_be_focused()
    line.get_by_role("button", name="Throw it away").click()
    page.reload()
    expect(field(page)).to_have_value("")
    expect(line).to_be_hidden()


def test_title_note_and_choice_are_kept_with_the_words_and_go_with_them(party: Party) -> None:
    person = party("hawthorn")
    page = writes(person)
    title, note = page.get_by_label("Title"), page.get_by_label("A content note")
    wish = page.get_by_label("Just saying it")

    def fill() -> None:
        title.fill("A title")
        field(page).fill("Half a thought")
        note.fill("loss")
        wish.check()

    def stands(there: bool) -> None:
        expect(title).to_have_value("A title" if there else "")
        expect(field(page)).to_have_value("Half a thought" if there else "")
        expect(note).to_have_value("loss" if there else "")
        expect(wish).to_be_checked(checked=there)

    fill()
    page.reload()
    stands(True)
    away = page.locator(".editor__draft").get_by_role("button")
    away.click()
    stands(False)
    away.click()
    stands(True)
    page.reload()
    stands(True)
    away.click()
    page.reload()
    stands(False)
    fill()
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    page.wait_for_url("**/threads/**")
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('draft'))") == []
    page.goto("/spaces/nights/new")
    stands(False)
    fill()
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url("**/weather")
    person.comes_back("/spaces/nights/new")
    stands(False)
    title.fill("A title alone")
    expect(page.locator(".editor__draft")).to_contain_text("Kept on this device until you post it.")
    expect(page.locator(".editor__draft")).to_be_visible()
    away.click()
    stands(False)
    expect(page.locator(".editor__draft")).to_contain_text("Thrown away.")


def test_a_note_that_was_kept_is_seen_before_it_is_posted(party: Party) -> None:
    page = starts_thread(party("hawthorn"), "To answer with a note")
    note = page.get_by_label("A content note")
    expect(note).to_be_hidden()
    page.get_by_text("Add a content note").click()
    note.fill("loss")
    page.reload()
    expect(note).to_be_visible()
    expect(note).to_have_value("loss")


def test_words_for_a_thread_that_closed_meanwhile_stay_and_the_page_lives(
    party: Party, house: Installation
) -> None:
    page = starts_thread(party("hawthorn"), "Soon closed")
    with house.engine.begin() as connection:
        locked = f"UPDATE stream SET closed_by = {int(ClosedBy.LOCKED)}"
        connection.execute(text(f"{locked} WHERE id = (SELECT id FROM thread WHERE title = 'Soon closed')"))
    field(page).fill("Too late")
    page.get_by_role("button", name="Look it over and post").click()
    expect(page.get_by_label("What you wrote")).to_have_value("Too late")
    page.get_by_label("What you wrote").fill("Too late, kept")
    assert "Too late, kept" in page.evaluate("() => Object.values(localStorage).join()")


def test_a_draft_lasts_through_the_last_look_and_is_gone_once_posted(party: Party) -> None:
    page = writes(party("hawthorn"))
    page.get_by_label("Title").fill("Through the last look")
    field(page).fill("Still here")
    page.get_by_role("button", name="Look it over and post").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you post")
    assert "Still here" in page.evaluate("() => Object.values(localStorage).join()")
    page.goto("/spaces/nights/new")
    expect(field(page)).to_have_value("Still here")
    page.get_by_label("Title").fill("Through the last look")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Go on writing").click()
    expect(field(page)).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Through the last look")
    field(page).fill("Still here, and more")
    page.get_by_role("button", name="Look it over and post").click()
    expect(page.locator(".sheet")).to_contain_text("Still here, and more")
    page.get_by_role("button", name="Post it").click()
    page.wait_for_url("**/threads/**")  # the last look shows a post, too
    expect(page.locator(".post")).to_contain_text("Still here, and more")
    assert "Still here" not in page.evaluate("() => Object.values(localStorage).join()")
    page.goto("/spaces/nights/new")
    expect(field(page)).to_have_value("")


# --- The last look -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_the_last_look_is_sound(party: Party, width: int, theme: str) -> None:
    person = party("hawthorn", width=width, theme=theme)
    page = writes(person)
    page.get_by_label("Title").fill("A title")
    field(page).fill("I can't go on.")
    page.get_by_role("button", name="Look it over and post").click()
    expect(page.get_by_text("If you need somebody now")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post")).to_contain_text("I can't go on.")


def test_a_reply_comes_back_from_the_last_look_to_where_it_is_written(party: Party) -> None:
    person = party("hawthorn", width=360)
    page = writes(person)
    page.get_by_label("Title").fill("To reply to")
    field(page).fill("First words")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    page.locator(".post").wait_for()
    field(page).fill("A reply")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Go on writing").click()
    expect(field(page)).to_have_value("A reply")
    expect(field(page)).to_be_in_viewport()
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_label("Leave this step out on this device").check()
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post")).to_have_count(2)
    field(page).fill("A second reply")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post")).to_have_count(3)
    field(page).fill("A third reply")
    page.get_by_role("button", name="Look it over first").click()
    page.get_by_label("Leave this step out on this device").uncheck()
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post")).to_have_count(4)
    expect(page.get_by_role("button", name="Look it over and post")).to_be_visible()


# --- Without script ------------------------------------------------------------------------------------


def test_without_script_it_is_a_plain_field_with_a_preview_and_a_last_look(party: Party) -> None:
    person = party("hawthorn", script=False, width=360)
    page = person.sign_in("/spaces/nights/new")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    expect(page.locator(".editor__head")).to_be_hidden()
    expect(page.get_by_role("button", name="Preview")).to_be_visible()
    page.get_by_label("Title").fill("Without script")
    field(page).fill("Quiet, **plain**")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview .prose strong")).to_have_text("plain")
    page.get_by_role("button", name="Look it over and post").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you post")
    page.get_by_role("button", name="Go on writing").click()
    expect(field(page)).to_have_value("Quiet, **plain**")
    page.get_by_role("button", name="Look it over and post").click()
    page.get_by_role("button", name="Post it").click()
    expect(page.locator(".post .prose strong")).to_have_text("plain")


def test_with_script_the_plain_preview_gives_way_to_the_tabs(party: Party) -> None:
    page = writes(party("hawthorn"))
    expect(page.get_by_role("button", name="Preview")).to_have_count(0)
    expect(page.get_by_role("tab", name="Preview")).to_be_visible()
