"""Pictures of the demo community for the documentation: `make screens`, or with names of pages to draw only those.

Each page at phone width and wide, light; a few wide and dark too. Written to docs/screens/ with a small palette.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.installation import Installation
from tests.browser import house as houses
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.watch import Person

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
MOST_BYTES = 120_000
HEIGHTS = {360: 780, 1280: 900}
COLOURS = 96

# name: (who looks, where to begin, links to follow by the start of their address)
PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "welcome": ("", "/", ()),
    "help-now": ("", "/help-now", ()),
    "join": ("", "/join", ()),
    "today": ("member", "/today", ()),
    "space": ("member", "/spaces", ("/spaces/",)),
    "thread": ("member", "/spaces", ("/spaces/", "/threads/")),
    "write": ("member", "/spaces/nights/new", ()),
    "room": ("member", "/rooms", ("/rooms/",)),
    "inbox": ("member", "/inbox", ()),
    "consent": ("member", "/my/consent", ()),
    "my-data": ("member", "/my/data", ()),
    "desk": ("supervisor", "/desk", ()),
    "item": ("supervisor", "/desk", ("/desk/items/",)),
    "study": ("researcher", "/research", ("/research/studies/",)),
    "release": ("researcher", "/research", ("/research/studies/", "/research/releases/")),
    "panel": ("panel", "/panel", ()),
}
DARK = ("welcome", "thread", "room", "desk", "release")


def main(wanted: list[str]) -> None:
    """Draw the wanted pages, or all."""
    path = chromium_path()
    if path is None:
        sys.exit("Chromium is absent on this machine.")
    SCREENS.mkdir(parents=True, exist_ok=True)
    with houses.demo() as (house, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        by_role = {account["role"]: account for account in reversed(accounts.values())}
        for width, theme in ((360, "light"), (1280, "light"), (1280, "dark")):
            names = [name for name in wanted or PAGES if theme == "light" or name in DARK]
            draw(browser, house, by_role, names, width, theme)
        browser.close()
    total = sum(file.stat().st_size for file in SCREENS.glob("*.png"))
    click.echo(f"{len(list(SCREENS.glob('*.png')))} pictures, {total / 1e6:.2f} MB")


def draw(
    browser: Browser,
    house: Installation,
    by_role: dict[str, dict[str, str]],
    names: list[str],
    width: int,
    theme: str,
) -> None:
    """Each of the named pages as a file `<page>-<width>-<theme>.png`."""
    people: dict[str, Person] = {}
    for name in names:
        role, start, links = PAGES[name]
        if role not in people:
            account = by_role.get(role, {"name": "guest", "passphrase": ""})
            people[role] = Person(
                browser,
                house.base,
                account["name"],
                width=width,
                theme=theme,
                passphrase=account["passphrase"],
            )
            if role:
                people[role].sign_in(start)
        page = people[role].go(start)
        for link in links:
            page.locator(f"main a[href^='{link}']:not([href$='/new'])").first.click()
            page.wait_for_url(lambda url, link=link: link in url)
        keep(page, name, width, theme)
    for person in people.values():
        person.close()
        for line in person.trouble:
            click.echo(f"trouble: {line}")


def keep(page: Page, name: str, width: int, theme: str) -> None:
    """Write what the page shows now, in few colours."""
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    if page.locator("[data-room]").count():
        page.locator("[data-room][data-live=yes]").wait_for()
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    small = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = SCREENS / f"{name}-{width}-{theme}.png"
    small.save(file, optimize=True)
    size = file.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{file.name} has {size} bytes, more than {MOST_BYTES}.")
    click.echo(f"{file.name}: {page.url.removeprefix('http://')}, {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
