"""What the desk hears from the forum and the rooms."""

from __future__ import annotations

from peerspace.chat.events import MessageChanged, MessageHeld, MessageToLookAt
from peerspace.community.events import DangerFound
from peerspace.forum.events import PostChanged, PostHeld, PostToLookAt
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.danger import worry
from peerspace.moderation.reports import ask_for_a_look, hold_for_human


def _post_held(uow: UnitOfWork, happened: PostHeld) -> None:
    hold_for_human(uow, "post", happened.post_id)


def _message_held(uow: UnitOfWork, happened: MessageHeld) -> None:
    hold_for_human(uow, "message", happened.message_id)


def _post_changed(uow: UnitOfWork, happened: PostChanged) -> None:
    if happened.state == "held":
        hold_for_human(uow, "post", happened.post_id)


def _message_changed(uow: UnitOfWork, happened: MessageChanged) -> None:
    if happened.state == "held":
        hold_for_human(uow, "message", happened.message_id)


def _post_to_look_at(uow: UnitOfWork, happened: PostToLookAt) -> None:
    ask_for_a_look(uow, "post", happened.post_id)


def _message_to_look_at(uow: UnitOfWork, happened: MessageToLookAt) -> None:
    ask_for_a_look(uow, "message", happened.message_id)


def listen(listeners: Listeners, _audit_log: AuditLog) -> None:
    """Put on the desk what waits for a human, or is to be looked at, in the transaction it happened in."""
    listeners.with_transaction(DangerFound, worry)
    listeners.with_transaction(PostHeld, _post_held)
    listeners.with_transaction(MessageHeld, _message_held)
    listeners.with_transaction(PostChanged, _post_changed)
    listeners.with_transaction(MessageChanged, _message_changed)
    listeners.with_transaction(PostToLookAt, _post_to_look_at)
    listeners.with_transaction(MessageToLookAt, _message_to_look_at)
