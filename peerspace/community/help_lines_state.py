"""How each help line stands in this installation: as shipped or changed here, confirmed by whom and when.

A confirmation says that somebody called the line or read its source, and holds for the line as it stood then: when
its content changes, here or in a later PeerSpace, the confirmation no longer counts. After six months it is still
shown with its date, and asks to be looked at again (docs/decisions/0007-an-old-confirmation-stays.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import func, select

from peerspace.community.help_lines import (
    Country,
    Directory,
    Fields,
    Line,
    country_from,
    directories,
    line_from,
    shipped,
)
from peerspace.community.models import HelpLineVersion
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork

LOOK_AGAIN = timedelta(days=183)
"""After this long a confirmation is old: six months."""

Subject = Line | Country | Directory
Of = TypeVar("Of", Line, Country, Directory)


@dataclass(frozen=True, slots=True)
class LineState(Generic[Of]):
    """How one line (or a country's emergency numbers, or a directory) stands in this installation.

    `version` counts what was done with it here, 0 for nothing. `confirmed_at` is there only while the confirmation
    counts; `lapsed` says that there was one, for content that has changed since. `is_own`: not shipped;
    `is_edited`: replaces what is shipped; `shipped_changed`: PeerSpace ships something else than when it was edited.
    """

    subject: Of
    version: int = 0
    confirmed_at: datetime | None = None
    confirmed_by_id: int | None = None
    is_old: bool = False
    is_hidden: bool = False
    lapsed: bool = False
    is_own: bool = False
    is_edited: bool = False
    shipped_changed: bool = False

    @property
    def key(self) -> str:
        """The subject's name in this installation."""
        return self.subject.key

    @property
    def state(self) -> str:
        """`hidden`, `confirmed`, `old`, `lapsed` (confirmed before it changed) or `unconfirmed`."""
        if self.is_hidden:
            return "hidden"
        if self.confirmed_at is not None:
            return "old" if self.is_old else "confirmed"
        return "lapsed" if self.lapsed else "unconfirmed"


AnyState = LineState[Line] | LineState[Country] | LineState[Directory]


@dataclass(frozen=True, slots=True)
class CountryState:
    """A country: how its emergency numbers and each of its lines stand."""

    code: str
    emergency: LineState[Country]
    lines: tuple[LineState[Line], ...]


@dataclass(frozen=True, slots=True)
class HelpLineStates:
    """Everything at one time: `countries` in the order they are shipped, own ones last."""

    countries: tuple[CountryState, ...]
    directories: tuple[LineState[Directory], ...]
    at: datetime

    def find(self, key: str) -> AnyState:
        """The state of `key`.

        Raises NotFound.
        """
        for one in self.everything():
            if one.key == key:
                return one
        raise NotFound("line_unknown")

    def everything(self) -> Iterable[AnyState]:
        """Every state there is."""
        for country in self.countries:
            yield country.emergency
            yield from country.lines
        yield from self.directories

    def country(self, code: str) -> CountryState | None:
        """The country `code`, or None where it has neither numbers nor lines."""
        return next((one for one in self.countries if one.code == code), None)


def help_line_states(uow: UnitOfWork) -> HelpLineStates:
    """How everything stands now. One query."""
    newest = (
        select(HelpLineVersion.line_key, func.max(HelpLineVersion.number).label("number"))
        .group_by(HelpLineVersion.line_key)
        .subquery()
    )
    rows = {
        row.line_key: row
        for row in uow.session.scalars(
            select(HelpLineVersion)
            .join(
                newest,
                (HelpLineVersion.line_key == newest.c.line_key) & (HelpLineVersion.number == newest.c.number),
            )
            .order_by(HelpLineVersion.id)
        )
    }
    return _states(rows, uow.now)


def as_shipped_only(at: datetime) -> HelpLineStates:
    """What is known without a database: everything as it is shipped, confirmed by nobody."""
    return _states({}, at)


def history(uow: UnitOfWork, key: str) -> list[HelpLineVersion]:
    """Every version of `key`, newest first."""
    asked = select(HelpLineVersion).where(HelpLineVersion.line_key == key)
    return list(uow.session.scalars(asked.order_by(HelpLineVersion.number.desc())))


def shipped_subjects() -> dict[str, Subject]:
    """Everything PeerSpace ships, by key."""
    found: dict[str, Subject] = {one.key: one for one in directories()}
    for country in shipped().values():
        found[country.key] = country
        found |= {line.key: line for line in country.lines}
    return found


def _states(rows: dict[str, HelpLineVersion], now: datetime) -> HelpLineStates:
    there = shipped_subjects()
    # A row without content whose line is shipped no more leaves nothing to show.
    own = {
        k: _subject(k, row.content) for k, row in rows.items() if k not in there and row.content is not None
    }
    numbers: dict[str, LineState[Country]] = {}
    lines: dict[str, list[LineState[Line]]] = {}
    for key, subject in (there | own).items():
        row = rows.get(key)
        in_force = subject if row is None or row.content is None else _subject(key, row.content)
        if isinstance(in_force, Country):
            numbers[in_force.code] = _state(in_force, row, there.get(key), now)
        elif isinstance(in_force, Line):
            lines.setdefault(in_force.country, []).append(_state(in_force, row, there.get(key), now))
    return HelpLineStates(
        countries=tuple(
            CountryState(code, stands, tuple(sorted(lines.get(code, ()), key=_place)))
            for code, stands in numbers.items()
        ),
        directories=tuple(_state(one, rows.get(one.key), one, now) for one in directories()),
        at=now,
    )


def _subject(key: str, content: Fields) -> Line | Country:
    return country_from(content) if "emergency" in content else line_from(key, content)


def _state(in_force: Of, row: HelpLineVersion | None, there: Subject | None, now: datetime) -> LineState[Of]:
    if row is None:
        return LineState(in_force)
    counts = row.confirmed_at is not None and row.seal == in_force.seal
    is_edited = there is not None and row.content is not None
    return LineState(
        in_force,
        version=row.number,
        confirmed_at=row.confirmed_at if counts else None,
        confirmed_by_id=row.confirmed_by_id if counts else None,
        is_old=counts and row.confirmed_at is not None and now - row.confirmed_at > LOOK_AGAIN,
        is_hidden=row.hidden,
        lapsed=row.confirmed_at is not None and not counts,
        is_own=there is None,
        is_edited=is_edited,
        shipped_changed=is_edited and there is not None and row.shipped_seal != there.seal,
    )


def _place(one: LineState[Line]) -> tuple[bool, bool]:
    """People at once before a recorded voice, and what is for everybody before what is for some."""
    line = one.subject
    return line.answered_by == "menu", line.for_whom != "anyone" or bool(line.where)
