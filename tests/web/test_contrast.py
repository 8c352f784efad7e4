"""The palette keeps its promise: words at 7:1, controls and drawings at 4.5:1, in every theme."""

from __future__ import annotations

import pytest

from peerspace.accounts.tokens import choices
from peerspace.web.palette import (
    DARK,
    DEVICE,
    PEOPLE,
    ROLES,
    SHAPES,
    SHOWN,
    WORDS,
    contrast,
    measured,
    palettes,
)

PALETTES = palettes()


def test_formula_gives_the_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_theme_is_there_and_complete() -> None:
    assert len(PALETTES) == 5, sorted(PALETTES)
    names = {frozenset(p) for p in PALETTES.values()}
    assert len(names) == 1


def test_both_ways_to_the_dark_theme_are_the_same() -> None:
    assert PALETTES[f"{DEVICE} dark"] == PALETTES[f"{DARK} dark"]


def test_every_colour_has_a_role_or_belongs_to_people() -> None:
    people = {f"{colour}{end}" for colour in PEOPLE for end in ("", "-ink")}
    assert {name for palette in PALETTES.values() for name in palette} == set(ROLES) | people
    assert set(choices()[1]) == set(PEOPLE)
    assert set(SHOWN) < set(PALETTES)


def test_the_table_of_contrasts_begins_with_the_nearest() -> None:
    shares = [min(row[3]) / row[2] for row in measured()]
    assert len(shares) == len(WORDS) + len(SHAPES)
    assert shares == sorted(shares)
    assert shares[0] >= 1


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
