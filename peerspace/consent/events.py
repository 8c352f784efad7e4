"""What happens to consent. Ids and scopes only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class ConsentChanged(DomainEvent):
    """A record was appended for a member; `scopes` are those standing after it."""

    account_id: int
    record_id: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentTakenBack(DomainEvent):
    """Scopes were withdrawn or ran out. Goes into the ledger outside the database, so that no restore brings them back.

    `record_id` is the record's random id, `account_public_id` the account's.
    """

    account_public_id: str
    record_id: str
    event: str
    scopes: tuple[str, ...]
    at_us: int


@dataclass(frozen=True, slots=True)
class ErasureAsked(DomainEvent):
    """Stop and erase: every captured row of these participants and the link to the account go at once."""

    account_id: int
    participant_ids: tuple[str, ...]
