"""What of duty is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class DutyAction(AuditedAction):
    """Audited actions of duty."""

    DUTY_ON = "duty_on", N_("duty begun"), "opening_hours"
    DUTY_OFF = "duty_off", N_("duty ended"), "opening_hours"
    DUTY_PAUSED = "duty_paused", N_("duty paused, the connection was lost"), "opening_hours"
    DUTY_RESUMED = "duty_resumed", N_("duty resumed"), "opening_hours"
