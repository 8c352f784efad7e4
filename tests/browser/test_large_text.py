"""Text at 150% and 200% on a phone: nothing is cut off or pushed out of the window, and both ways out stay in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from bench.installation import Installation
from tests.browser.conftest import Party
from tests.browser.measure import measure, wrong
from tests.browser.pages import Found, Sitemap
from tests.browser.room_steps import enters, keep_a_room_open
from tests.browser.watch import Person

pytestmark = [pytest.mark.browser, pytest.mark.invariant(12)]

PLAIN_PX = 16
PHONES = {320: 568, 360: 780, 390: 844}
"""Widths of phones, and how high the window is on each."""
EVERY_LOOK = [
    (width, *look)
    for width in PHONES
    for look in (
        (150, "browser", "dark", "de"),
        (150, "zoom", "light", "en"),
        (200, "page", "light", "de"),
        (200, "zoom", "quiet", "en"),
    )
]
QUICK_LOOKS = [(390, 200, "page", "light", "en"), (320, 150, "browser", "dark", "de")]
MAIN = ("public.welcome", "public.help_now", "accounts.join", "forum.thread", "rooms.room", "consent.page")
"""The pages that matter most, in every run."""

_LARGER = """(size) => {
  const grow = () => { document.documentElement.style.fontSize = size; };
  if (document.documentElement) grow();
  else new MutationObserver((_, watching) => {
    if (!document.documentElement) return;
    watching.disconnect();
    grow();
  }).observe(document, { childList: true });
}"""
_WAYS_OUT = """() => {
  const seen = () => ["a[href='/help-now']", "a[data-leave]"].map((one) => {
    const way = document.querySelector(`.top ${one}`);
    const { left, top, right, bottom } = way.getBoundingClientRect();
    const whole = left >= 0 && top >= 0 && right <= document.documentElement.clientWidth && bottom <= innerHeight;
    const cut = way.scrollWidth > way.clientWidth + 1 || way.scrollHeight > way.clientHeight + 1;
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return whole && !cut && way.contains(there) ? "" : `${one} at ${[left, top, right, bottom].map(Math.round)}`;
  });
  const first = seen();
  window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  const last = seen();
  window.scrollTo({ top: 0, behavior: "instant" });
  return [...first, ...last].filter(Boolean);
}"""
_CUT = """() => [...document.querySelectorAll("main *, .nav *, .foot *")]
  .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }))
  .filter((one) => !one.closest(".unseen, .table, .answers, pre, input, textarea, select, svg"))
  .filter((one) => ["hidden", "clip"].includes(getComputedStyle(one).overflowX) && one.clientWidth > 1)
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 30)}`)"""

_SQUEEZED = """() => [...document.querySelectorAll("main *, .nav *, .foot *")]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && /\\S{4}/.test(node.data)))
  .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest(".unseen, thead, svg, option"))
  .filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const { width, height } = range.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(one).fontSize);
    return width > 1 && width < 1.6 * size && height > 3 * size;
  })
  .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 30)}`)"""


def enlarge(person: Person, percent: int, way: str) -> None:
    """Make letters larger: in the settings of the browser, or by a style sheet of the reader's own."""
    if way == "browser":
        size = PLAIN_PX * percent // 100
        session = person.context.new_cdp_session(person.page)
        session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size}})
    elif way == "page":
        person.context.add_init_script(f"({_LARGER})('{percent}%')")


def findings_of(page: Page) -> list[str]:
    """What is out of the window, cut off, covered or too small; that pages weigh little is measured elsewhere."""
    # What a room's script adds to each message takes more lines than were kept free for it: it moves while it wakes.
    lines = [line for line in wrong(measure(page)) if not line.startswith(("weighs", "moves by"))]
    lines += [f"not whole and in sight: {way}" for way in page.evaluate(_WAYS_OUT)]
    lines += [f"one letter a line: {one}" for one in page.evaluate(_SQUEEZED)]
    return lines + [f"cut off: {one}" for one in page.evaluate(_CUT)]


@pytest.mark.parametrize(
    ("width", "percent", "way", "theme", "language", "every"),
    [
        *((*look, False) for look in QUICK_LOOKS),
        *(pytest.param(*look, True, marks=pytest.mark.slow) for look in EVERY_LOOK),
    ],
)
def test_pages_hold_with_large_letters(
    chromium: Browser, demo: tuple[Installation, Sitemap], width: int, percent: int, way: str, theme: str,
    language: str, every: bool,
) -> None:  # fmt: skip
    """`way`: the browser's own letter size, a style sheet of the reader's, or the page zoomed."""
    house, sitemap = demo
    people: dict[str, Person] = {}
    scale = percent if way == "zoom" else 100
    findings: list[str] = []

    def open_(found: Found) -> Page:
        if found.role not in people:
            person = people[found.role] = Person(
                chromium, house.base, found.role, width=width * 100 // scale,
                height=PHONES[width] * 100 // scale, theme=theme,
            )  # fmt: skip
            person.context.add_cookies(sitemap.cookies[found.role])  # type: ignore[arg-type]
            chosen = {"language": language, **({"theme": theme} if theme == "quiet" else {})}
            person.context.add_cookies(
                [{"name": name, "value": value, "url": house.base} for name, value in chosen.items()]
            )
            enlarge(person, percent, way)
        return people[found.role].go(found.path)

    of_kind = {page.kind: page for page in sitemap.pages if page.path}
    for found in of_kind.values() if every else [of_kind[kind] for kind in MAIN]:
        page = open_(found)
        if way != "zoom":
            assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == (
                f"{PLAIN_PX * percent // 100}px"
            )
        findings += [f"{found}: {line}" for line in findings_of(page)]
    for person in people.values():
        person.close()
    assert findings + [line for person in people.values() for line in person.trouble] == []


@pytest.mark.parametrize("way", ["browser", "page"])
def test_the_field_for_writing_in_a_room_takes_the_width_there_is(party: Party, way: str) -> None:
    wren, member = party("Wren"), party("northbound", width=390)
    wren.sign_in()
    keep_a_room_open(wren, "The porch")
    enlarge(member, 200, way)
    member.sign_in()
    enters(member, "porch")
    field = member.page.get_by_label("Say something").bounding_box()
    button = member.page.get_by_role("button", name="Send", exact=True).bounding_box()
    assert field is not None
    assert button is not None
    assert field["width"] >= 300
    assert button["x"] + button["width"] <= 390
