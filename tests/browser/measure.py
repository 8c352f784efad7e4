"""What can be measured on an open page: width, weight, the two buttons, focus, and what axe finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAGE_LIMIT = 150_000
SCRIPT_LIMIT = 60_000

_MEASURE = """() => {
  const loads = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const weigh = (wanted) => loads.filter(wanted).reduce((sum, one) => sum + one.transferSize, 0);
  const box = (selector) => {
    const all = [...document.querySelectorAll(selector)];
    if (all.length !== 1) return `${all.length} of ${selector}`;
    const { x, y, width, height } = all[0].getBoundingClientRect();
    return [x, y, width, height].map(Math.round);
  };
  const wide = document.documentElement.clientWidth;
  const sticking = [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
    const { right, width } = one.getBoundingClientRect();
    return width > 0 && right > wide + 1 && !one.closest(".table, .unseen, .nav, svg, pre");
  });
  return {
    overflow: document.documentElement.scrollWidth - wide,
    sticking: sticking.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`),
    weight: weigh(() => true),
    script: weigh((one) => one.name.split("?")[0].endsWith(".js")),
    help: box(".top a[href='/help-now']"),
    leave: box(".top a[data-leave]"),
    headings: document.querySelectorAll("h1").length,
    title: document.title,
  };
}"""

_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shown = one.matches(".unseen, input[type=radio], input[type=checkbox]") ? (one.closest("label") ?? one) : one;
  const { x, y, width, height } = shown.getBoundingClientRect();
  const style = getComputedStyle(one);
  const top = document.elementFromPoint(x + width / 2, y + Math.min(height / 2, 20));
  const words = one.getAttribute("aria-label") ?? one.innerText ?? one.name ?? "";
  return {
    what: `${one.tagName.toLowerCase()} ${words.slice(0, 40)}`,
    ring: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none",
    covered: !(top && (shown.contains(top) || top.contains(shown))),
  };
}"""


def measure(page: Page) -> dict[str, Any]:
    """Widths in CSS pixels, weights in bytes transferred, boxes as [x, y, width, height]."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    found: dict[str, Any] = page.evaluate(_MEASURE)
    return found


def axe(page: Page) -> list[str]:
    """What axe finds, one line a finding: rule and the first place."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {', '.join(node['html'][:120] for node in one['nodes'][:3])}"
        for one in found["violations"]
    ]


def tab_through(page: Page, most: int = 400) -> list[str]:
    """Press Tab from the top to the end of the page; what has no visible ring, is covered, or traps the focus."""
    findings = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            return findings
        if not focused["ring"]:
            findings.append(f"no ring: {focused['what']}")
        if focused["covered"]:
            findings.append(f"covered: {focused['what']}")
    return [*findings, f"the focus did not come to an end after {most} steps"]
