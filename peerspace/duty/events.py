"""What happens to duty. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class DutyChanged(DomainEvent):
    """Somebody went on or off duty; `stream_id` None is the desk."""

    account_id: int
    stream_id: int | None
    on: bool
