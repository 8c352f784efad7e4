"""Text as a screener reads it: words in one dress, with the other words they may be in disguise.

Folding is for finding, never for showing. It is generous: what it finds is looked at by a human. Undone are case,
accents, full-width and other styled letters, invisible characters, look-alike letters of other scripts, digits and
signs in place of letters ("0verdose", "su!c!de"), letters spelled out ("k i l l"), signs between them ("ki**ll"),
drawn-out letters ("diiiie") and a masked middle ("k*ll").
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, product

from peerspace.text.lookalikes import skeleton

END = "\f"
"""Parts two texts that are read one after the other (`Written.screened`)."""

HIDDEN = "\x01"
"""Stands where an invisible character stood: it may have split a word or parted two."""

MOST_GUESSES = 3
"""Ambiguous signs (`1` is i or l) of one word that are tried in every combination."""

LEAST_DRAWN = 3
"""Least letters of a word that somebody drew out."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07`\u00b4", "'"))
_BLANK = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and symbols that show nothing
_TOKEN = re.compile(r"([^\W_]+(?:'[^\W_]+)*)")
# What one word in disguise may be made of: everything but white space and what commonly stands between words. At least
# one sign or foreign letter is in it.
_SIGN = re.compile(r"[0-9@$!|+*#]|[^\x00-\x7f]")
_CHUNK = re.compile(r"[a-z']*+(?:[0-9@$!|+*#]|[^\x00-\x7f\s])[a-z'0-9@$!|+*#\x80-\U0010ffff]*+")
_MASKED = re.compile(r"([a-z]+)([*#]{1,3})([a-z]*)")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "+": "t"}
_GUESSED = {"1": "il", "!": "il", "|": "il"}
_SPOKEN = {"2": "to", "4": "for"}
# Letters in a circle or a box, white on black: no decomposition knows them. Those of flags are left out: a flag beside
# a word is no part of it.
_BOXED = {first + place: chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)}


def fold(text: str) -> str:
    """`text` in lower case, without accents, with plain apostrophes and HIDDEN for what is invisible."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text).translate(_BOXED)
    kinds = {c: unicodedata.category(c) for c in set(text) if not c.isascii()}
    dress: dict[int, str | None] = {ord(c): None for c, kind in kinds.items() if kind in ("Mn", "Me")}
    dress |= {ord(c): HIDDEN for c, kind in kinds.items() if kind == "Cf" or c in _BLANK}
    return text.translate(dress).casefold()


class Reading:
    """The words of a text in order, and what else each may be read as.

    `words[n]` and `gaps[n]`, what stands after it. Made in time linear in the length of the text.
    """

    __slots__ = ("_chunks", "_forms", "_undressed", "gaps", "words")

    def __init__(self, text: str) -> None:
        folded = fold(text)
        parts = _TOKEN.split(folded)
        self.words = parts[1::2]
        self.gaps = parts[2::2]
        if self.gaps:
            self.gaps[-1] = END
        self._chunks = _disguised(folded, parts) if _SIGN.search(folded) else {}
        # Kept for this text alone: no longer than they are needed, what members wrote is not held in memory.
        self._forms = {word: forms for word in set(self.words) if (forms := other_forms(word))}
        self._undressed = {
            chunk: _undressed(chunk) for chunk in {chunk for _, chunk in self._chunks.values()}
        }

    def lively(self, is_wanted: Callable[[str], bool]) -> Iterator[int]:
        """The places where something that `is_wanted` may begin: the word itself, or one that it may be read as."""
        wanted = {
            word for word in set(self.words) if is_wanted(word) or any(map(is_wanted, other_forms(word)))
        }
        undressed = {
            chunk
            for chunk, forms in self._undressed.items()
            if any(masked(form) or is_wanted(form) for form in forms)
        }
        lively = {place for place, (_, chunk) in self._chunks.items() if chunk in undressed}
        for place, word in enumerate(self.words):
            if word in wanted or place in lively:
                yield place

    def others(self, place: int) -> Iterator[tuple[int, str]]:
        """What the word at `place` may be read as, each with the number of words that this takes up."""
        for form in self._forms.get(self.words[place], ()):
            yield 1, form
        chunk = self._chunks.get(place)
        if chunk is not None:
            taken, stretch = chunk
            for word in self._undressed[stretch]:
                yield taken, word

    def joins(self, place: int) -> bool:
        """True where the word at `place` and the next may be one: nothing but signs between them, or a letter each."""
        gap = self.gaps[place]
        if END in gap:
            return False
        if len(self.words[place]) == 1 and len(self.words[place + 1]) == 1:
            return True
        return len(gap) <= 3 and not any(c.isspace() for c in gap)

    def ends(self, place: int) -> bool:
        """True where no phrase reaches on from the word at `place`."""
        return END in self.gaps[place]


def masked(word: str) -> tuple[str, str, int] | None:
    """The letters before and after the mask of a word like "k*ll", and the length of the whole; None for others."""
    found = _MASKED.fullmatch(word)
    return (found[1], found[3], len(word)) if found else None


def other_forms(word: str) -> tuple[str, ...]:
    """What a word may stand for: one whose apostrophe is left out, a number spoken as a word, drawn-out letters."""
    if word.isalpha() and not _DRAWN_OUT.search(word):
        return ()
    forms = [_SPOKEN[word]] if word in _SPOKEN else []
    if word.endswith("n't"):
        forms.append(word.replace("'", ""))
    shorter = (_DRAWN_OUT.sub(r"\1", word), _DRAWN_OUT.sub(r"\1\1", word))
    forms += [
        form for form in shorter if form != word and len(form) >= LEAST_DRAWN
    ]  # "aaaa" is not the word "a"
    return tuple(forms)


def _disguised(folded: str, parts: list[str]) -> dict[int, tuple[int, str]]:
    """Stretches that hold a sign or a foreign letter, by the number of their first word, with how many they take up."""
    begins = list(accumulate(map(len, parts), initial=0))[1::2]
    read: dict[int, tuple[int, str]] = {}
    for match in _CHUNK.finditer(folded):
        first = bisect_left(begins, match.start(), hi=len(begins) - 1)
        last = bisect_left(begins, match.end(), lo=first, hi=len(begins) - 1)
        if last > first:
            read[first] = (last - first, match[0])
    return read


def _undressed(chunk: str) -> tuple[str, ...]:
    """The words that `chunk` may stand for: look-alikes and signs as letters, a mask in the middle as it is."""
    chunk = chunk.strip("'!+|*#") if chunk[-1:] in "'!+|*#" or chunk[:1] in "'*#" else chunk
    plain = chunk if chunk.isascii() else "".join(_latin(c) for c in chunk)
    words = [plain] if plain != chunk or masked(plain) else []
    letters = sum(c.isalpha() for c in chunk)
    # Mostly digits is a number ("1986", "20:15", "$5", "B12"), not a word.
    if 3 * letters > len(chunk) and not plain.isalpha():
        choices = [_GUESSED.get(c) or _LEET.get(c, c) for c in plain]
        if sum(len(choice) > 1 for choice in choices) > MOST_GUESSES:
            words += ["".join(choice[which % len(choice)] for choice in choices) for which in (0, 1)]
        else:
            words += ["".join(combination) for combination in product(*choices)]
    return tuple(dict.fromkeys(words))


@lru_cache(maxsize=4096)
def _latin(character: str) -> str:
    """The small Latin letter that `character` looks like, 1 where that may be i or l; itself where there is none."""
    if character.isascii():
        return character
    alike = "".join(_unmarked(skeleton(character)))
    if alike in ("I", "l", "|"):  # the tables do not tell these apart
        return "1"
    alike = alike.lower()
    if alike == "rn":  # the tables write an m so
        return "m"
    return alike if alike.isascii() and len(alike) == 1 else character


def _unmarked(text: str) -> Iterator[str]:
    return (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))
