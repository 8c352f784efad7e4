"""What a person's consent is now: a fold over their append-only records. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from peerspace.consent.scopes import closed

VALID_FOR = timedelta(days=730)
"""How long a yes holds unless it is renewed."""
GIVES = ("given", "renewed")
TAKES = ("declined", "withdrawn", "expired")


class Recorded(Protocol):
    """What the fold looks at in a record."""

    @property
    def answers(self) -> Mapping[str, str]: ...

    @property
    def at(self) -> datetime: ...


def said(record: Recorded, events: Collection[str]) -> frozenset[str]:
    """The scopes of which a record says one of `events`."""
    return frozenset(name for name, event in record.answers.items() if event in events)


def step(in_force: frozenset[str], record: Recorded) -> frozenset[str]:
    """The scopes in force after one more record. Raises ValueError for an event that nobody knows."""
    unknown = set(record.answers.values()) - {*GIVES, *TAKES}
    if unknown:
        raise ValueError(f"unknown consent event {unknown.pop()!r}")
    return closed((in_force - said(record, TAKES)) | said(record, GIVES))


def fold(records: Iterable[Recorded]) -> frozenset[str]:
    """The scopes in force after `records`, oldest first. Nothing stands that was not given and not taken back since.

    A scope falls with the one it rests on and does not come back with it: it has to be given again.
    """
    in_force: frozenset[str] = frozenset()
    for record in records:
        in_force = step(in_force, record)
    return in_force


def fold_at(records: Sequence[Recorded], now: datetime) -> frozenset[str]:
    """The scopes in force at `now`: those of `fold` that have not run out, whether or not that was recorded yet."""
    return closed(name for name, until in _until(records).items() if until > now)


def valid_until(records: Sequence[Recorded]) -> datetime | None:
    """When the first of the scopes in force runs out; None where nothing stands.

    That is always `usage`: what rests on it was given with it or later, and is renewed with it.
    """
    return min(_until(records).values(), default=None)


def _until(records: Sequence[Recorded]) -> dict[str, datetime]:
    """Of each scope in force, when its newest yes runs out."""
    in_force = fold(records)
    given = {name: record.at for record in records for name in said(record, GIVES)}
    return {name: given[name] + VALID_FOR for name in in_force}
