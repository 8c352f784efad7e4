"""What happens to contributions and streams. Ids and enumerations only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class ContributionPublished(DomainEvent):
    """A contribution stands in its stream, or will when the act has settled.

    `answers_id`: the contribution it answers, which is the opening where it names none, by `answers_author_id`;
    `names_it`: it names it.
    """

    contribution_id: int
    stream_id: int
    kind: str
    author_id: int
    is_opening: bool
    answers_id: int | None
    answers_author_id: int | None
    names_it: bool


@dataclass(frozen=True, slots=True)
class ContributionHeld(DomainEvent):
    """A contribution waits for a human. `why`: one of community.review's reasons."""

    contribution_id: int
    stream_id: int
    kind: str
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class ContributionToLookAt(DomainEvent):
    """A contribution stands in its stream and a human is asked to look. `why`: as above."""

    contribution_id: int
    stream_id: int
    kind: str
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class ContributionChanged(DomainEvent):
    """Edited, removed, hidden or restored: it is in `state` now. `by_staff`: by a supervisor's decision."""

    contribution_id: int
    stream_id: int
    kind: str
    author_id: int
    state: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class ContributionReacted(DomainEvent):
    """Somebody (`account_id`) sent a phrase to a contribution's author."""

    contribution_id: int
    stream_id: int
    kind: str
    author_id: int
    account_id: int
    phrase: str


@dataclass(frozen=True, slots=True)
class StreamStateChanged(DomainEvent):
    """A stream was opened or closed: it is in `state` now (`closing.StreamState`)."""

    stream_id: int
    kind: str
    state: str
