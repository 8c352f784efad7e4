"""Pictures of every kind of page in three themes at two widths: `make screens`.

The whole pages go to var/screens/ (or the folder of --into), to be looked at one by one. With --gallery the first
view of each page goes to docs/screens/ too, small: one sheet of six views a page, and the few that the documents show.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import house as houses
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.pages import Found, Sitemap
from tests.browser.watch import Person

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "docs" / "screens"
HEIGHTS = {1280: 900, 360: 780}
THEMES = ("light", "dark", "quiet")
LOOKS = [(width, theme) for width in HEIGHTS for theme in THEMES]
GALLERY_BYTES = 3_000_000
COLOURS = 96
SHEET_WIDTH, GAP, SHEET_HEIGHT = 1200, 12, 700

SHOWN = {
    "welcome": ("public-welcome", LOOKS[0]),
    "thread": ("forum-thread-with-answers", LOOKS[0]),
    "room": ("rooms-room", (360, "light")),
    "desk": ("moderation-queue", LOOKS[0]),
}
"""What README.md shows large: a name, the kind of page, and the look."""


def main(arguments: list[str]) -> None:
    """Draw every page, or those whose name holds one of the words given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help="draw only pages whose name holds one of these")
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "screens", help="where whole pages go")
    parser.add_argument("--gallery", action="store_true", help="make docs/screens anew")
    asked = parser.parse_args(arguments)
    path = chromium_path()
    if path is None:
        sys.exit("Chromium is absent on this machine.")
    began = time.monotonic()
    asked.into.mkdir(parents=True, exist_ok=True)
    views: dict[str, dict[tuple[int, str], Image.Image]] = {}
    with houses.demo() as (house, sitemap), sync_playwright() as playwright:
        pages = {name_of(found): found for found in sitemap.pages if found.path}
        if asked.only:
            pages = {name: page for name, page in pages.items() if any(word in name for word in asked.only)}
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for width, theme in LOOKS:
            for name, view in draw(browser, house.base, sitemap, pages, width, theme, asked.into):
                views.setdefault(name, {})[width, theme] = view
        browser.close()
    click.echo(f"{len(views) * len(LOOKS)} pictures in {asked.into}, {time.monotonic() - began:.0f} s")
    if asked.gallery:
        make_gallery(views, pages)


def name_of(found: Found) -> str:
    """A name for the file, from the kind of page: `forum-thread`."""
    return re.sub(r"[^a-z0-9]+", "-", found.kind.lower()).strip("-")


def draw(
    browser: Browser,
    base: str,
    sitemap: Sitemap,
    pages: dict[str, Found],
    width: int,
    theme: str,
    into: Path,
) -> Iterator[tuple[str, Image.Image]]:
    """Write each page whole as `<name>-<width>-<theme>.png`, and give what is seen first."""
    people: dict[str, Person] = {}
    for name, found in pages.items():
        person = people.get(found.role)
        if person is None:
            person = people[found.role] = Person(
                browser, base, found.role, width=width, height=HEIGHTS[width], theme=theme
            )
            person.context.add_cookies(sitemap.cookies[found.role])  # type: ignore[arg-type]
            if theme == "quiet":
                person.context.add_cookies([{"name": "theme", "value": theme, "url": base}])
        page = person.go(found.path)
        settle(page)
        yield (
            name,
            Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB"),
        )
        page.screenshot(
            path=into / f"{name}-{width}-{theme}.png", full_page=True, animations="disabled", caret="hide"
        )
    for person in people.values():
        person.close()
        for line in person.trouble:
            click.echo(f"trouble: {line}")


def settle(page: Page) -> None:
    """Wait for fonts, and for a room to be live."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    if page.locator("[data-room]").count():
        page.locator("[data-room][data-live=yes]").wait_for()


def make_gallery(views: dict[str, dict[tuple[int, str], Image.Image]], pages: dict[str, Found]) -> None:
    """Write docs/screens anew: a sheet of six views for each page, the few large ones, and a page that shows them."""
    shutil.rmtree(GALLERY, ignore_errors=True)
    GALLERY.mkdir(parents=True)
    for name, looks in views.items():
        sheet(looks).save(GALLERY / f"{name}.webp", quality=60, method=6)
    for name, (kind, look) in SHOWN.items():
        if kind not in views:
            sys.exit(f"No page {kind} to show as {name}.")
        small = views[kind][look].quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(GALLERY / f"{name}-{look[0]}-{look[1]}.png", optimize=True)
    lines = [
        "# Every page",
        "",
        "The invented community of `make run`, at 1280 and 360 px, light, dark and quiet.",
        "Made by `make screens ARGS=--gallery`.",
        "",
    ]
    for name, found in pages.items():
        who = found.role.replace("_", " ")
        lines += [f"## {found.kind.replace('.', ', ').replace('_', ' ')}", f"As {who}.", ""]
        lines += [f"![{found.kind} in six looks]({name}.webp)", ""]
    (GALLERY / "README.md").write_text("\n".join(lines), encoding="utf-8")
    total = sum(file.stat().st_size for file in GALLERY.iterdir())
    click.echo(f"{len(list(GALLERY.iterdir()))} files in docs/screens, {total / 1e6:.2f} MB")
    if total > GALLERY_BYTES:
        sys.exit(f"The gallery has {total} bytes, more than {GALLERY_BYTES}.")


def sheet(looks: dict[tuple[int, str], Image.Image]) -> Image.Image:
    """Six views on one sheet: three wide above, three of a phone below."""
    made = Image.new("RGB", (SHEET_WIDTH, SHEET_HEIGHT), "#8a8f8c")
    wide = (SHEET_WIDTH - 4 * GAP) // 3
    high = wide * HEIGHTS[1280] // 1280
    phone_high = SHEET_HEIGHT - high - 3 * GAP
    phone = phone_high * 360 // HEIGHTS[360]
    for number, theme in enumerate(THEMES):
        left = GAP + number * (wide + GAP)
        made.paste(looks[1280, theme].resize((wide, high), Image.Resampling.LANCZOS), (left, GAP))
        small = looks[360, theme].resize((phone, phone_high), Image.Resampling.LANCZOS)
        made.paste(small, (left + (wide - phone) // 2, 2 * GAP + high))
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
