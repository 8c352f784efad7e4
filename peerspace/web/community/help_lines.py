"""The help lines in the hands of administrators: what stands, what nobody has confirmed, what this place adds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, request
from werkzeug.wrappers import Response

from peerspace.accounts.queries import people_cards
from peerspace.community import help_lines_kept as kept
from peerspace.community.help_lines import (
    ANSWERED_BY,
    EMERGENCY_FOR,
    FOR_WHOM,
    HOURS,
    TIME,
    Country,
    Fields,
    Line,
)
from peerspace.community.help_lines_form import MOST_NUMBERS, countries
from peerspace.community.help_lines_state import AnyState, CountryState, help_line_states, history
from peerspace.community.models import HelpLineVersion
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotFound
from peerspace.kernel.sentences import say
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext, spoken
from peerspace.web.community.help_now import board, chosen_country, register_help_now
from peerspace.web.community.help_words import countries_by_name, country_name, sorted_as
from peerspace.web.glue import reading, render, role_needed, see, shown_again, writing

blueprint = Blueprint("help_lines", __name__)
blueprint.record_once(lambda state: register_help_now(state.app))  # type: ignore[arg-type]
Page = str | Response | tuple[str, int]
administrators = role_needed(Role.ADMINISTRATOR)
ADDRESS = "/admin/help-lines"

STATES = {
    "confirmed": N_("Confirmed"),
    "old": N_("Confirmed more than six months ago: look again"),
    "lapsed": N_("Not confirmed: it changed after somebody confirmed it"),
    "unconfirmed": N_("Not confirmed"),
    "hidden": N_("Hidden"),
}
ACTS = {
    "added": N_("Added"),
    "edited": N_("Changed"),
    "confirmed": N_("Confirmed"),
    "hidden": N_("Hidden"),
    "shown": N_("Shown again"),
    "as_shipped": N_("As PeerSpace ships it"),
}
DONE = {
    "confirm": N_("Confirmed. It is shown with today's date."),
    "hide": N_("Hidden. Nobody sees it until you show it again."),
    "show": N_("It is shown again where it is confirmed."),
    "as-shipped": N_("It is again as PeerSpace ships it. Somebody has to confirm it."),
}
TYPED = (
    "name", "call", "text_to", "text_word", "hours", "times", "answered_by", "for_whom", "languages", "where", "note",
    "source", "emergency_source",
)  # fmt: skip


@blueprint.get(ADDRESS)
@administrators
def overview() -> Page:
    """How many lines of each country need a look, and every line of one country (`?country=`) with its source."""
    with reading() as uow:
        stand = help_line_states(uow)
        ids = {one.confirmed_by_id for one in stand.everything() if one.confirmed_by_id is not None}
        by = people_cards(uow, ids)
    named = sorted(stand.countries, key=lambda one: sorted_as(country_name(one.code)))
    asked = request.args.get("country", "").upper() or chosen_country().code
    everything = [one for one in stand.everything() if not one.is_hidden]
    return render(
        "admin/help_lines.html",
        rows=[_counted(one) for one in named],
        country=stand.country(asked) or named[0],
        directories=stand.directories,
        by=by,
        states=STATES,
        open=sum(one.state in ("unconfirmed", "lapsed") for one in everything),
        old=sum(one.state == "old" for one in everything),
        count=len(everything),
        all_countries=countries_by_name(),
    )


def _counted(country: CountryState) -> tuple[str, int, int, int]:
    """A country's code, how many things of it are shown, not confirmed, and confirmed too long ago."""
    stand: list[AnyState] = [country.emergency, *country.lines]
    states = [one.state for one in stand if not one.is_hidden]
    open_ones = sum(state in ("unconfirmed", "lapsed") for state in states)
    return country.code, len(states), open_ones, states.count("old")


@blueprint.get(f"{ADDRESS}/new")
@administrators
def new() -> Page:
    """A form for a line of this place's own, in the country `?country=`."""
    code = request.args.get("country", "").upper()
    if code not in countries():
        raise NotFound("line_country")
    return render("admin/help_line.html", **_new(code, {}))


@blueprint.post(f"{ADDRESS}/new")
@administrators
def add() -> Page:
    """Add a line of this place's own."""
    code = request.form.get("country", "").upper()
    if code not in countries():
        raise BadRequest("line_country")
    try:
        with writing() as uow:
            key = kept.add_line(uow, code, _typed())
    except Invalid as error:
        return shown_again("admin/help_line.html", error, **_new(code, request.form))
    board().changed()
    return see(f"{ADDRESS}/{key}", gettext(N_("Added. Somebody has to confirm it before everybody sees it.")))


def _new(code: str, typed: Any) -> dict[str, Any]:
    with reading() as uow:
        needs_emergency = help_line_states(uow).country(code) is None
    blank = {"hours": "see_page", "answered_by": "volunteers", "for_whom": "anyone"}
    return {
        "code": code,
        "one": None,
        "values": typed or blank,
        "numbers": _number_rows(typed, ()),
        "needs_emergency": needs_emergency,
        "past": [],
        **_choices(),
    }


@blueprint.get(f"{ADDRESS}/<key>")
@administrators
def line(key: str) -> Page:
    """One line: change it, and what was done with it."""
    with reading() as uow:
        one, past, by = _one(uow, key)
    return render(_template(one), **_form(one, past, by, {}))


@blueprint.post(f"{ADDRESS}/<key>")
@administrators
def change(key: str) -> Page:
    """Change a line, or a country's emergency numbers."""
    try:
        with writing() as uow:
            one = help_line_states(uow).find(key)
            if isinstance(one.subject, Country):
                kept.edit_emergency(uow, one.subject.code, _typed(), version=_version())
            else:
                kept.edit_line(uow, key, _typed(), version=_version())
    except (Invalid, Conflict) as error:
        with reading() as uow:
            one, past, by = _one(uow, key)
        context = _form(one, past, by, request.form)
        if isinstance(
            error, Conflict
        ):  # what was typed is kept; whoever sends it again has seen the newest state
            context["version"] = one.version
        return shown_again(_template(one), error, **context)
    board().changed()
    return see(f"{ADDRESS}/{key}", gettext(N_("Saved. Somebody has to confirm it anew.")))


@blueprint.post(f"{ADDRESS}/<key>/<what>")
@administrators
def act(key: str, what: str) -> Page:
    """Confirm, hide or show a line, or give up what was changed here."""
    verbs: dict[str, Callable[[UnitOfWork], None]] = {
        "confirm": lambda uow: kept.confirm(uow, key, version=_version(), seal=request.form.get("seal", "")),
        "hide": lambda uow: kept.hide(uow, key, version=_version()),
        "show": lambda uow: kept.show(uow, key, version=_version()),
        "as-shipped": lambda uow: kept.as_shipped(uow, key, version=_version()),
    }
    if what not in verbs:
        raise NotFound("not_found")
    with reading() as uow:
        country = getattr(help_line_states(uow).find(key).subject, "country", "")
    back = f"{ADDRESS}/{key}" if request.form.get("back") == "line" else f"{ADDRESS}?country={country}#{key}"
    try:
        with writing() as uow:
            verbs[what](uow)
    except (
        Conflict
    ) as error:  # nothing was typed that could be lost: the newest state says more than an error page
        return see(back, say(error), "error")
    board().changed()
    return see(back, gettext(DONE[what]))


def _one(uow: UnitOfWork, key: str) -> tuple[AnyState, list[HelpLineVersion], dict[int, Any]]:
    one = help_line_states(uow).find(key)
    if not isinstance(one.subject, (Line, Country)):
        raise NotFound("line_unknown")
    past = history(uow, key)
    return one, past, people_cards(uow, {row.by_id for row in past if row.by_id is not None})


def _template(one: AnyState) -> str:
    return "admin/help_emergency.html" if isinstance(one.subject, Country) else "admin/help_line.html"


def _form(one: AnyState, past: list[HelpLineVersion], by: dict[int, Any], typed: Any) -> dict[str, Any]:
    subject = one.subject
    numbers: tuple[tuple[str, str], ...] = ()
    values: Any = typed
    if isinstance(subject, Country):
        numbers = tuple((number.number, number.what) for number in subject.emergency)
        values = typed or {"emergency_source": subject.emergency_source}
    elif isinstance(subject, Line):
        values = typed or _as_typed(subject)
    return {
        "one": one,
        "code": subject.code if isinstance(subject, Country) else getattr(subject, "country", ""),
        "values": values,
        "numbers": _number_rows(typed, numbers),
        "needs_emergency": False,
        "version": typed.get("version") if typed else one.version,
        "past": [(ACTS[row.act], row.at, by.get(row.by_id or 0)) for row in past],
        "states": STATES,
        **_choices(),
    }


def _choices() -> dict[str, Any]:
    return {
        "answered": [(key, gettext(words)) for key, words in ANSWERED_BY.items()],
        "for_whom": [(key, gettext(words or N_("For everybody."))) for key, words in FOR_WHOM.items()],
        "hours": [(key, gettext(words)) for key, words in HOURS.items()],
        "what_for": [(key, gettext(words or N_("everything"))) for key, words in EMERGENCY_FOR.items()],
    }


# --- What is typed ---------------------------------------------------------------------------------------------------


def _version() -> int:
    typed = request.form.get("version", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 9):
        raise BadRequest("bad_request")
    return int(typed)


def _typed() -> Fields:
    """The form as `help_lines_form` takes it."""
    typed: Fields = {name: request.form.get(name, "") for name in TYPED}
    typed["free"] = request.form.get("free") == "yes"
    typed["times"] = times_from(typed["times"])
    typed["emergency"] = [
        (request.form.get(f"number-{row}", ""), request.form.get(f"what-{row}", ""))
        for row in range(1, MOST_NUMBERS + 1)
    ]
    return typed


def _number_rows(typed: Any, numbers: tuple[tuple[str, str], ...]) -> list[tuple[int, str, str]]:
    rows = []
    for row in range(1, MOST_NUMBERS + 1):
        stands = numbers[row - 1] if row <= len(numbers) else ("", "anything")
        given = (typed.get(f"number-{row}", ""), typed.get(f"what-{row}", "anything")) if typed else stands
        rows.append((row, *given))
    return rows


def _as_typed(line: Line) -> Fields:
    return {
        **line.fields,
        "call": ", ".join(line.call),
        "hours": line.hours.kind,
        "times": times_as_typed(line.hours.times),
        "languages": ", ".join(line.languages),
        "free": "yes" if line.free else "",
    }


_TIMES = re.compile(r"([^\s-]+)(?:\s*[-\u2013]\s*([^\s-]+))?\s+(\d{1,2}:\d{2})\s*[-\u2013]\s*(\d{1,2}:\d{2})")


def times_from(typed: str) -> list[str]:
    """What was typed about hours, `Mon-Fri 14:00-20:00` one a line, as help_lines.TIME takes it.

    Days are understood in English and in the reader's language. A line that is not understood stays as it is; the
    check that follows refuses it.
    """
    days = _days()
    said = []
    for written in (one.strip() for one in typed[:2000].splitlines()):
        if not written:
            continue
        found = _TIMES.fullmatch(written)
        first = days.get(_folded(found[1])) if found else None
        last = days.get(_folded(found[2])) if found and found[2] else first
        if found and first and last:
            written = f"{first}-{last} {found[3].zfill(5)}-{found[4].zfill(5)}"
        said.append(written)
    return said


def times_as_typed(times: tuple[str, ...]) -> str:
    """Hours as somebody types them, with the days in the reader's language."""
    names = get_day_names("abbreviated", locale=spoken().locale)
    lines = []
    for one in times:
        found = TIME.fullmatch(one)
        if found is None:
            lines.append(one)
            continue
        first, last = (names[int(day) - 1].rstrip(".") for day in (found[1], found[2]))
        lines.append(f"{first if first == last else f'{first}-{last}'} {found[3]}-{found[4]}")
    return "\n".join(lines)


def _days() -> dict[str, int]:
    known = {str(number): number for number in range(1, 8)}
    for locale in ("en", spoken().locale):
        for width in ("abbreviated", "wide"):
            for number, name in get_day_names(width, locale=locale).items():
                known[_folded(name)] = number + 1
    return known


def _folded(name: str) -> str:
    return name.casefold().rstrip(".")
