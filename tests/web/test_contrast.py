"""The palette keeps its promise: words at 7:1, controls and drawings at 4.5:1, in every theme.

Contrast is computed as in WCAG 2.2 (relative luminance of sRGB, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"
PEOPLE = ("clay", "straw", "moss", "mint", "sky", "lilac", "rose", "slate")
SURFACES = ("paper", "leaf")

WORDS = [
    *[(word, surface) for word in ("ink", "soft", "sea", "marigold-ink", "danger") for surface in SURFACES],
    ("ink", "sea-wash"),
    ("soft", "sea-wash"),
    ("sea", "sea-wash"),
    ("ink", "marigold-wash"),
    ("marigold-ink", "marigold-wash"),
    ("ink", "danger-wash"),
    ("danger", "danger-wash"),
    ("on-sea", "sea"),
    ("on-sea", "sea-deep"),
]
SHAPES = [
    *[(shape, surface) for shape in ("edge", "sea") for surface in SURFACES],
    *[(f"{colour}-ink", colour) for colour in PEOPLE],
]


def palettes() -> dict[str, dict[str, str]]:
    """Every theme block of the tokens file as {property: colour}, `var()` resolved inside the block."""
    text = TOKENS.read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"(:root[^{}]*)\{([^{}]*)\}", text):
        if "--paper" not in body:
            continue
        raw = dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
        for name, value in raw.items():
            while (link := re.fullmatch(r"var\(--([\w-]+)\)", value)) is not None:
                value = raw[link.group(1)]
            raw[name] = value
        dark = "color-scheme: dark" in body
        found[f"{selector.strip()} {'dark' if dark else 'light'}"] = raw
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


PALETTES = palettes()


def test_formula_gives_the_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_theme_is_there_and_complete() -> None:
    assert len(PALETTES) == 5, sorted(PALETTES)
    names = {frozenset(p) for p in PALETTES.values()}
    assert len(names) == 1


def test_both_ways_to_the_dark_theme_are_the_same() -> None:
    chosen = PALETTES[':root[data-theme="dark"] dark']
    assert PALETTES[":root:not([data-theme]) dark"] == chosen


@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_words_have_seven_to_one(theme: str) -> None:
    palette = PALETTES[theme]
    short = {
        f"{word} on {ground}": round(contrast(palette[word], palette[ground]), 2)
        for word, ground in WORDS
        if contrast(palette[word], palette[ground]) < 7
    }
    assert short == {}


@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_controls_and_drawings_have_four_and_a_half_to_one(theme: str) -> None:
    palette = PALETTES[theme]
    short = {
        f"{shape} on {ground}": round(contrast(palette[shape], palette[ground]), 2)
        for shape, ground in SHAPES
        if contrast(palette[shape], palette[ground]) < 4.5
    }
    assert short == {}
