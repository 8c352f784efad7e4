"""Screening of text against watch phrases. Pure: what a hit leads to is for the caller, and then for a human.

A phrase is words. They match whole words, whatever the case, the accents, or the white space between them; a
`*` at the end of a word stands for any ending ("overdos*"). An apostrophe may be typed in any way or left out
("can't", "cant"). Invisible characters neither hide a word that they split nor join two that they part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

ACTIONS = ("hold", "flag", "pause")
"""hold: waits for a human; flag: appears and a human looks; pause: the forum offers its writer a second thought first,
and a human looks, because a room or a program may not have offered it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One watch phrase. `spaces`: slugs of the places it is for; empty means everywhere."""

    text: str
    action: str = "hold"
    spaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One phrase found in a text, once however often it stands there."""

    phrase: str
    action: str


def phrases_from(setting: object) -> tuple[Phrase, ...]:
    """The phrases of a setting's value: a list of words, or of `{"text", "action", "spaces"}`.

    Entries of another shape and phrases without any word are left out: a broken one must not stop anybody.
    """
    found: list[Phrase] = []
    for entry in setting if isinstance(setting, Sequence) and not isinstance(setting, str) else ():
        if isinstance(entry, str):
            entry = {"text": entry}
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            continue
        spaces = entry.get("spaces")
        phrase = Phrase(
            text=entry["text"].strip(),
            action=entry["action"] if entry.get("action") in ACTIONS else "hold",
            spaces=tuple(str(slug) for slug in spaces) if isinstance(spaces, list | tuple) else (),
        )
        if _words(phrase.text):
            found.append(phrase)
    return tuple(found)


def screen(text: str, phrases: Iterable[Phrase | str], *, place: str = "") -> list[Hit]:
    """Return the phrases found in `text`, in the order of `phrases`.

    `place` is the slug of the space or room; phrases bound to other places are left out.
    """
    foldings: tuple[str, ...] = ()
    hits: list[Hit] = []
    for entry in phrases:
        phrase = entry if isinstance(entry, Phrase) else Phrase(entry)
        if phrase.spaces and place not in phrase.spaces:
            continue
        pattern = _pattern(phrase.text)
        if pattern is None:
            continue
        foldings = foldings or _foldings(text)
        if any(pattern.search(folded) for folded in foldings):
            hits.append(Hit(phrase.text, phrase.action))
    return hits


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07`", "'"))


def _foldings(text: str) -> tuple[str, ...]:
    """`text` folded with what is invisible left out, and, where there is any, with a space in its place as well."""
    joined, parted = _fold(text), _fold(text, invisible=" ")
    return (joined,) if joined == parted else (joined, parted)


def _fold(text: str, invisible: str = "") -> str:
    """Lower case with plain apostrophes and without accents, so that a phrase cannot be dodged by decoration."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():
        return text.lower()
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFKD", text))
    return "".join(invisible if kind == "Cf" else c for c, kind in kinds if kind != "Mn").casefold()


def _words(phrase: str) -> list[str]:
    return [word for word in re.split(r"[^\w*']+", _fold(phrase)) if word.strip("*'")]


def _word_pattern(word: str) -> str:
    """The pattern of one word: its apostrophes are optional, also the one that "cant" leaves out."""
    pattern = "'?".join(re.escape(part) for part in word.split("'"))
    return pattern[:-1] + "'?t" if word.endswith("nt") else pattern


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    words = _words(phrase)
    if not words:
        return None
    parts = [_word_pattern(word.strip("*")) + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(r"(?<!\w)" + r"[\W_]+".join(parts) + r"(?!\w)")
