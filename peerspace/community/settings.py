"""What administrators tune while PeerSpace runs: typed keys with defaults, kept with their whole history.

Settings of the deployment (addresses, keys, limits of the machine) are in peerspace.config. A change here is audited
and goes into the platform's timeline, because it can change what everybody meets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self

from sqlalchemy import Select, bindparam, func, select

from peerspace.community.actions import CommunityAction
from peerspace.community.models import SettingValue
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.text.clean import clean

Check = Callable[[Any], Any]
"""Takes a value as typed or as JSON, returns the value to keep, raises Invalid on the field `value`."""

WHEN = ("never", "off_shift", "always")


def refused(key: str, **values: Any) -> Invalid:
    """What a check raises, on the field `value`."""
    return Invalid(fields={"value": key}, **values)


def whole_number(least: int, most: int) -> Check:
    """A whole number from `least` to `most`."""

    def check(value: Any) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise refused("setting_number", least=least, most=most)
        if not least <= int(text) <= most:
            raise refused("setting_number", least=least, most=most)
        return int(text)

    return check


def one_of(*choices: str) -> Check:
    """One of `choices`."""

    def check(value: Any) -> str:
        if value not in choices:
            raise refused("setting_choice", choices=", ".join(choices))
        return str(value)

    return check


def words(limit: int) -> Check:
    """A text of at most `limit` characters; may be empty."""

    def check(value: Any) -> str:
        return clean(value, field="value", limit=limit, required=False)

    return check


class SettingGroup(StrEnum):
    """Under which heading of the settings page a setting stands, in the order of the page."""

    NEW_MEMBERS = "new_members", N_("New members")
    DESK = "desk", N_("The desk")
    DANGER = "danger", N_("Words that may mean danger")
    DUTY = "duty", N_("Duty")
    PAGES = "pages", N_("What the pages tell")

    label: str

    def __new__(cls, code: str, label: str) -> Self:
        member = str.__new__(cls, code)
        member._value_, member.label = code, label
        return member


@dataclass(frozen=True, slots=True)
class Setting:
    """One known key: what it means, its default, its check. A feature names it in its manifest (`brings`).

    `label` and `hint` are English: whoever shows them translates. `shape` tells the settings page how to ask for it.
    """

    key: str
    group: SettingGroup
    label: str
    default: Any
    check: Check
    shape: str = "text"
    hint: str = ""
    choices: tuple[str, ...] = ()


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


@cache
def _newest_of_each(keys: tuple[str, ...]) -> Select[str, Any]:
    """The statement, built once for each group of settings that is asked for together."""
    newest = select(func.max(SettingValue.id)).where(SettingValue.key.in_(keys)).group_by(SettingValue.key)
    return select(SettingValue.key, SettingValue.value).where(SettingValue.id.in_(newest))


def get_setting(uow: UnitOfWork, key: str) -> Any:
    """The value of `key` in force: the newest one that was set, else its default.

    Raises NotFound for an unknown key.
    """
    setting = setting_named(uow, key)
    row = uow.rows(_NEWEST, {"which": key}).first()
    return setting.default if row is None else row.value


def get_settings(uow: UnitOfWork, keys: Sequence[str]) -> list[Any]:
    """The values of `keys` in force, in their order, by one query. Raises NotFound for an unknown key."""
    defaults = {key: setting_named(uow, key).default for key in keys}
    found = {row.key: row.value for row in uow.rows(_newest_of_each(tuple(keys)))}
    return [found.get(key, defaults[key]) for key in keys]


def set_setting(uow: UnitOfWork, key: str, value: Any) -> Any:
    """Set `key` to `value` from now on and return what is kept. The same value again changes nothing.

    Raises NotAllowed unless an administrator or the installation acts, NotFound for an unknown key, Invalid on the
    field `value`.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    checked = setting_named(uow, key).check(value)
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
    for setting in uow.database.catalogue.every(Setting):
        mine = rows.get(setting.key, [])
        newest = mine[-1] if mine else None
        value = newest.value if newest else setting.default
        lines.append(SettingLine(setting, value, newest.set_at if newest else None, len(mine)))
    return lines


def setting_named(uow: UnitOfWork, key: str) -> Setting:
    """The setting with this key. Raises NotFound where no feature brings it."""
    for setting in uow.database.catalogue.every(Setting):
        if setting.key == key:
            return setting
    raise NotFound("setting_unknown")
