"""What somebody is about to say, worked through before any unit of work that writes opens.

A draft is cleaned, rendered and screened. The services of forum and chat take nothing else, so that none of this
holds up others who write. Where it is to stand decides later which of the phrases found count there.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.community.danger import DANGER_SETTINGS, Lists, danger_in, lists_of
from peerspace.community.settings import get_settings
from peerspace.kernel.actor import Actor
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.text.apart import found_for
from peerspace.text.screening import Phrase, phrases_from
from peerspace.text.written import BREAK, EMPTY, Written


@dataclass(frozen=True, slots=True)
class PhraseLists:
    """What every draft is looked through for: watch phrases, and words that may mean danger."""

    watched: tuple[Phrase, ...]
    danger: Lists


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of a post or message: `title` (a thread's only), `body`, `note` (the content note).

    `watched`: the watch phrases that stand in them; `danger`: the phrases that may mean danger (community.danger).
    """

    body: Written
    note: Written = EMPTY
    title: Written = EMPTY
    watched: tuple[Phrase, ...] = ()
    danger: tuple[str, ...] = ()

    @property
    def screened(self) -> str:
        """All that a screener looks at: title, note and body as one, and once more as each was typed."""
        return BREAK.join(_together(self.title, self.note, self.body))

    def asks_for_a_pause(self, place: str) -> bool:
        """True where the words themselves ask for a pause before they stand at the place with this slug."""
        return bool(self.danger) or "pause" in self.actions(place)

    def actions(self, place: str) -> set[str]:
        """What the watch phrases found ask for at the place with the slug `place`: hold, flag, pause."""
        return {phrase.action for phrase in self.watched if phrase.is_for(place)}


def look_through(database: Database, actor: Actor, draft: Draft) -> Draft:
    """`draft` with the phrases that were found in it. Raises TooMany (`peerspace.text.apart`)."""
    with database.read(actor) as uow:
        lists = phrase_lists(uow)
    return with_phrases(actor, draft, lists)  # outside the unit of work: no connection is held meanwhile


def phrase_lists(uow: UnitOfWork) -> PhraseLists:
    """The phrases in force."""
    watched, *danger = get_settings(uow, ("watch_phrases", *DANGER_SETTINGS))
    return PhraseLists(phrases_from(watched), lists_of(danger))


def with_phrases(actor: Actor, draft: Draft, lists: PhraseLists) -> Draft:
    """`draft`, written by `actor`, with those of `lists` that stand in it. Raises TooMany."""
    who, screened = actor.account_id or 0, draft.screened
    return Draft(
        draft.body,
        draft.note,
        draft.title,
        watched=found_for(who, screened, lists.watched),
        danger=danger_in(screened, lists.danger, lambda text, phrases: found_for(who, text, phrases)),
    )


def _together(*parts: Written) -> list[str]:
    """The parts under one another as they are read, then what else of each is screened."""
    kept = [part for part in parts if part.text]
    read = "\n".join(part.screened.partition(BREAK)[0] for part in kept)
    more = [part.screened.partition(BREAK)[2] for part in kept]
    return [read, *filter(None, more)]
