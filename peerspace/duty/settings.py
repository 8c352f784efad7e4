"""What of duty administrators tune."""

from __future__ import annotations

from peerspace.community.settings import Setting, SettingGroup, whole_number
from peerspace.kernel.wording import N_

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "duty_pause_minutes",
        SettingGroup.DUTY,
        N_("Minutes without a connection until duty pauses"),
        5,
        whole_number(1, 60),
        "number",
        N_(
            "When whoever is on duty loses the connection for so long, the room turns read-only. "
            "It opens again by itself when they are back."
        ),
    ),
)
