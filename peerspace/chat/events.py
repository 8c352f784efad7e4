"""What happens in rooms. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True)
class MessagePublished(DomainEvent):
    """A message stands in its room under `seq`. `answers_id`: the message it names as answered."""

    message_id: int
    room_id: int
    seq: int
    author_id: int
    answers_id: int | None


@dataclass(frozen=True, slots=True)
class MessageHeld(DomainEvent):
    """A message waits for a human. `why`: first_messages or phrase."""

    message_id: int
    room_id: int
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class MessageToLookAt(DomainEvent):
    """A message stands in its room and a human is asked to look. `why`: first_messages or phrase."""

    message_id: int
    author_id: int
    why: str


@dataclass(frozen=True, slots=True)
class MessageChanged(DomainEvent):
    """Edited, removed, hidden or restored; the room's `rev` moved on."""

    message_id: int
    room_id: int
    author_id: int
    state: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class MessageReacted(DomainEvent):
    """Somebody sent a phrase to a message's author."""

    message_id: int
    room_id: int
    author_id: int
    account_id: int
    phrase: str


@dataclass(frozen=True, slots=True)
class RoomStateChanged(DomainEvent):
    """Opened, turned read-only (nobody on duty), closed or archived."""

    room_id: int
    state: str


@dataclass(frozen=True, slots=True)
class DutyChanged(DomainEvent):
    """Somebody went on or off duty; `room_id` None is the desk."""

    account_id: int
    room_id: int | None
    on: bool


@dataclass(frozen=True, slots=True)
class RoomJoined(DomainEvent):
    """A member's first socket entered a room."""

    room_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class RoomLeft(DomainEvent):
    """A member's last socket left a room after `stayed_us` microseconds."""

    room_id: int
    account_id: int
    stayed_us: int
