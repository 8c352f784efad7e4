"""What of rooms administrators tune."""

from __future__ import annotations

from peerspace.community.settings import WHEN, Setting, SettingGroup, one_of, whole_number
from peerspace.kernel.wording import N_

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "first_messages",
        SettingGroup.NEW_MEMBERS,
        N_("First messages that a human sees"),
        10,
        whole_number(0, 500),
        "number",
    ),
    Setting(
        "hold_first_messages",
        SettingGroup.NEW_MEMBERS,
        N_("When a new member's first messages wait for a human"),
        "never",
        one_of(*WHEN),
        "choice",
        N_("Somebody on duty is in every open room and reads along, so they need not wait."),
        WHEN,
    ),
)
