"""Letters that are read as other letters, by the Unicode tables (UTS 39) that `confusable-homoglyphs` carries.

The tables are those of Unicode 15.1 (confusables.txt and Scripts.txt); names, cases and decompositions come from
this Python (`unicodedata.unidata_version`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

_TABLES = "confusable_homoglyphs"
_LEFT_TO_RIGHT = "\u200e"  # the table writes it around letters of scripts that run the other way
_LETTER = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL )?(?:DOTLESS )?([A-Z])(?: WITH .*)?")

WRITTEN_TOGETHER = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "BOPOMOFO"}),
    frozenset({"HAN", "HANGUL"}),
)
"""Scripts that one language writes side by side: Japanese, Chinese with its sounds, Korean (UTS 39, section 5.1)."""


def skeleton(text: str) -> str:
    """`text` with each letter replaced by the one that stands for all that look like it, in form NFD.

    Two texts look alike where their skeletons are equal (UTS 39, section 4). Letters of the Latin script that only
    carry a stroke, a hook or the like, and small capitals, become the plain letter. Case is kept: fold it first to
    compare without it. Time is linear in the length of `text`.
    """
    decomposed = unicodedata.normalize("NFD", text)
    if decomposed.isascii():
        return decomposed.translate(_ascii_table())
    table = _table()
    plain = _plain(decomposed)
    mapped = "".join(_plain(table.get(c, c)) for c in plain)
    return unicodedata.normalize("NFD", mapped)


def script_of(character: str) -> str:
    """The script of a character as Scripts.txt names it ("LATIN").

    COMMON and INHERITED are of all scripts, UNKNOWN of none.
    """
    starts, ends, names = _scripts()
    number = ord(character)
    place = bisect_right(starts, number) - 1
    return names[place] if place >= 0 and number <= ends[place] else "UNKNOWN"


def is_of_one_script(text: str) -> bool:
    """True when all letters of `text` are of one script, or of scripts that one language writes together."""
    found = {script_of(c) for c in text} - {"COMMON", "INHERITED"}
    return len(found) <= 1 or any(found <= together for together in WRITTEN_TOGETHER)


def _plain(letters: str) -> str:
    """`letters` with what is a plain Latin letter but for a stroke, a hook or its size made that letter."""
    return letters if letters.isascii() else "".join(_plain_letter(c) for c in letters)


@lru_cache(maxsize=4096)
def _plain_letter(character: str) -> str:
    found = None if character.isascii() else _LETTER.fullmatch(unicodedata.name(character, ""))
    if found is None:
        return character
    letter = found[1]
    return letter if unicodedata.category(character) == "Lu" else letter.lower()


def _read(name: str) -> object:
    """A table as JSON. Read from its file: the library's own modules would keep all of it in memory."""
    return json.loads(files(_TABLES).joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """Each character that looks like another, and what stands for all of its kind.

    The file lists pairs both ways round, so that the kinds are the connected parts of a graph.
    """
    pairs = _read("confusables.json")
    assert isinstance(pairs, dict)  # noqa: S101 -- the shape of a pinned file
    kinds: dict[str, set[str]] = {}
    for one, others in pairs.items():
        for other in others:
            _join(kinds, one.replace(_LEFT_TO_RIGHT, ""), other["c"].replace(_LEFT_TO_RIGHT, ""))
    standing = {id(kind): _stands_for(kind) for kind in kinds.values()}
    return {one: standing[id(kind)] for one, kind in kinds.items() if len(one) == 1}


def _join(kinds: dict[str, set[str]], one: str, other: str) -> None:
    """Make the kinds of two texts one."""
    if not one or not other:
        return
    first, second = kinds.setdefault(one, {one}), kinds.setdefault(other, {other})
    if first is second:
        return
    smaller, larger = sorted((first, second), key=len)
    larger |= smaller
    for member in smaller:
        kinds[member] = larger


def _stands_for(kind: Iterable[str]) -> str:
    """Several letters where one looks like them ("rn" for m), else a Latin letter, else the first by number."""

    def rank(text: str) -> tuple[int, bool, bool, str]:
        return -len(text), not (text.isascii() and text.isalpha()), not _plain(text).isascii(), text

    return min(kind, key=rank)


@lru_cache(maxsize=1)
def _ascii_table() -> dict[int, str]:
    return {ord(one): other for one, other in _table().items() if one.isascii()}


@lru_cache(maxsize=1)
def _scripts() -> tuple[list[int], list[int], list[str]]:
    """Where each run of a script begins and ends, and the script's name, by number."""
    table = _read("categories.json")
    assert isinstance(table, dict)  # noqa: S101 -- the shape of a pinned file
    runs = sorted(table["code_points_ranges"])
    names = table["iso_15924_aliases"]
    return [run[0] for run in runs], [run[1] for run in runs], [names[run[2]] for run in runs]
