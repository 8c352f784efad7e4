"""What somebody is about to say, worked through before any unit of work that writes opens.

A draft is cleaned, rendered and screened. The services of forum and chat take nothing else, so that none of this
holds up others who write. Where it is to stand decides later which of the phrases found count there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from peerspace.community.settings import get_setting
from peerspace.kernel.actor import Actor
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.text.apart import found_for
from peerspace.text.screening import Phrase, phrases_from
from peerspace.text.written import BREAK, EMPTY, Written

LISTS = ("watch_phrases", "crisis_phrases")
"""The settings that hold phrases."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of a post or message: `title` (a thread's only), `body`, `note` (the content note).

    `found`: the phrases that stand in them, by the setting that names them.
    """

    body: Written
    note: Written = EMPTY
    title: Written = EMPTY
    found: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)

    @property
    def screened(self) -> str:
        """All that a screener looks at: title, note and body as one, and once more as each was typed."""
        return BREAK.join(_together(self.title, self.note, self.body))

    def actions(self, place: str) -> set[str]:
        """What the watch phrases found ask for at the place with the slug `place`: hold, flag, pause."""
        return {phrase.action for phrase in self.found.get("watch_phrases", ()) if phrase.is_for(place)}

    def is_near_crisis(self, place: str) -> bool:
        """True where a phrase stands in it that means somebody may need help now."""
        return any(phrase.is_for(place) for phrase in self.found.get("crisis_phrases", ()))


def look_through(database: Database, actor: Actor, draft: Draft) -> Draft:
    """`draft` with the phrases that were found in it. Raises TooMany (`peerspace.text.apart`)."""
    with database.read(actor) as uow:
        lists = phrase_lists(uow)
    return with_phrases(actor, draft, lists)  # outside the unit of work: no connection is held meanwhile


def phrase_lists(uow: UnitOfWork) -> dict[str, tuple[Phrase, ...]]:
    """The phrases that every draft is looked through for, by the setting that names them."""
    return {name: phrases_from(get_setting(uow, name)) for name in LISTS}


def with_phrases(actor: Actor, draft: Draft, lists: Mapping[str, tuple[Phrase, ...]]) -> Draft:
    """`draft`, written by `actor`, with those of `lists` that stand in it. Raises TooMany."""
    who, screened = actor.account_id or 0, draft.screened
    found = {name: found_for(who, screened, phrases) for name, phrases in lists.items()}
    return Draft(draft.body, draft.note, draft.title, found)


def _together(*parts: Written) -> list[str]:
    """The parts under one another as they are read, then what else of each is screened."""
    kept = [part for part in parts if part.text]
    read = "\n".join(part.screened.partition(BREAK)[0] for part in kept)
    more = [part.screened.partition(BREAK)[2] for part in kept]
    return [read, *filter(None, more)]
