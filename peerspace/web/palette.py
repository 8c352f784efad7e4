"""The colours of the themes as static/css/tokens.css gives them, and the contrast between two of them.

Contrast is computed as in WCAG 2.2 (relative luminance of sRGB, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance).
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from peerspace.kernel.wording import N_

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
PEOPLE = ("clay", "straw", "moss", "mint", "sky", "lilac", "rose", "slate")
SURFACES = ("paper", "leaf")
WORDS_LEAST = 7.0
SHAPES_LEAST = 4.5

WORDS = (
    *((word, surface) for word in ("ink", "soft", "sea", "marigold-ink", "danger") for surface in SURFACES),
    ("ink", "sea-wash"),
    ("soft", "sea-wash"),
    ("sea", "sea-wash"),
    ("ink", "marigold-wash"),
    ("marigold-ink", "marigold-wash"),
    ("ink", "danger-wash"),
    ("danger", "danger-wash"),
    ("on-sea", "sea"),
    ("on-sea", "sea-deep"),
)
"""Which words stand on which ground: 7 to 1 or more."""

SHAPES = (
    *((shape, surface) for shape in ("edge", "sea") for surface in SURFACES),
    ("edge", "marigold-wash"),  # fields in a card of care
    *((f"{colour}-ink", colour) for colour in PEOPLE),
)
"""Which edges and drawings stand on which ground: 4.5 to 1 or more."""

ROLES = {
    "paper": N_("the page"),
    "leaf": N_("what lies on the page"),
    "ink": N_("what is read"),
    "soft": N_("what may be passed over"),
    "line": N_("hairlines"),
    "edge": N_("the edge of fields"),
    "sea": N_("what can be done"),
    "sea-deep": N_("the same under the pointer"),
    "sea-wash": N_("a quiet ground"),
    "on-sea": N_("what is read on sea"),
    "marigold": N_("presence, and what the platform says"),
    "marigold-ink": N_("words about presence"),
    "marigold-wash": N_("its ground"),
    "danger": N_("danger and errors"),
    "danger-wash": N_("the ground of danger"),
    "thread": N_("the thread line"),
}
"""What each colour is for, beside those of people's symbols."""

LIGHT, DARK = ':root, [data-theme="light"]', '[data-theme="dark"]'
DEVICE, QUIET = ":root:not([data-theme])", '[data-theme="quiet"]'
SHOWN = {
    f"{LIGHT} light": N_("Light"),
    f"{DARK} dark": N_("Dark"),
    f"{QUIET} light": N_("Quiet"),
    f"{QUIET} dark": N_("Quiet, on a dark device"),
}
"""The palettes that differ, by selector and scheme. DEVICE is DARK again, for a device that asks for it."""


@functools.cache
def palettes() -> dict[str, dict[str, str]]:
    """Every theme block of the tokens file as {property: colour}, by selector and scheme; `var()` is resolved."""
    text = TOKENS.read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"((?::root|\[data-theme)[^{}]*)\{([^{}]*)\}", text):
        if "--paper" not in body:
            continue
        raw = dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
        for name, value in raw.items():
            while (link := re.fullmatch(r"var\(--([\w-]+)\)", value)) is not None:
                value = raw[link.group(1)]
            raw[name] = value
        scheme = "dark" if "color-scheme: dark" in body else "light"
        found[f"{selector.strip()} {scheme}"] = raw
    return found


def luminance(colour: str) -> float:
    """Relative luminance (0 to 1) of a #rrggbb colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def measured() -> list[tuple[str, str, float, list[float]]]:
    """(words or drawing, ground, the least there must be, the contrast in each palette of SHOWN), worst first."""
    themes = [palettes()[name] for name in SHOWN]
    rows = [
        (over, ground, least, [contrast(theme[over], theme[ground]) for theme in themes])
        for pairs, least in ((WORDS, WORDS_LEAST), (SHAPES, SHAPES_LEAST))
        for over, ground in pairs
    ]
    return sorted(rows, key=lambda row: min(row[3]) / row[2])
