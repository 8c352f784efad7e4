"""What of moderation administrators tune."""

from __future__ import annotations

from typing import Any

from peerspace.community.settings import Setting, SettingGroup, refused, whole_number, words
from peerspace.kernel.wording import N_
from peerspace.moderation.kinds import Priority

TARGETS = {Priority.SAFETY: 15, Priority.SERIOUS: 120, Priority.OTHER: 1440}
"""Minutes until somebody looks, by priority."""


def _targets(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or set(value) != set(TARGETS):
        raise refused("setting_targets")
    minutes = whole_number(1, 60 * 24 * 14)
    return {name: minutes(value[name]) for name in TARGETS}


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "first_days",
        SettingGroup.NEW_MEMBERS,
        N_("Days until a member counts as settled"),
        7,
        whole_number(0, 365),
        "number",
    ),
    Setting(
        "response_targets",
        SettingGroup.DESK,
        N_("Minutes until a report is looked at"),
        TARGETS,
        _targets,
        "minutes",
        N_("Shown to members and measured. Safety counts while somebody is on duty."),
    ),
    Setting(
        "evidence_hours",
        SettingGroup.DESK,
        N_("Hours of former versions that a report keeps"),
        24,
        whole_number(1, 720),
        "number",
        N_(
            "A report keeps what was reported as it stands, and every version of it that others could read "
            "within this time."
        ),
    ),
    Setting("safeguarding_contact", SettingGroup.DESK, N_("Safeguarding lead"), "", words(300)),
)
