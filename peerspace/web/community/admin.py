"""Running the place: people's roles, spaces, rooms, rules, settings, and whether everything works.

An administrator reads nothing private by that role: no posts, no messages, no member files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from peerspace.accounts import service as accounts
from peerspace.accounts.queries import ROLE_WORDS, people_cards, roles_of
from peerspace.chat.access import room_by_slug
from peerspace.chat.all_rooms import all_rooms
from peerspace.chat.rooms import close_room, create_room, open_room
from peerspace.community import rules, settings
from peerspace.community.danger import phrase_hits
from peerspace.community.danger_lists import LANGUAGES, setting_of, shipped
from peerspace.community.overview import newest_entries, newest_runs
from peerspace.forum.all_spaces import all_spaces
from peerspace.forum.staff import create_space
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Invalid, NotFound, PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext
from peerspace.moderation.words import PRIORITIES
from peerspace.web.community import admin_words
from peerspace.web.community.help_words import countries_by_name
from peerspace.web.community.setting_text import as_text, from_text, minutes_typed
from peerspace.web.glue import actor, reading, render, role_needed, see, shown_again, writing
from peerspace.web.health import parts

blueprint = Blueprint("admin", __name__)
Page = str | Response | tuple[str, int]
administrators = role_needed(Role.ADMINISTRATOR)


@blueprint.get("/admin")
@administrators
def overview() -> Page:
    """Does everything work, what ran, what was done: ids and enumerations only."""
    with reading() as uow:
        runs, audit = newest_runs(uow), newest_entries(uow)
    return render("admin/overview.html", parts=parts(), runs=runs, audit=audit, words=admin_words)


# --- People ------------------------------------------------------------------------------------------------------


@blueprint.get("/admin/people")
@administrators
def people() -> Page:
    """Find a person by name, and see their roles."""
    name = request.args.get("name", "").strip()
    if not name:
        return render("admin/people.html", **_person(None, ""))
    try:
        with reading() as uow:
            found = accounts.account_by_name(uow, name)
            return render("admin/people.html", **_person(uow, name, found.id))
    except NotFound as error:
        return shown_again("admin/people.html", error, **_person(None, name))


def _person(uow: UnitOfWork | None, name: str, account_id: int | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "name": name,
        "person": None,
        "held": [],
        "roles": [(role.value, gettext(ROLE_WORDS[role.value])) for role in Role],
        "training": admin_words.options(admin_words.TRAINING),
        "pay": admin_words.options(admin_words.PAY),
    }
    if uow is not None and account_id is not None:
        context["person"] = people_cards(uow, [account_id])[account_id]
        context["held"] = [
            (role.value, gettext(ROLE_WORDS[role.value])) for role in sorted(roles_of(uow, account_id))
        ]
    return context


@blueprint.post("/admin/people/roles")
@administrators
def change_role() -> Page:
    """Grant or end (`what`) a role of the person called `name`."""
    form = request.form
    name = form.get("name", "")
    try:
        role = Role(form.get("role", ""))
    except ValueError as error:
        raise BadRequest("choice_unknown") from error
    try:
        with writing() as uow:
            account_id = accounts.account_by_name(uow, name).id
            if form.get("what") == "end":
                accounts.end_role(uow, account_id, role)
            else:
                accounts.grant_role(
                    uow,
                    account_id,
                    role,
                    training=form.get("training", "not_recorded"),
                    pay=form.get("pay", "not_recorded"),
                )
    except PeerSpaceError as error:
        return shown_again("admin/people.html", error, **_person(None, name))
    return see("/admin/people", gettext("Done. It holds from now on and is in the record."))


@blueprint.post("/admin/people/link")
@administrators
def ask_for_link() -> Page:
    """Ask for a one-time link for the person called `name`; a second person agrees to it under /links."""
    name = request.form.get("name", "")
    account_id = None
    try:
        with writing() as uow:
            account_id = accounts.account_by_name(uow, name).id
            accounts.ask_for_link(uow, account_id, request.form.get("note"))
    except PeerSpaceError as error:
        with reading() as uow:
            context = _person(uow, name, account_id)
        return shown_again("admin/people.html", error, **context, note=request.form.get("note", ""))
    return see(
        url_for("links.overview"), gettext("You have asked. It needs a second person, who is told now.")
    )


# --- Spaces and rooms ----------------------------------------------------------------------------------------------


@blueprint.get("/admin/spaces")
@administrators
def spaces() -> Page:
    """All spaces, and a form for a new one."""
    return render("admin/spaces.html", **_spaces({}))


def _spaces(values: dict[str, str]) -> dict[str, Any]:
    with reading() as uow:
        lines = all_spaces(uow)
    return {
        "spaces": lines,
        "holds": admin_words.options(admin_words.HOLDS),
        "words": admin_words,
        "values": values,
    }


@blueprint.post("/admin/spaces")
@administrators
def new_space() -> Page:
    """Make a space."""
    values = {key: request.form.get(key, "") for key in ("slug", "name", "description", "hold_first_posts")}
    return _made(
        lambda uow: create_space(
            uow,
            values["slug"],
            values["name"],
            values["description"],
            hold_first_posts=values["hold_first_posts"] or "never",
        ),
        "admin/spaces.html",
        lambda: _spaces(values),
        "/admin/spaces",
    )


@blueprint.get("/admin/rooms")
@administrators
def rooms() -> Page:
    """All rooms with their state, and a form for a new one."""
    return render("admin/rooms.html", **_rooms({}))


def _rooms(values: dict[str, str]) -> dict[str, Any]:
    with reading() as uow:
        lines = all_rooms(uow)
    return {"rooms": [(line, line.state) for line in lines], "values": values, "words": admin_words}


@blueprint.post("/admin/rooms")
@administrators
def new_room() -> Page:
    """Make a room."""
    values = {key: request.form.get(key, "") for key in ("slug", "name", "description")}
    return _made(
        lambda uow: create_room(uow, values["slug"], values["name"], description=values["description"]),
        "admin/rooms.html",
        lambda: _rooms(values),
        "/admin/rooms",
    )


@blueprint.post("/admin/rooms/<slug>/<what>")
@administrators
def set_room(slug: str, what: str) -> Page:
    """Close a room, or take the closing back."""
    verbs = {"close": close_room, "open": open_room}
    if what not in verbs:
        raise NotFound("not_found")
    with writing() as uow:
        verbs[what](uow, room_by_slug(uow, slug).id)
    return see("/admin/rooms", gettext("Done."))


def _made(
    act: Callable[[UnitOfWork], object], template: str, context: Callable[[], dict[str, Any]], back: str
) -> Page:
    try:
        with writing() as uow:
            act(uow)
    except PeerSpaceError as error:
        return shown_again(template, error, **context())
    return see(back, gettext("It is there."))


# --- Rules and settings --------------------------------------------------------------------------------------------


@blueprint.get("/admin/rules")
@administrators
def rules_form() -> Page:
    """The rules in force as text, to be changed into the next version."""
    with reading() as uow:
        page = rules.rules_page(uow)
    return render(
        "admin/rules.html",
        version=page.version if page else 0,
        body=page.body if page else "",
        written_in=page.language if page else "",
    )


@blueprint.post("/admin/rules")
@administrators
def publish_rules() -> Page:
    """Publish the next version."""
    body, language = request.form.get("body", ""), request.form.get("language", "")
    try:
        written = rules.write_rules(actor(), body)
        with writing() as uow:
            row = rules.publish_rules(uow, written, language)
            number = row.number
    except Invalid as error:
        return shown_again("admin/rules.html", error, version=0, body=body, written_in=language)
    return see("/rules", gettext("Version %(number)s is in force.", number=number))


@blueprint.get("/admin/settings")
@administrators
def settings_form() -> Page:
    """Every setting with its value in force."""
    return render("admin/settings.html", **_settings({}))


def _settings(typed: dict[str, str]) -> dict[str, Any]:
    with reading() as uow:
        lines = settings.all_settings(uow)
        hits = phrase_hits(uow)
    lists = {line.setting.key: line.value for line in lines}
    shown = {
        line.setting.key: typed.get(line.setting.key, as_text(line.setting, line.value)) for line in lines
    }
    return {
        "lines": {line.setting.key: line for line in lines},
        "groups": admin_words.SETTING_GROUPS,
        "shown": shown,
        "minutes": {
            line.setting.key: minutes_typed(shown[line.setting.key])
            for line in lines
            if line.setting.shape == "minutes"
        },
        "danger": {
            setting_of(language): (
                shipped(language),
                sorted(
                    ((hits[one], one) for one in lists[setting_of(language)] if one in hits), reverse=True
                ),
            )
            for language in LANGUAGES
        },
        "words": admin_words,
        "priorities": PRIORITIES,
        "countries": countries_by_name(),
    }


@blueprint.post("/admin/settings/<key>")
@administrators
def set_setting(key: str) -> Page:
    """Set one setting; its history is kept."""
    form = request.form
    typed = form.get("value", "")
    if any(name in form for name in settings.TARGETS):
        typed = "\n".join(f"{name}: {form.get(name, '')}" for name in settings.TARGETS)
    try:
        with writing() as uow:
            settings.set_setting(uow, key, from_text(key, typed))
    except Invalid as error:
        return shown_again("admin/settings.html", error, about=key, **_settings({key: typed}))
    return see(f"/admin/settings#{key}", gettext("Saved. It holds from now on."))
