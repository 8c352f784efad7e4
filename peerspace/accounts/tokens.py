"""The drawn symbols and colours that stand for people: a fixed set, kept with the drawings."""

from __future__ import annotations

import json
import secrets
from functools import cache
from pathlib import Path

from peerspace.kernel.errors import Invalid
from peerspace.kernel.wording import N_

FILE = Path(__file__).resolve().parents[2] / "static" / "icons" / "symbols.json"

SYMBOL_WORDS = {
    "bird": N_("bird"), "boat": N_("boat"), "cairn": N_("cairn"), "candle": N_("candle"), "cloud": N_("cloud"),
    "cup": N_("cup"), "feather": N_("feather"), "fish": N_("fish"), "flower": N_("flower"), "key": N_("key"),
    "kite": N_("kite"), "lamp": N_("lamp"), "leaf": N_("leaf"), "moon": N_("moon"), "mountain": N_("mountain"),
    "shell": N_("shell"), "snail": N_("snail"), "spiral": N_("spiral"), "star": N_("star"), "sun": N_("sun"),
    "tree": N_("tree"), "umbrella": N_("umbrella"), "wave": N_("wave"), "window": N_("window"),
}  # fmt: skip
"""What the drawings show, for whoever chooses by words."""
COLOUR_WORDS = {
    "clay": N_("clay"), "straw": N_("straw"), "moss": N_("moss"), "mint": N_("mint"), "sky": N_("sky"),
    "lilac": N_("lilac"), "rose": N_("rose"), "slate": N_("slate"),
}  # fmt: skip


@cache
def choices() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All symbols and all colours a person can choose from."""
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(listed["symbols"]), tuple(listed["colours"])


def random_token() -> tuple[str, str]:
    """A symbol and a colour by chance, for a form not filled in yet."""
    symbols, colours = choices()
    return secrets.choice(symbols), secrets.choice(colours)


def check_token(symbol: object, colour: object) -> tuple[str, str]:
    """Return a chosen symbol and colour; what was left empty is drawn by chance.

    Raises Invalid on `symbol` or `colour` for one that is not in the set.
    """
    symbols, colours = choices()
    by_chance = random_token()
    symbol, colour = symbol or by_chance[0], colour or by_chance[1]
    wrong = {name: "token_unknown" for name, value, known in (
        ("symbol", symbol, symbols), ("colour", colour, colours)) if value not in known}  # fmt: skip
    if wrong:
        raise Invalid(fields=wrong)
    return str(symbol), str(colour)
