"""What happens on the desk. Ids and enumerations only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class ReportMade(DomainEvent):
    """A member reported something. `target_kind`: post, message or member."""

    report_id: int
    item_id: int
    reporter_id: int
    reason: str
    target_kind: str
    target_id: int


@dataclass(frozen=True, slots=True)
class ItemChanged(DomainEvent):
    """An item is new, claimed, handed over, decided or closed: desks refresh."""

    item_id: int
    state: str


@dataclass(frozen=True, slots=True)
class DecisionTaken(DomainEvent):
    """A supervisor decided. `member_id` reads the reason; reporters hear that it was decided.

    `hid`: words of theirs went out of sight with it, or stay so.
    """

    decision_id: int
    item_id: int
    member_id: int
    kind: str
    target_kind: str
    target_id: int
    hid: bool = False


@dataclass(frozen=True, slots=True)
class WorryEnded(DomainEvent):
    """A worried item was closed: those who told of it hear that somebody looked after it."""

    item_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class WorryGrew(DomainEvent):
    """The check for danger found words of somebody whose worried item `claimed_by_id` has."""

    item_id: int
    claimed_by_id: int


@dataclass(frozen=True, slots=True)
class SafetyWritten(DomainEvent):
    """A supervisor wrote to a person somebody is worried about."""

    message_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class SafetyReplied(DomainEvent):
    """That person answered. `claimed_by_id`: the supervisor who has the item, if anybody does."""

    message_id: int
    item_id: int
    claimed_by_id: int | None
