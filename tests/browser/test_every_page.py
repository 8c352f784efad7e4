"""Every page there is, in every look: it fits, weighs little, stays still, can be read, pressed and left by anybody."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest
from playwright.sync_api import Browser, Route

from bench.installation import Installation
from tests.browser.measure import axe, focused, measure, tab_through, unclear_edges, wrong
from tests.browser.pages import Found, Sitemap
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

EVERY_LOOK = [(width, theme) for width in (360, 1280) for theme in ("light", "dark", "quiet")]
QUICK_LOOKS = [(360, "light"), (1280, "dark")]
SMALL = [(320, 568), (320, 256)]
"""An old phone, and a window of 1280 by 1024 px zoomed to 400 %."""
MAIN = ("public.welcome", "public.help_now", "accounts.join", "forum.thread", "rooms.room", "consent.page")
"""The pages that matter most, for what takes too long to look at on all of them in every run."""
LATE_S = 0.4


class Looker:
    """Opens pages as each role, one browser a role, all of one look."""

    def __init__(self, browser: Browser, base: str, sitemap: Sitemap, width: int, theme: str = "light",
                 height: int = 860, forced_colours: bool = False) -> None:  # fmt: skip
        self._make = lambda role: Person(
            browser, base, role, width=width, height=height, theme=theme, forced_colours=forced_colours
        )
        self._sitemap, self._theme, self._base = sitemap, theme, base
        self.people: dict[str, Person] = {}

    def open(self, page: Found) -> Person:
        """The browser of the page's role, with the page open."""
        if page.role not in self.people:
            person = self.people[page.role] = self._make(page.role)
            # Every page is weighed as on a first visit: nothing comes from a cache, nor from the service worker's.
            session = person.context.new_cdp_session(person.page)
            session.send("Network.enable")
            session.send("Network.setCacheDisabled", {"cacheDisabled": True})
            session.send("Network.setBypassServiceWorker", {"bypass": True})
            person.context.add_cookies(self._sitemap.cookies[page.role])  # type: ignore[arg-type]
            if self._theme == "quiet":
                person.context.add_cookies([{"name": "theme", "value": "quiet", "url": self._base}])
        self.people[page.role].go(page.path)
        return self.people[page.role]

    def close(self) -> list[str]:
        """Close all; what went wrong on any page."""
        for person in self.people.values():
            person.close()
        return [line for person in self.people.values() for line in person.trouble]


def main_pages(sitemap: Sitemap) -> list[Found]:
    """One page for each of MAIN."""
    of_kind = {page.kind: page for page in sitemap.pages if page.path}
    return [of_kind[kind] for kind in MAIN]


def test_links_lead_to_every_page(demo: tuple[Installation, Sitemap]) -> None:
    """A page that no link reaches would be looked at by none of these tests, and found by nobody."""
    _, sitemap = demo
    assert sitemap.unreached <= {"accounts.link"}, "the one-time link is handed over by an administrator"


@pytest.mark.invariant(12)
@pytest.mark.parametrize(
    ("width", "theme"),
    [pytest.param(*look, marks=[] if look in QUICK_LOOKS else pytest.mark.slow) for look in EVERY_LOOK],
)
def test_every_page_is_sound(
    chromium: Browser, demo: tuple[Installation, Sitemap], width: int, theme: str
) -> None:
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, width, theme)
    findings: list[str] = []
    places: dict[Found, str] = {}
    for found in sitemap.pages:
        if not found.path:
            continue
        page = looker.open(found).page
        seen = measure(page)
        places[found] = f"{seen['help']} {seen['leave']}"
        findings += [f"{found}: {line}" for line in [*wrong(seen), *axe(page)]]
    ((place, _),) = Counter(places.values()).most_common(1)
    for found in [found for found, there in places.items() if there != place]:
        # A page whose letters came late keeps the device's own, which are wider, until the next page.
        again = (measure(looker.open(found).page) for _ in range(3))
        elsewhere = {f"{seen['help']} {seen['leave']}" for seen in again}
        if place not in elsewhere:
            findings.append(f"{found}: help and the way out stand in another place: {elsewhere}")
    findings += looker.close()
    assert findings == []
    heights = [int(box.split(",")[3]) for box in re.findall(r"\[([^\]]+)\]", place)]
    assert min(heights) >= 44, place


@pytest.mark.invariant(12)
@pytest.mark.parametrize(
    "looks", [QUICK_LOOKS, pytest.param(EVERY_LOOK, marks=pytest.mark.slow)], ids=["quick", "every"]
)
def test_what_no_link_leads_to_is_sound_too(
    chromium: Browser, demo: tuple[Installation, Sitemap], looks: list[tuple[int, str]]
) -> None:
    """A form that was refused and comes back whole, the last look, and all parts in all themes at once."""
    house, sitemap = demo
    findings: list[str] = []

    def look(person: Person, what: str, *, heavy: bool = False) -> None:
        lines = [*wrong(measure(person.page)), *axe(person.page)]
        findings.extend(f"{what}: {line}" for line in lines if not (heavy and "weighs" in line))

    write = next(page for page in sitemap.pages if page.kind == "forum.new_thread_form")
    parts = next(page for page in sitemap.pages if page.kind == "parts.parts")
    for width, theme in looks:
        looker = Looker(chromium, house.base, sitemap, width, theme)
        person = looker.open(write)
        for label, words in (("Title", "Some words"), ("What would you like to say?", "I can't go on.")):
            person.page.get_by_label(label).fill(words)
        person.page.get_by_role("button", name="Look it over and post").click()
        person.page.get_by_role("heading", name="Before you post").wait_for()
        look(person, f"last look {width} {theme}")
        person.page.evaluate("() => { document.querySelector('main [name=csrf_token]').value = 'no'; }")
        person.page.get_by_role("button", name="Post it").click()
        person.page.get_by_role("button", name="Send it again").wait_for()
        look(person, f"refused {width} {theme}")
        if theme == "light":
            everything = Found(parts.kind, parts.role, f"{parts.path}?theme=all")
            look(looker.open(everything), f"all parts {width}", heavy=True)
        findings += looker.close()
    assert findings == []


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["main", "every"])
@pytest.mark.parametrize(("width", "height"), SMALL)
def test_pages_fit_the_smallest_windows(
    chromium: Browser, demo: tuple[Installation, Sitemap], width: int, height: int, every: bool
) -> None:
    """No sideways scroll, and what stays in place leaves at least half of the height to read in."""
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, width, height=height)
    pages = [page for page in sitemap.pages if page.path] if every else main_pages(sitemap)
    findings = [f"{found}: {line}" for found in pages for line in wrong(measure(looker.open(found).page))]
    assert findings + looker.close() == []


def test_nothing_moves_when_fonts_come_late(chromium: Browser, demo: tuple[Installation, Sitemap]) -> None:
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, 360)

    def late(route: Route) -> None:
        time.sleep(LATE_S)
        route.continue_()

    findings: list[str] = []
    for found in main_pages(sitemap)[:3]:
        person = looker.open(found)
        person.context.route("**/*.woff2", late)
        looker.open(found)
        findings += [f"{found}: {line}" for line in wrong(measure(person.page))]
        person.context.unroute("**/*.woff2")
    assert findings + looker.close() == []


def test_forced_colours_keep_edges_rings_and_what_is_chosen(
    chromium: Browser, demo: tuple[Installation, Sitemap]
) -> None:
    """Somebody whose device sets the colours still sees where a field ends, where they are and what is pressed."""
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, 1280, forced_colours=True)
    findings: list[str] = []
    for found in main_pages(sitemap):
        page = looker.open(found).page
        assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
        findings += [f"{found}: {line}" for line in unclear_edges(page)]
        for _ in range(8):
            page.keyboard.press("Tab")
            here = focused(page)
            findings += [f"{found}: {line}: {here['what']}" for line in here["findings"]] if here else []
    assert findings + looker.close() == []


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), pytest.param(360, "dark", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["main", "every"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    chromium: Browser, demo: tuple[Installation, Sitemap], width: int, theme: str, every: bool
) -> None:
    """At every stop of the Tab key: a ring of 2 px and 3:1, whole, and nothing over what has the focus."""
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, width, theme)
    findings: list[str] = []
    for found in [page for page in sitemap.pages if page.path] if every else main_pages(sitemap):
        page = looker.open(found).page
        if page.locator("[data-room]").count():
            page.locator("[data-room][data-live=yes]").wait_for()
        findings += [f"{found}: {line}" for line in tab_through(page)]
    assert findings + looker.close() == []
