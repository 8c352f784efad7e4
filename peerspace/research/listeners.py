"""What research hears: acts to capture, and the wish to be erased."""

from __future__ import annotations

from peerspace.accounts.events import Blocked
from peerspace.chat.events import RoomJoined, RoomLeft
from peerspace.consent.events import ErasureAsked
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.moderation.events import DecisionTaken, ReportMade
from peerspace.research import capture
from peerspace.research.erasure import erase_rows
from peerspace.research.harm import capture_decision
from peerspace.streams.events import ContributionPublished, ContributionReacted


def listen(listeners: Listeners, _audit_log: AuditLog) -> None:
    """Wire capture (each inside a savepoint of its own) and erasure (which must succeed or undo the act)."""
    listeners.with_transaction(ContributionPublished, capture.guarded(capture.capture_contribution))
    listeners.with_transaction(ContributionReacted, capture.guarded(capture.capture_reaction))
    listeners.with_transaction(RoomJoined, capture.guarded(capture.capture_room_joined))
    listeners.with_transaction(RoomLeft, capture.guarded(capture.capture_room_left))
    listeners.with_transaction(ReportMade, capture.guarded(capture.capture_report))
    listeners.with_transaction(Blocked, capture.guarded(capture.capture_block))
    listeners.with_transaction(DecisionTaken, capture.guarded(capture_decision))
    listeners.with_transaction(ErasureAsked, erase_rows)
