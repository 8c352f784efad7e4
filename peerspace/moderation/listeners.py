"""What the desk hears of what people write."""

from __future__ import annotations

from peerspace.community.events import DangerFound
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.danger import worry
from peerspace.moderation.reports import ask_for_a_look, hold_for_human
from peerspace.streams.events import ContributionChanged, ContributionHeld, ContributionToLookAt
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import State


def _held(uow: UnitOfWork, happened: ContributionHeld | ContributionChanged) -> None:
    hold_for_human(uow, kind_named(uow, happened.kind).contribution, happened.contribution_id)


def _changed(uow: UnitOfWork, happened: ContributionChanged) -> None:
    if happened.state == State.HELD:
        _held(uow, happened)


def _to_look_at(uow: UnitOfWork, happened: ContributionToLookAt) -> None:
    ask_for_a_look(uow, kind_named(uow, happened.kind).contribution, happened.contribution_id)


def listen(listeners: Listeners, _audit_log: AuditLog) -> None:
    """Put on the desk what waits for a human, or is to be looked at, in the transaction it happened in."""
    listeners.with_transaction(DangerFound, worry)
    listeners.with_transaction(ContributionHeld, _held)
    listeners.with_transaction(ContributionChanged, _changed)
    listeners.with_transaction(ContributionToLookAt, _to_look_at)
