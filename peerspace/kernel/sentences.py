"""The sentences a person reads for an error's key: tables, each of one feature, read as one.

A sentence says what happened and the next step; what was typed is kept by the adapter. `{name}` takes an error's value.
Every sentence is marked for translation and said in the reader's language. `peerspace.sentences` holds all there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.wording import N_, gettext, moment

SENTENCES = {
    "role_needed": N_("This part is for people with another role."),
    "sign_in_needed": N_("Please sign in first. What you wrote is kept on this page."),
    "humans_only": N_("Only a person who is signed in can write here."),
    "client_id_bad": N_(
        "This form came without its number. Please load the page again; what you wrote is kept."
    ),
    "check_fields": N_("Some of this needs another look."),
    "database_unavailable": N_(
        "PeerSpace cannot reach its records now. Nothing was lost; please try again in a minute."
    ),
    "disk_full": N_("There is no room left on this machine's disk. Nothing half-made was kept."),
    "not_found": N_("There is nothing here, or nothing that you can see."),
    "not_allowed": N_("You cannot do that here."),
    "too_many": N_("That was a lot at once. Please wait a little and try again; what you wrote is kept."),
    "too_long": N_("This is {length} characters; the limit is {limit}. Please shorten it; nothing is lost."),
    "empty": N_("There is nothing written yet."),
    "bad_characters": N_(
        "This holds characters that cannot be shown. Please take them out or type it again."
    ),
    "bad_utf8": N_("Some letters arrived broken. Please type them again; the rest is kept."),
    "changed_meanwhile": N_(
        "Somebody changed this in the meantime. Please look at the newest state and try again."
    ),
    "body_slow": N_(
        "What you sent arrived too slowly. Please go back, where it still stands, and send it again in a moment."
    ),
    "body_cut": N_(
        "Only a part of what you sent arrived. Please go back, where it still stands, and send it again."
    ),
    "body_length": N_(
        "What you sent came without its length. Please go back, where it still stands, and send it again."
    ),
    "bad_request": N_("That could not be understood."),
    "server_error": N_("Something went wrong on our side. What you wrote is kept; please try again."),
}
"""What every feature may say."""


class Sentences:
    """Tables of sentences, read as one.

    Raises ValueError when a key is taken with another sentence: two meanings for one key is a defect.
    """

    def __init__(self, *tables: Mapping[str, str]) -> None:
        self._by_key: dict[str, str] = {}
        for table in tables:
            for key, sentence in table.items():
                if self._by_key.setdefault(key, sentence) != sentence:
                    raise ValueError(f"the sentence key {key!r} is already taken")

    @property
    def texts(self) -> Mapping[str, str]:
        """Every sentence by its key, in English."""
        return self._by_key

    def sentence(self, key: str, **values: object) -> str:
        """The sentence of `key` with its values, or the plain words for its absence."""
        template = self._by_key.get(key)
        if template is None:
            template = self._by_key["bad_request"]
        return gettext(template).format_map(_Present(values))

    def say(self, error: PeerSpaceError) -> str:
        """The sentence a person reads for `error`."""
        if error.key not in self._by_key:
            general = self._by_key.get(error.code) or self._by_key["server_error"]
            return gettext(general)
        return self.sentence(error.key, **error.values)

    def known(self, key: str) -> bool:
        """True when `key` has a sentence of its own."""
        return key in self._by_key


class _Present(dict[str, object]):
    """The values as they are read: a moment in words, and a question mark for what was forgotten."""

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        return moment(value) if isinstance(value, datetime) else value

    def __missing__(self, key: str) -> str:
        return "?"
