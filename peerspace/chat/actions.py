"""What of chat is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ChatAction(AuditedAction):
    """Audited actions of chat."""

    ROOM_CREATED = "room_created", N_("room created"), "room"
    ROOM_STATE = "room_state", N_("room opened or closed"), "room"
    DUTY_ON = "duty_on", N_("duty begun"), "opening_hours"
    DUTY_OFF = "duty_off", N_("duty ended"), "opening_hours"
    DUTY_PAUSED = "duty_paused", N_("duty paused, the connection was lost"), "opening_hours"
    DUTY_RESUMED = "duty_resumed", N_("duty resumed"), "opening_hours"
