"""One check for danger, for every place in which people write.

Words that may mean danger never block, never score and never wait. The writer is shown help, and a human is asked to
look; which words they were is counted by phrase and kept nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from peerspace.community.danger_lists import LANGUAGES, ORDINARY, setting_of
from peerspace.community.events import DangerFound
from peerspace.community.models import PhraseHits
from peerspace.community.settings import get_settings
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound, PeerSpaceError, RoomClosed
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.text.folding import END, fold
from peerspace.text.screening import Hit, Phrase, phrases_from, screen

Find = Callable[[str, Sequence[Phrase]], Iterable[Hit | Phrase]]
"""How phrases are looked for in a text: `screen`, or a caller's own way to run it."""

DANGER_SETTINGS = tuple(setting_of(language) for language in LANGUAGES)
"""The settings that hold the lists, one a language."""
LONGEST = 10_000
"""Most characters of plain text that are looked through at once: no such field takes as many."""
SHORTEST_GLUED = 7
"""Fewest letters of a phrase that is looked for inside a name without any parts: shorter ones stand there by chance."""
_PARTS_OF_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SENTENCE = re.compile(f"[.!?;\\n{re.escape(END)}]+")


@dataclass(frozen=True, slots=True)
class Lists:
    """The phrases in force, all languages together, and the ordinary talk that holds some of them."""

    phrases: tuple[Phrase, ...]
    ordinary: tuple[Phrase, ...]

    @property
    def all(self) -> tuple[Phrase, ...]:
        """Everything to look for in a text."""
        return (*self.phrases, *self.ordinary)


def lists_in_force(uow: UnitOfWork) -> Lists:
    """The lists as administrators keep them."""
    return lists_of(get_settings(uow, DANGER_SETTINGS))


def lists_of(settings: Iterable[Sequence[str]]) -> Lists:
    """The lists that stand in the values of DANGER_SETTINGS."""
    return _lists(tuple(chain.from_iterable(settings)))


def danger_in(text: str, lists: Lists, find: Find = screen) -> tuple[str, ...]:
    """The phrases in `text` that may mean danger, once each.

    A phrase inside ordinary talk ("I want to die laughing") does not count, unless it stands in another sentence too.
    """
    return without_ordinary(text, lists, (hit for hit in find(text, lists.all)), find)


def without_ordinary(
    text: str, lists: Lists, found: Iterable[Hit | Phrase], find: Find = screen
) -> tuple[str, ...]:
    """Of what was `found` in `text`, the phrases of `lists` that count as danger (`danger_in`)."""
    names = {_name(one) for one in found}
    if not names:  # nearly always
        return ()
    phrases = tuple(phrase.text for phrase in lists.phrases if phrase.text in names)
    if not phrases or not any(phrase.text in names for phrase in lists.ordinary):
        return phrases
    counted: set[str] = set()
    explained: set[str] = set()
    few = [phrase for phrase in lists.all if phrase.text in names]
    for sentence in dict.fromkeys(_SENTENCE.split(text)):
        here = {_name(one) for one in find(sentence, few)}
        words = here.intersection(phrases)
        ordinary = [phrase.text for phrase in lists.ordinary if phrase.text in here]
        # Ordinary talk explains the phrases that it is made of, and no others that stand beside it.
        inside = {word for word in words if any(danger_words_in(word, longer) for longer in ordinary)}
        counted |= words - inside
        explained |= inside
    return tuple(phrase for phrase in phrases if phrase in counted or phrase not in explained)


@lru_cache(maxsize=4096)
def danger_words_in(phrase: str, longer: str) -> bool:
    """True when the words of `phrase` stand in `longer`."""
    return bool(screen(longer, (Phrase(phrase),)))


def danger_in_name(name: str, lists: Lists) -> tuple[str, ...]:
    """The phrases that may mean danger in what somebody calls themselves, however its words are run together.

    "WantToDie9" and "killmyself" are read as the words they hold. Short phrases are not looked for inside a word.
    """
    apart = _PARTS_OF_NAME.sub(" ", name)
    found = danger_in(f"{name}{END}{apart}", lists)
    if found:
        return found
    letters = _run_together(name)
    if any(longer in letters for longer, _ in _glued(lists.ordinary)):
        return ()
    return tuple(phrase for glued, phrase in _glued(lists.phrases) if glued in letters)


def look_for_danger(database: Database, actor: Actor, *typed: object, name: str = "") -> tuple[str, ...]:
    """The phrases of danger in plain texts as they were typed, before a unit of work that writes opens.

    `name`: what the writer calls themselves, where that is told too. What is no text, or longer than any field takes,
    holds none: it is refused where it is checked.
    """
    text = "\n".join(one for one in typed if isinstance(one, str))
    text = text if len(text) <= LONGEST else ""
    if not text.strip() and not name:
        return ()
    with database.read(actor) as uow:
        lists = lists_in_force(uow)
    called = danger_in_name(name, lists) if len(name) <= LONGEST else ()
    return tuple(dict.fromkeys([*danger_in(text, lists), *called]))


def note_danger(uow: UnitOfWork, found: Iterable[str], kind: str, target_id: int, account_id: int) -> None:
    """Count the phrases that were found and tell whoever asks a human to look; nothing where none was.

    `kind` and `target_id` name where the words are kept (`DangerFound`). `account_id` wrote them.
    """
    phrases = sorted(set(found))
    if not phrases:
        return
    insert: Any = (sqlite if uow.database.is_sqlite else postgresql).insert(PhraseHits)
    for phrase in phrases:  # in order: two who count the same ones never wait for one another in a ring
        counting = insert.values(phrase=phrase[:120], hits=1).on_conflict_do_update(
            index_elements=["phrase"], set_={"hits": PhraseHits.hits + 1}
        )
        uow.session.execute(counting)
    uow.emit(DangerFound(kind, target_id, account_id))


def is_refused_for_good(error: PeerSpaceError) -> bool:
    """True where words were not taken, and the same words sent again will not be either.

    What the writer can put right at once (a field), or send again in a moment, is looked through when it is sent.
    """
    return isinstance(error, NotAllowed | NotFound | Conflict | RoomClosed)


def note_refused(database: Database, actor: Actor, found: Iterable[str]) -> None:
    """As `note_danger`, for words that were refused by now: they are kept nowhere, and a human hears that there were
    some. Never inside another unit of work."""
    phrases = tuple(found)
    if phrases and actor.account_id is not None:
        with database.write(actor) as uow:
            note_danger(uow, phrases, "refused", actor.account_id, actor.account_id)


def phrase_hits(uow: UnitOfWork) -> dict[str, int]:
    """How often each phrase was found here, for the people who keep the lists."""
    return {row.phrase: row.hits for row in uow.session.scalars(select(PhraseHits))}


@lru_cache(maxsize=8)
def _lists(entries: tuple[str, ...]) -> Lists:
    ordinary = [entry.removeprefix(ORDINARY) for entry in entries if entry.startswith(ORDINARY)]
    phrases = [entry for entry in entries if not entry.startswith(ORDINARY)]
    return Lists(phrases_from(list(dict.fromkeys(phrases))), phrases_from(list(dict.fromkeys(ordinary))))


@lru_cache(maxsize=16)
def _glued(phrases: tuple[Phrase, ...]) -> tuple[tuple[str, str], ...]:
    pairs = ((_run_together(phrase.text), phrase.text) for phrase in phrases)
    return tuple((glued, phrase) for glued, phrase in pairs if len(glued) >= SHORTEST_GLUED)


def _run_together(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalpha())


def _name(one: Hit | Phrase) -> str:
    return one.phrase if isinstance(one, Hit) else one.text
