"""What happens in the community as a whole. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class DangerFound(DomainEvent):
    """Words that may mean danger were written, by `account_id`.

    `kind` (post, message, member, report, admission, contact) and `target_id` say where they are kept; with `refused`
    they are kept nowhere, and `target_id` is their writer.
    """

    kind: str
    target_id: int
    account_id: int
