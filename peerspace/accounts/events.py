"""What happens to accounts. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class AccountApplied(DomainEvent):
    """Somebody asked to join and waits for a human."""

    account_id: int


@dataclass(frozen=True, slots=True)
class AccountStatusChanged(DomainEvent):
    """Admitted, asked, declined, suspended, ended, left or back: `status` is the new one.

    `is_first`: the person was let in just now; not so when a suspension is over.
    """

    account_id: int
    status: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class AccountRestricted(DomainEvent):
    """A person may read and not write, for a time that begins now."""

    account_id: int


@dataclass(frozen=True, slots=True)
class SessionsEnded(DomainEvent):
    """Sessions ended: one (`session_id`) or all of a person's (`session_id` None). Their sockets must close."""

    account_id: int
    session_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class RoleChanged(DomainEvent):
    """A role was granted or ended."""

    account_id: int
    role: str
    granted: bool


@dataclass(frozen=True, slots=True)
class Blocked(DomainEvent):
    """`blocker_id` blocked `blocked_id`. Never shown to the blocked person in any form."""

    blocker_id: int
    blocked_id: int


@dataclass(frozen=True, slots=True)
class Unblocked(DomainEvent):
    """A block was lifted."""

    blocker_id: int
    blocked_id: int


@dataclass(frozen=True, slots=True)
class LinkAsked(DomainEvent):
    """An administrator asked for a one-time link into somebody's account; a second person has to agree."""

    account_id: int
    asked_by_id: int


@dataclass(frozen=True, slots=True)
class RoleTaken(DomainEvent):
    """Somebody gave a role to themselves."""

    account_id: int
    role: str
