"""What can be measured on an open page: width, weight, shift, contrast, targets, focus, and what axe finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAGE_LIMIT = 150_000
SCRIPT_LIMIT = 60_000
SHIFT_LIMIT = 0.02
COVERED_LIMIT = 50
"""Percent of the window's height that parts which stay in place may take."""

_HERE = Path(__file__).parent
_PAINT, _READ, _FOCUS, _LOST = (
    (_HERE / name).read_text(encoding="utf-8") for name in ("paint.js", "measure.js", "focus.js", "edges.js")
)
_MEASURE = f"async () => {{\n{_PAINT}\n{_READ}\n}}"
_FOCUSED = f"() => {{\n{_PAINT}\n{_FOCUS}\n}}"
_EDGES = f"() => {{\n{_PAINT}\n{_LOST}\n}}"


def measure(page: Page) -> dict[str, Any]:
    """Read all that `measure.js` reads, once fonts and a live room are there.

    Widths in CSS pixels, weights in bytes transferred, boxes as [x, y, width, height], contrast as the lowest ratio.
    """
    page.wait_for_load_state("load")
    if page.locator("[data-room]").count():
        page.locator("[data-room][data-live=yes]").wait_for()
    page.evaluate("() => document.fonts.ready.then(() => true)")
    found: dict[str, Any] = page.evaluate(_MEASURE)
    return found


def wrong(seen: dict[str, Any]) -> list[str]:
    """What a measured page breaks of the promises in the interface's design."""
    checks = {
        f"scrolls sideways by {seen['overflow']} px": seen["overflow"] > 0,
        f"sticks out: {seen['sticking']}": bool(seen["sticking"]),
        f"weighs {seen['weight']} bytes": not 0 < seen["weight"] <= PAGE_LIMIT,
        f"its script weighs {seen['script']} bytes": seen["script"] > SCRIPT_LIMIT,
        f"asks another host: {seen['elsewhere']}": bool(seen["elsewhere"]),
        f"moves by {seen['shift']:.3f}: {seen['shifted']}": seen["shift"] > SHIFT_LIMIT,
        f"has {seen['headings']} first headings": seen["headings"] != 1,
        f"its title is {seen['title']!r}": "PeerSpace" not in seen["title"],
        f"parts that stay cover {seen['covering']} % of the window": seen["covering"] > COVERED_LIMIT,
        f"too small for a finger: {seen['small']}": seen["touch"] and bool(seen["small"]),
        f"moves although stillness was asked for: {seen['moving'][:3]}": seen["still"]
        and bool(seen["moving"]),
        f"too pale: {seen['pale']}": bool(seen["pale"]),
    }
    return [line for line, broken in checks.items() if broken]


def axe(page: Page) -> list[str]:
    """What axe finds, one line a finding: rule and the first place."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {', '.join(node['html'][:120] for node in one['nodes'][:3])}"
        for one in found["violations"]
    ]


def unclear_edges(page: Page) -> list[str]:
    """With forced colours: fields without an edge, and what is chosen but looks like what is not."""
    found: list[str] = page.evaluate(_EDGES)
    return found


def focused(page: Page) -> dict[str, Any] | None:
    """What has the focus: `what` and `name` in words, `type`, `group` of a radio, `findings` about how it shows."""
    found: dict[str, Any] | None = page.evaluate(_FOCUSED)
    return found


def tab_through(page: Page, most: int = 400) -> list[str]:
    """Press Tab from the top to the end of the page; what has no visible ring, is covered, or traps the focus."""
    findings = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = focused(page)
        if here is None:
            return findings
        findings += [f"{line}: {here['what']}" for line in here["findings"]]
    return [*findings, f"the focus did not come to an end after {most} steps"]
