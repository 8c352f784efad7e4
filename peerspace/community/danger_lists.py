"""Phrases that may mean danger to oneself or to somebody one writes about: what PeerSpace ships, by language.

A list misses people: whoever is in danger says it in their own words, or not at all. It is there so that help stands
beside words that are plain, and so that a human reads them sooner; never to decide anything about anybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "danger_phrases"
LANGUAGES = ("en", "de")
ORDINARY = "not: "
"""Begins an entry that names ordinary talk: "not: want to die laughing"."""


@dataclass(frozen=True, slots=True)
class PhraseList:
    """One language's list as it is shipped.

    `source` says what it was written after, `reviewed_by` who looked at it since ('': nobody yet), `review_by` when it
    has to be looked at again. `ordinary` are longer phrases in which one of `phrases` means something else.
    """

    language: str
    source: str
    written: date
    reviewed_by: str
    review_by: date
    phrases: tuple[str, ...]
    ordinary: tuple[str, ...]

    @property
    def entries(self) -> list[str]:
        """The list as the setting keeps it and a person edits it."""
        return [*self.phrases, *(ORDINARY + phrase for phrase in self.ordinary)]


@cache
def shipped(language: str) -> PhraseList:
    """The list of one of LANGUAGES, read once from its file."""
    kept = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return PhraseList(
        language=kept["language"],
        source=kept["source"],
        written=date.fromisoformat(kept["written"]),
        reviewed_by=kept["reviewed_by"],
        review_by=date.fromisoformat(kept["review_by"]),
        phrases=tuple(kept["phrases"]),
        ordinary=tuple(kept["ordinary"]),
    )


def setting_of(language: str) -> str:
    """The key of the setting that holds a language's list in this installation."""
    return f"danger_phrases_{language}"
