"""The sentence a person reads for an error's key. One table, filled by each feature, used by every adapter.

A sentence says what happened and the next step; what was typed is kept by the adapter. `{name}` takes an error's value.
"""

from __future__ import annotations

from peerspace.kernel.errors import PeerSpaceError

_SENTENCES: dict[str, str] = {
    "role_needed": "This part is for people with another role.",
    "sign_in_needed": "Please sign in first. What you wrote is kept on this page.",
    "humans_only": "Only a person who is signed in can write here.",
    "client_id_bad": "This form came without its number. Please load the page again; what you wrote is kept.",
    "check_fields": "Some of this needs another look.",
    "database_unavailable": "PeerSpace cannot reach its records now. Nothing was lost; please try again in a minute.",
    "disk_full": "There is no room left on this machine's disk. Nothing half-made was kept.",
    "not_found": "There is nothing here, or nothing that you can see.",
    "not_allowed": "You cannot do that here.",
    "too_many": "That was a lot at once. Please wait a little and try again; what you wrote is kept.",
    "too_long": "This is {length} characters; the limit is {limit}. Please shorten it; nothing is lost.",
    "empty": "There is nothing written yet.",
    "bad_characters": "This holds characters that cannot be shown. Please take them out or type it again.",
    "bad_utf8": "Some letters arrived broken. Please type them again; the rest is kept.",
    "changed_meanwhile": "Somebody changed this in the meantime. Please look at the newest state and try again.",
    "bad_request": "That could not be understood.",
    "server_error": "Something went wrong on our side. What you wrote is kept; please try again.",
}


def register(sentences: dict[str, str]) -> None:
    """Add a feature's sentences.

    Raises ValueError when a key is taken with another sentence: two meanings for one key is a defect.
    """
    for key, sentence in sentences.items():
        if _SENTENCES.setdefault(key, sentence) != sentence:
            raise ValueError(f"the sentence key {key!r} is already taken")


def sentence(key: str, **values: object) -> str:
    """The sentence of `key` with its values, or the plain words for its absence."""
    template = _SENTENCES.get(key)
    if template is None:
        return _SENTENCES["bad_request"]
    return template.format_map(_Present(values))


def say(error: PeerSpaceError) -> str:
    """The sentence a person reads for `error`."""
    if error.key not in _SENTENCES:
        return _SENTENCES.get(error.code, _SENTENCES["server_error"])
    return sentence(error.key, **error.values)


def known(key: str) -> bool:
    """True when `key` has a sentence of its own."""
    return key in _SENTENCES


class _Present(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
