"""What happens in the forum. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class PostPublished(DomainEvent):
    """A post stands in its thread. `is_opener`: it is the thread's first post. `answers_id`: the post answered."""

    post_id: int
    thread_id: int
    author_id: int
    is_opener: bool
    answers_id: int | None


@dataclass(frozen=True, slots=True)
class PostHeld(DomainEvent):
    """A post waits for a human: first contribution, or a watch phrase. `why`: first_posts or phrase."""

    post_id: int
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class PostToLookAt(DomainEvent):
    """A post stands in its thread and a human is asked to look. `why`: first_posts or phrase."""

    post_id: int
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class PostChanged(DomainEvent):
    """Edited, hidden or restored. `by_staff`: by a supervisor's decision."""

    post_id: int
    thread_id: int
    author_id: int
    state: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class PostRemoved(DomainEvent):
    """Removed by its author."""

    post_id: int
    thread_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class ThreadOpened(DomainEvent):
    """A member opened a thread's page to read it: gathered in memory, written in batches.

    `at_us`: when, in UTC microseconds; 0 leaves it to the moment the batch is written.
    """

    thread_id: int
    account_id: int
    position_from: int
    position_to: int
    at_us: int = 0
