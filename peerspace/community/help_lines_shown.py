"""What readers see of the help lines, worked out from how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peerspace.community.help_lines import Directory, Emergency, Line, shipped
from peerspace.community.help_lines_state import AnyState, CountryState, HelpLineStates


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as the page shows it; `confirmed_at` is None for one that nobody here confirmed."""

    line: Line
    confirmed_at: datetime | None
    is_old: bool


@dataclass(frozen=True, slots=True)
class ShownCountry:
    """A country as the page shows it."""

    code: str
    emergency: tuple[Emergency, ...]
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page shows, and when it was read."""

    countries: tuple[ShownCountry, ...]
    directories: tuple[Directory, ...]
    at: datetime


def shown(stand: HelpLineStates, *, production: bool) -> Shown:
    """What readers see: in production confirmed lines only, elsewhere the others too, each said to be so.

    Shipped emergency numbers are always there; edited or own ones, in production, once somebody confirmed them.
    """
    countries = [_country(one, production) for one in stand.countries]
    return Shown(
        countries=tuple(one for one in countries if one.emergency or one.lines),
        directories=tuple(one.subject for one in stand.directories if _may_be_seen(one, production)),
        at=stand.at,
    )


def _country(country: CountryState, production: bool) -> ShownCountry:
    numbers = country.emergency.subject.emergency
    if not _may_be_seen(country.emergency, production):
        there = shipped().get(country.code)
        numbers = there.emergency if there else ()
    lines = [one for one in country.lines if _may_be_seen(one, production)]
    return ShownCountry(
        country.code,
        numbers,
        tuple(ShownLine(one.subject, one.confirmed_at, one.is_old) for one in lines),
    )


def _may_be_seen(one: AnyState, production: bool) -> bool:
    return not one.is_hidden and (one.confirmed_at is not None or not production)
