"""What of chat is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ChatAction(AuditedAction):
    """Audited actions of chat."""

    ROOM_CREATED = "room_created", N_("room created"), "room"
    ROOM_STATE = "room_state", N_("room opened or closed"), "room"
