"""Every page there is, on a phone and wide: it fits, weighs little, keeps its two buttons in place, axe is content."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bench.installation import Installation
from tests.browser import house as houses
from tests.browser.measure import PAGE_LIMIT, SCRIPT_LIMIT, axe, measure, tab_through
from tests.browser.pages import Found, Sitemap, read_sitemap
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

EVERY_LOOK = [(width, theme) for width in (360, 1280) for theme in ("light", "dark", "quiet")]
QUICK_LOOKS = [(360, "light"), (1280, "dark")]


@pytest.fixture(scope="module")
def demo(chromium: Browser) -> Iterator[tuple[Installation, Sitemap]]:
    """The demo community, and every page of it."""
    with houses.demo() as (house, accounts):
        yield house, read_sitemap(house, accounts.values())


class Looker:
    """Opens pages as each role, one browser a role, all of one look."""

    def __init__(self, browser: Browser, base: str, sitemap: Sitemap, width: int, theme: str) -> None:
        self._make = lambda role: Person(browser, base, role, width=width, theme=theme)
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
    places: dict[str, set[str]] = {}
    for found in sitemap.pages:
        if not found.path:
            continue
        page = looker.open(found).page
        seen = measure(page)
        places.setdefault(f"{seen['help']} {seen['leave']}", set()).add(str(found))
        findings += [f"{found}: {line}" for line in [*_wrong(seen), *axe(page)]]
    findings += looker.close()
    assert findings == []
    assert len(places) == 1, f"help and the way out stand in different places: {places}"
    (place,) = places
    heights = [int(box.split(",")[3]) for box in re.findall(r"\[([^\]]+)\]", place)]
    assert min(heights) >= 44, place


def _wrong(seen: dict[str, object]) -> list[str]:
    """What a measured page breaks of the promises in the interface's design."""
    checks = {
        f"scrolls sideways by {seen['overflow']} px": int(str(seen["overflow"])) > 0,
        f"sticks out: {seen['sticking']}": bool(seen["sticking"]),
        f"weighs {seen['weight']} bytes": int(str(seen["weight"])) > PAGE_LIMIT,
        f"its script weighs {seen['script']} bytes": int(str(seen["script"])) > SCRIPT_LIMIT,
        f"has {seen['headings']} first headings": seen["headings"] != 1,
        f"its title is {seen['title']!r}": "PeerSpace" not in str(seen["title"]),
    }
    return [line for line, wrong in checks.items() if wrong]


@pytest.mark.parametrize(
    "path", ["/", "/join", "/today", "/spaces/nights/new", "/rooms/late-kitchen", "/my/consent"]
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    chromium: Browser, demo: tuple[Installation, Sitemap], path: str
) -> None:
    house, sitemap = demo
    looker = Looker(chromium, house.base, sitemap, 1280, "light")
    page = looker.open(Found("", "guest" if path in ("/", "/join") else "member", path)).page
    if path.startswith("/rooms"):
        page.locator("[data-live=yes]").wait_for()
    findings = tab_through(page)
    assert findings + looker.close() == []
