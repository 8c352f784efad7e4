"""A room's page as it comes: in the reader's language, without moving, above the keyboard of a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from peerspace.kernel.wording import Language
from peerspace.languages import script_words, translated
from tests.browser import room_steps as room
from tests.browser.conftest import Party
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

GERMAN: Language = next(one for one in translated() if one.code == "de")

MOST_MOVED = 0.02

_MOVED = """() => new Promise((done) => {
  // What moved by itself since the page began: [how much, what].
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([...seen, ...observer.takeRecords()].filter((one) => !one.hadRecentInput)
    .map((one) => [one.value, one.sources.map(({ node }) => node?.className ?? node?.nodeName).join(", ")])), 500);
})"""

_SAID = """() => {
  // All that the page says, hidden parts too; not what people wrote or how places and people are called.
  const others = `script, style, noscript, .prose, [translate=no], [lang]:not(html), time, textarea, .message__by,
    .person__name`;
  const said = [];
  const read = (within) => {
    const walk = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const text = walk.currentNode.data.trim().replace(/\\s+/g, " ");
      if (text && !walk.currentNode.parentElement?.closest(others)) said.push(text);
    }
    for (const one of within.querySelectorAll("[aria-label], [title], [placeholder]")) {
      if (one.closest(others)) continue;
      said.push(...["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name)).filter(Boolean));
    }
    for (const template of within.querySelectorAll("template")) read(template.content);
  };
  read(document.body);
  return said;
}"""


def _speaks(person: Person, language: str) -> None:
    person.context.add_cookies([{"name": "language", "value": language, "url": person.base}])


def _english() -> re.Pattern[str]:
    """Every English message that German says otherwise, with anything where its values stand."""
    same = GERMAN.catalogue.gettext
    known = [one for one in script_words(GERMAN) if script_words(GERMAN)[one] != one]
    pages = getattr(GERMAN.catalogue, "_catalog", {})
    known += [one for one in pages if isinstance(one, str) and one and same(one) != one]
    parts = ["".join(".+" if value else re.escape(text) for text, value in _pieces(one)) for one in known]
    # A message that is hardly more than its values ("%(name)s: %(words)s") would be found in anything.
    letters = [re.sub(r"\\.|[^A-Za-z]", "", part.replace(".+", "")) for part in parts]
    return re.compile(
        "|".join(f"(?:{part})" for part, own in zip(parts, letters, strict=True) if len(own) > 3)
    )


def _pieces(message: str) -> list[tuple[str, bool]]:
    cut = re.split(r"(%\(\w+\)s|\{\w+\})", message)
    return [(text, at % 2 == 1) for at, text in enumerate(cut)]


def test_a_german_room_says_everything_in_german(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in()
    room.keep_a_room_open(wren, "The landing")
    room.enters(wren, "landing")
    room.says(wren, "Erste Zeile.")
    tidepool.sign_in()
    _speaks(tidepool, "de")
    room.enters(tidepool, "landing")
    page, english = tidepool.page, _english()

    def reads_german(*words: str) -> None:
        for text in words:
            page.get_by_text(text).first.wait_for()
        assert [text for text in page.evaluate(_SAID) if english.fullmatch(text)] == []

    reads_german("Im Raum", "im Dienst")
    expect(page.get_by_label("Sag etwas")).to_be_visible()
    wren.page.get_by_label("Say something").press_sequentially("zwei", delay=900)  # it is told now and then
    reads_german("Wren schreibt …")
    page.get_by_label("Sag etwas").fill("Meine Zeile.")
    page.get_by_role("button", name="Senden", exact=True).click()
    reads_german("Deine letzte Nachricht ist gespeichert.")
    room.acts(wren, "Meine Zeile.", "With you", "With you")
    reads_german("bei dir: 1")
    room.acts(tidepool, "Meine Zeile.", "Ändern")
    reads_german("Du änderst deine Nachricht")
    page.get_by_role("button", name="Speichern", exact=True).click()
    reads_german("Geändert. Alle sehen")
    page.get_by_label("Sag etwas").fill("x" * 3990)
    reads_german("Noch 10 Zeichen")
    page.get_by_label("Sag etwas").fill("")
    room.acts(tidepool, "Erste Zeile.", "Antworten")
    reads_german("Antwort an Wren")
    room.acts(tidepool, "Erste Zeile.", "Mehr", "Melden")
    reads_german("Diese Nachricht melden")
    page.keyboard.press("Escape")
    room.acts(tidepool, "Meine Zeile.", "Entfernen")
    page.get_by_role("dialog", name="Für alle entfernen?").get_by_role(
        "button", name="Für alle entfernen"
    ).click()
    reads_german("Du hast das entfernt.")
    with tidepool.outage():
        tidepool.context.set_offline(True)
        reads_german("Die Verbindung ist gerade weg.")
        tidepool.context.set_offline(False)
        expect(page.locator("[data-line]")).to_be_hidden()
    wren.go("/rooms/landing").get_by_role("button", name="Go off duty").click()
    reads_german("Gerade ist hier niemand im Dienst.")


@pytest.mark.parametrize("how", ["refused", "late"])
def test_a_room_goes_on_in_english_when_its_words_do_not_come(party: Party, how: str) -> None:
    hawthorn = party("hawthorn")
    hawthorn.sign_in()
    _speaks(hawthorn, "de")
    waiting = []
    if how == "refused":
        hawthorn.page.route("**/words/de.js", lambda route: route.abort())
    else:
        hawthorn.page.route("**/words/de.js", lambda route: waiting.append(route))  # never answered
    with hawthorn.outage():
        hawthorn.page.goto("/rooms/landing", wait_until="commit")
        hawthorn.page.locator("html[data-room='joined']").wait_for(state="attached")
        page = hawthorn.page
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("[data-reading]")).to_have_text("1 just reading")  # drawn by the script
        for route in waiting:
            route.abort()
        page.wait_for_timeout(200)  # the end of that request is told to the watch within the outage


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "full"])
def test_nothing_moves_while_a_room_comes_alive(party: Party, width: int, filled: bool) -> None:
    wren, tidepool = party("Wren"), party("tidepool", width=width)
    wren.sign_in()
    name, slug = ("The porch", "porch") if filled else ("The landing", "landing")
    room.keep_a_room_open(wren, name)
    if filled:
        room.enters(wren, slug)
        for number in range(12):
            room.says(wren, f"Line {number} of {width}.")
        room.sees(wren, f"Line 11 of {width}.")
    tidepool.sign_in()
    room.enters(tidepool, slug)
    moved = tidepool.page.evaluate(_MOVED)
    assert sum(value for value, _ in moved) <= MOST_MOVED, moved
    expect(tidepool.page.get_by_label("Say something")).to_be_visible()


def test_the_field_stays_above_the_keyboard_of_a_phone(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool", width=360)
    wren.sign_in()
    room.keep_a_room_open(wren, "The porch")
    # Chromium without a screen has no keyboard: what a browser tells of one is told by hand.
    tidepool.page.add_init_script("""
      const seen = new EventTarget();
      Object.assign(seen, { height: innerHeight, width: innerWidth, offsetTop: 0, offsetLeft: 0, scale: 1 });
      Object.defineProperty(window, "visualViewport", { value: seen });
      window.keyboard = (height, scale = 1) => {
        Object.assign(seen, { height: innerHeight - height, scale });
        seen.dispatchEvent(new Event("resize"));
      };
    """)
    tidepool.sign_in()
    room.enters(tidepool, "porch")
    page = tidepool.page
    bottom = "() => Math.round(document.querySelector('.composer').getBoundingClientRect().bottom)"
    shown = page.evaluate("() => innerHeight")
    page.evaluate("() => keyboard(320)")
    page.wait_for_timeout(100)
    assert page.evaluate(bottom) <= shown - 320
    expect(page.locator(".nav")).to_be_hidden()
    page.evaluate("() => keyboard(0)")
    page.wait_for_timeout(100)
    assert shown - 320 < page.evaluate(bottom) <= shown
    expect(page.locator(".nav")).to_be_visible()
    for height, scale in ((60, 1), (400, 2)):  # the browser's own bar, and a page that is zoomed into
        page.evaluate("([height, scale]) => keyboard(height, scale)", [height, scale])
        assert page.evaluate("() => document.documentElement.classList.contains('has-keyboard')") is False


def test_how_much_room_is_left_is_shown_and_announced_once(party: Party) -> None:
    wren, tidepool = party("Wren"), party("tidepool")
    wren.sign_in()
    room.keep_a_room_open(wren, "The landing")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    page = tidepool.page
    field, count, state = (
        page.get_by_label("Say something"),
        page.locator("#say-count"),
        page.locator("#say-state"),
    )
    field.fill("x" * 3000)
    expect(count).to_be_hidden()
    field.fill("x" * 3999)
    expect(count).to_have_text("1 character left")
    expect(state).to_have_text("There is not much room left.")
    page.evaluate("() => { document.querySelector('#say-state').textContent = ''; }")
    field.press_sequentially("x")
    expect(count).to_have_text("0 characters left")
    expect(state).to_have_text("")
    field.press_sequentially("x")
    expect(count).to_have_text("1 character too many. Nothing is lost.")
    expect(state).to_have_text("This is longer than a message can be.")
    field.fill("short again")
    expect(count).to_be_hidden()
    expect(state).to_have_text("")


def test_announcing_can_be_turned_off_and_stays_off(party: Party) -> None:
    tidepool = party("tidepool")
    tidepool.sign_in()
    room.enters(tidepool, "landing")
    page = tidepool.page
    switch = page.get_by_role("switch", name="Announce new messages")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator("[data-log]")).to_have_attribute("aria-live", "polite")
    switch.click()
    expect(page.locator("[data-log]")).to_have_attribute("aria-live", "off")
    page.reload()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator("[data-log]")).to_have_attribute("aria-live", "off")
    switch.click()
    expect(page.locator("[data-log]")).to_have_attribute("aria-live", "polite")
