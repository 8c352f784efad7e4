"""What of the forum administrators tune."""

from __future__ import annotations

from peerspace.community.settings import Setting, SettingGroup, whole_number
from peerspace.kernel.wording import N_

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "first_posts",
        SettingGroup.NEW_MEMBERS,
        N_("First posts that a human sees"),
        3,
        whole_number(0, 100),
        "number",
    ),
)
