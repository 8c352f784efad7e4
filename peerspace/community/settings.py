"""What administrators tune while PeerSpace runs: typed keys with defaults, kept with their whole history.

Settings of the deployment (addresses, keys, limits of the machine) are in peerspace.config. A change here is audited
and goes into the platform's timeline, because it can change what everybody meets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from peerspace.community.actions import CommunityAction
from peerspace.community.danger_lists import ORDINARY, setting_of, shipped
from peerspace.community.help_lines_form import countries
from peerspace.community.models import SettingValue
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.text.clean import clean
from peerspace.text.screening import phrases_from

Check = Callable[[Any], Any]
"""Takes a value as typed or as JSON, returns the value to keep, raises Invalid on the field `value`."""

WHEN = ("never", "off_shift", "always")
ACTIONS = ("hold", "flag", "pause")
TARGETS = {"safety": 15, "serious": 120, "other": 1440}
MAX_PHRASES = 2_000
MAX_PHRASE = 120
DANGER_LABELS = {
    "en": N_("Words that may mean danger, English"),
    "de": N_("Words that may mean danger, German"),
}


def _refuse(key: str, **values: Any) -> Invalid:
    return Invalid(fields={"value": key}, **values)


def whole_number(least: int, most: int) -> Check:
    """A whole number from `least` to `most`."""

    def check(value: Any) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise _refuse("setting_number", least=least, most=most)
        if not least <= int(text) <= most:
            raise _refuse("setting_number", least=least, most=most)
        return int(text)

    return check


def one_of(*choices: str) -> Check:
    """One of `choices`."""

    def check(value: Any) -> str:
        if value not in choices:
            raise _refuse("setting_choice", choices=", ".join(choices))
        return str(value)

    return check


def words(limit: int) -> Check:
    """A text of at most `limit` characters; may be empty."""

    def check(value: Any) -> str:
        return clean(value, field="value", limit=limit, required=False)

    return check


def _country(value: Any) -> str:
    code = str(value).strip().upper()
    if code and code not in countries():
        raise _refuse("line_country")
    return code


def _targets(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or set(value) != set(TARGETS):
        raise _refuse("setting_targets")
    minutes = whole_number(1, 60 * 24 * 14)
    return {name: minutes(value[name]) for name in TARGETS}


def _phrases(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MAX_PHRASES:
        raise _refuse("setting_phrases")
    return [_phrase(entry) for entry in value]


def _danger_phrases(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_PHRASES:
        raise _refuse("setting_danger")
    entries = []
    for typed in value:
        entry = clean(typed, field="value", limit=MAX_PHRASE, one_line=True)
        ordinary = entry.lower().startswith(ORDINARY.strip())
        words = entry[len(ORDINARY.strip()) :].strip() if ordinary else entry
        if not phrases_from([words]):
            raise _refuse("setting_danger")
        entries.append(ORDINARY + words if ordinary else words)
    return list(dict.fromkeys(entries))


def _phrase(entry: Any) -> dict[str, Any]:
    if isinstance(entry, str):
        entry = {"text": entry}
    if not isinstance(entry, dict) or not set(entry) <= {"text", "action", "spaces"}:
        raise _refuse("setting_phrases")
    action, spaces = entry.get("action", "hold"), entry.get("spaces", [])
    if action not in ACTIONS or not isinstance(spaces, list) or not all(isinstance(s, str) for s in spaces):
        raise _refuse("setting_phrases")
    text = clean(entry.get("text"), field="value", limit=120, one_line=True)
    return {"text": text, "action": action, "spaces": [str(slug)[:48] for slug in spaces]}


@dataclass(frozen=True, slots=True)
class Setting:
    """One known key: what it means, its default, its check. `shape` tells the settings page how to ask for it.

    `label` and `hint` are English: whoever shows them translates.
    """

    key: str
    label: str
    default: Any
    check: Check
    shape: str = "text"
    hint: str = ""
    choices: tuple[str, ...] = ()


REGISTRY: dict[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting("first_posts", N_("First posts that a human sees"), 3, whole_number(0, 100), "number"),
        Setting("first_messages", N_("First messages that a human sees"), 10, whole_number(0, 500), "number"),
        Setting("first_days", N_("Days until a member counts as settled"), 7, whole_number(0, 365), "number"),
        Setting(
            "hold_first_messages",
            N_("When a new member's first messages wait for a human"),
            "never",
            one_of(*WHEN),
            "choice",
            N_("Somebody on duty is in every open room and reads along, so they need not wait."),
            WHEN,
        ),
        Setting(
            "response_targets",
            N_("Minutes until a report is looked at"),
            TARGETS,
            _targets,
            "minutes",
            N_("Shown to members and measured. Safety counts while somebody is on duty."),
        ),
        Setting(
            "watch_phrases",
            N_("Watch phrases"),
            [],
            _phrases,
            "phrases",
            N_(
                "One a line: hold (it waits) or flag (it appears and a person looks), a colon, the words. "
                "A | and addresses bind a phrase to places. They never delete and never decide."
            ),
        ),
        *(
            Setting(
                setting_of(language),
                label,
                shipped(language).entries,
                _danger_phrases,
                "lines",
                N_(
                    "One a line. Whoever writes one of them is shown help, and a person looks; nothing waits and "
                    "nobody is counted. A line with “not:” in front is ordinary talk in which such words mean "
                    "something else."
                ),
            )
            for language, label in DANGER_LABELS.items()
        ),
        Setting(
            "duty_pause_minutes",
            N_("Minutes without a connection until duty pauses"),
            5,
            whole_number(1, 60),
            "number",
            N_(
                "When whoever is on duty loses the connection for so long, the room turns read-only. "
                "It opens again by itself when they are back."
            ),
        ),
        Setting(
            "home_country",
            N_("Country that most members live in"),
            "",
            _country,
            "country",
            N_("Its help lines are offered where a browser does not tell a country. No country is kept about anybody."),
        ),
        Setting("admission_hours", N_("Hours an admission usually takes"), 24, whole_number(1, 336), "number"),
        Setting("opening_hours", N_("Opening hours, as shown on the first page"), "", words(300)),
        Setting("controller", N_("Who answers for the data kept here"), "", words(500)),
        Setting("contact", N_("How to reach the people who run this place"), "", words(300)),
        Setting("safeguarding_contact", N_("Safeguarding lead"), "", words(300)),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as the settings page shows it."""

    setting: Setting
    value: Any
    set_at: datetime | None
    versions: int


# Asked for every message and post: built once.
_NEWEST = (
    select(SettingValue.value)
    .where(SettingValue.key == bindparam("which"))
    .order_by(SettingValue.id.desc())
    .limit(1)
)


def get_setting(uow: UnitOfWork, key: str) -> Any:
    """The value of `key` in force: the newest one that was set, else its default.

    Raises NotFound for an unknown key.
    """
    setting = _known(key)
    row = uow.rows(_NEWEST, {"which": key}).first()
    return setting.default if row is None else row.value


def set_setting(uow: UnitOfWork, key: str, value: Any) -> Any:
    """Set `key` to `value` from now on and return what is kept. The same value again changes nothing.

    Raises NotAllowed unless an administrator or the installation acts, NotFound for an unknown key, Invalid on the
    field `value`.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    checked = _known(key).check(value)
    if checked == get_setting(uow, key):
        return checked
    row = SettingValue(key=key, value=checked, set_at=uow.now, set_by_id=uow.actor.account_id)
    uow.session.add(row)
    uow.session.flush()
    uow.audit(CommunityAction.SETTING_CHANGED, "setting", key, value_id=row.id)
    add_entry(uow, "setting", key, number=row.id)
    return checked


def all_settings(uow: UnitOfWork) -> list[SettingLine]:
    """Every known setting with its value in force and how often it was set."""
    rows: dict[str, list[SettingValue]] = {}
    for row in uow.session.scalars(select(SettingValue).order_by(SettingValue.id)):
        rows.setdefault(row.key, []).append(row)
    lines = []
    for key, setting in REGISTRY.items():
        mine = rows.get(key, [])
        newest = mine[-1] if mine else None
        value = newest.value if newest else setting.default
        lines.append(SettingLine(setting, value, newest.set_at if newest else None, len(mine)))
    return lines


def _known(key: str) -> Setting:
    if key not in REGISTRY:
        raise NotFound("setting_unknown")
    return REGISTRY[key]
