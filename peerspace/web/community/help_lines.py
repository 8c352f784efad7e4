"""The help lines in the hands of administrators: what stands, what nobody has confirmed, what this place adds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from peerspace.accounts.queries import people_cards
from peerspace.community import help_lines_kept as kept
from peerspace.community.help_lines import (
    ANSWERED_BY,
    EMERGENCY_FOR,
    FOR_WHOM,
    HOURS,
    Country,
    Line,
)
from peerspace.community.help_lines_form import countries
from peerspace.community.help_lines_state import AnyState, CountryState, help_line_states, history
from peerspace.community.models import HelpLineVersion
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.sentences import say
from peerspace.web.community.help_line_forms import ActForm, ChangeForm, LineForm, NewLineForm
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
VERBS = {"hide": kept.hide, "show": kept.show, "as-shipped": kept.as_shipped}
DONE = {
    "confirm": N_("Confirmed. It is shown with today's date."),
    "hide": N_("Hidden. Nobody sees it until you show it again."),
    "show": N_("It is shown again where it is confirmed."),
    "as-shipped": N_("It is again as PeerSpace ships it. Somebody has to confirm it."),
}


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
    return render("admin/help_line.html", **_new(code, LineForm.blank()))


@blueprint.post(f"{ADDRESS}/new")
@administrators
def add() -> Page:
    """Add a line of this place's own."""
    typed = NewLineForm.read(request.form)
    try:
        with writing() as uow:
            key = kept.add_line(uow, typed.country, typed.fields)
    except Invalid as error:
        return shown_again("admin/help_line.html", error, **_new(typed.country, typed))
    board().changed()
    return see(f"{ADDRESS}/{key}", gettext("Added. Somebody has to confirm it before everybody sees it."))


def _new(code: str, typed: LineForm) -> dict[str, Any]:
    with reading() as uow:
        needs_emergency = help_line_states(uow).country(code) is None
    return {
        "code": code,
        "one": None,
        "values": typed,
        "numbers": typed.rows,
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
    return render(_template(one), **_form(one, past, by))


@blueprint.post(f"{ADDRESS}/<key>")
@administrators
def change(key: str) -> Page:
    """Change a line, or a country's emergency numbers."""
    typed = ChangeForm.read(request.form)
    try:
        with writing() as uow:
            one = help_line_states(uow).find(key)
            if isinstance(one.subject, Country):
                kept.edit_emergency(uow, one.subject.code, typed.fields, version=typed.version)
            else:
                kept.edit_line(uow, key, typed.fields, version=typed.version)
    except (Invalid, Conflict) as error:
        with reading() as uow:
            one, past, by = _one(uow, key)
        if isinstance(
            error, Conflict
        ):  # what was typed is kept; whoever sends it again has seen the newest state
            typed = replace(typed, version=one.version)
        return shown_again(_template(one), error, **_form(one, past, by, typed))
    board().changed()
    return see(f"{ADDRESS}/{key}", gettext("Saved. Somebody has to confirm it anew."))


@blueprint.post(f"{ADDRESS}/<key>/<what>")
@administrators
def act(key: str, what: str) -> Page:
    """Confirm, hide or show a line, or give up what was changed here."""
    if what not in DONE:
        raise NotFound("not_found")
    typed = ActForm.read(request.form)
    with reading() as uow:
        country = getattr(help_line_states(uow).find(key).subject, "country", "")
    back = f"{ADDRESS}/{key}" if typed.back == "line" else f"{ADDRESS}?country={country}#{key}"
    try:
        with writing() as uow:
            if what == "confirm":
                kept.confirm(uow, key, version=typed.version, seal=typed.seal)
            else:
                VERBS[what](uow, key, version=typed.version)
    except Conflict as error:
        # Nothing was typed that could be lost: the newest state says more than an error page.
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


def _form(
    one: AnyState, past: list[HelpLineVersion], by: dict[int, Any], typed: ChangeForm | None = None
) -> dict[str, Any]:
    """What the page of a line takes: what was typed, or else what stands."""
    subject = one.subject
    values = typed or (LineForm.of(subject) if isinstance(subject, Line | Country) else LineForm())
    return {
        "one": one,
        "code": getattr(subject, "country", ""),
        "values": values,
        "numbers": values.rows,
        "needs_emergency": False,
        "version": typed.version if typed else one.version,
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
