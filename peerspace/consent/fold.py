"""What a person's consent is now: a fold over their append-only records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from peerspace.consent.scopes import closed

GIVES = ("given", "renewed")
TAKES = ("declined", "withdrawn", "expired")


class Recorded(Protocol):
    """What the fold looks at in a record."""

    @property
    def event(self) -> str: ...

    @property
    def scopes(self) -> Sequence[str]: ...


def step(standing: frozenset[str], record: Recorded) -> frozenset[str]:
    """The scopes standing after one more record."""
    if record.event in GIVES:
        return closed(standing | set(record.scopes))
    if record.event in TAKES:
        return closed(standing - set(record.scopes))
    raise ValueError(f"unknown consent event {record.event!r}")


def fold(records: Iterable[Recorded]) -> frozenset[str]:
    """The scopes standing after `records`, oldest first. Nothing stands that was not given and not taken back since.

    A scope falls with the one it rests on and does not come back with it: it has to be given again.
    """
    standing: frozenset[str] = frozenset()
    for record in records:
        standing = step(standing, record)
    return standing
