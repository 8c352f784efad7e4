"""What happens to inboxes. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class NoticeMade(DomainEvent):
    """A notice reached a member's inbox."""

    notice_id: int
    account_id: int
