"""What happens in the forum. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


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
