"""Screening of text against watch phrases. Pure: what a hit leads to is for the caller, and then for a human.

A phrase is words. They match whole words, whatever the case, the accents, or the white space between them; a
`*` at the end of a word stands for any ending ("overdos*"). An apostrophe may be typed in any way or left out
("can't", "cant"). Invisible characters neither hide a word that they split nor join two that they part. Words in
disguise are found too (`peerspace.text.folding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from peerspace.kernel.write_turn import refuse_in_write_turn
from peerspace.text.folding import HIDDEN, Reading, fold, masked

ACTIONS = ("hold", "flag", "pause")
"""hold: waits for a human; flag: appears and a human looks; pause: the forum offers its writer a second thought first,
and a human looks, because a room or a program may not have offered it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One watch phrase. `spaces`: slugs of the places it is for; empty means everywhere."""

    text: str
    action: str = "hold"
    spaces: tuple[str, ...] = ()

    def is_for(self, place: str) -> bool:
        """True where the phrase is watched for at the place with the slug `place`."""
        return not self.spaces or place in self.spaces


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
    """Return the phrases found in `text`, in the order of `phrases`. For what somebody wrote: `Written.screened`.

    `place` is the slug of the space or room; phrases bound to other places are left out. Time is linear in the length
    of `text`, whatever it holds.
    """
    watched = [entry if isinstance(entry, Phrase) else Phrase(entry) for entry in phrases]
    watched = [phrase for phrase in watched if phrase.is_for(place)]
    found = found_in(text, tuple(phrase.text for phrase in watched))
    return [Hit(phrase.text, phrase.action) for phrase in watched if phrase.text in found]


def found_in(text: str, phrases: tuple[str, ...]) -> set[str]:
    """Those of `phrases` that `text` holds. Call it before a write unit opens."""
    refuse_in_write_turn("text is screened")
    return _index(phrases).found_in(text) if phrases else set()


def _words(phrase: str) -> list[str]:
    folded = fold(phrase).replace(HIDDEN, "")
    return [word for word in re.split(r"[^\w*']+|_", folded) if word.strip("*'")]


class _Node:
    """What has been read of phrases so far, and the words that go on from here.

    `stars` are beginnings of words, `lengths` their lengths; `phrases` those that end here.
    """

    __slots__ = ("lengths", "phrases", "stars", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.stars: dict[str, _Node] = {}
        self.lengths: tuple[int, ...] = ()
        self.phrases: list[str] = []

    def after(self, word: str) -> list[_Node]:
        """The nodes that `word` leads to: the one it names, and those of its beginnings."""
        named = self.words.get(word)
        reached = [named] if named is not None else []
        for length in self.lengths:
            if length > len(word):
                break
            begun = self.stars.get(word[:length])
            if begun is not None:
                reached.append(begun)
        return reached

    def goes_on(self) -> bool:
        return bool(self.words or self.stars)


class _Index:
    """Many phrases as one tree of words, walked once along a text: no phrase is tried by itself, none backtracks."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._root = _Node()
        self._beginnings: set[str] = set()
        self._by_shape: dict[tuple[str, int], set[str]] = {}
        for phrase in phrases:
            self._add(phrase)

    def _add(self, phrase: str) -> None:
        nodes = [self._root]
        for word in _words(phrase):
            name = word.strip("*'")
            # An apostrophe may be left out, so that word goes by both names.
            names = {name, name.replace("'", "")}
            nodes = [self._step(node, name, starred=word.endswith("*")) for node in nodes for name in names]
        if nodes[0] is not self._root:
            for node in nodes:
                node.phrases.append(phrase)

    def _step(self, node: _Node, name: str, *, starred: bool) -> _Node:
        self._beginnings.update(name[:length] for length in range(1, len(name) + 1))
        if not starred:
            self._by_shape.setdefault((name[0], len(name)), set()).add(name)
            return node.words.setdefault(name, _Node())
        node.lengths = tuple(sorted({*node.lengths, len(name)}))
        return node.stars.setdefault(name, _Node())

    def found_in(self, text: str) -> set[str]:
        """The phrases that `text` holds."""
        read = Reading(text)
        found: set[str] = set()
        seen: set[tuple[int, int]] = set()
        for start in read.lively(self._may_begin):
            waiting = [(start, self._root)]
            while waiting:
                place, node = waiting.pop()
                for after, reached in self._steps(read, place, node):
                    found.update(reached.phrases)
                    state = (after, id(reached))
                    if reached.goes_on() and not read.ends(after - 1) and state not in seen:
                        seen.add(state)
                        waiting.append((after, reached))
        return found

    def _may_begin(self, word: str) -> bool:
        return word in self._beginnings or bool(self._root.after(word))

    def _steps(self, read: Reading, place: int, node: _Node) -> Iterator[tuple[int, _Node]]:
        """Every way to read on from `place`: (the place after it, the node it leads to)."""
        joined = read.words[place]
        for reached in node.after(joined):
            yield place + 1, reached
        for taken, word in read.others(place):
            for whole in self._unmasked(word):
                for reached in node.after(whole):
                    yield place + taken, reached
        while joined in self._beginnings and read.joins(place):
            place += 1
            joined += read.words[place]
            for reached in node.after(joined):
                yield place + 1, reached

    def _unmasked(self, word: str) -> Iterable[str]:
        """The words of phrases that a masked word may be; any other word as it is."""
        shape = masked(word)
        if shape is None:
            return (word,)
        first, last, length = shape
        alike = self._by_shape.get((first[0], length), ())
        return [word, *(w for w in alike if w.startswith(first) and w.endswith(last))]


@lru_cache(maxsize=32)
def _index(phrases: tuple[str, ...]) -> _Index:
    return _Index(phrases)
