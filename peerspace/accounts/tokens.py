"""The drawn symbols and colours that stand for people: a fixed set, kept with the drawings."""

from __future__ import annotations

import json
import secrets
from functools import cache
from pathlib import Path

from peerspace.kernel.errors import Invalid

FILE = Path(__file__).resolve().parents[2] / "static" / "icons" / "symbols.json"


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
