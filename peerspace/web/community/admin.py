"""Running the place: whether everything works, the rules, the settings. People and places stand beside it.

An administrator reads nothing private by that role: no posts, no messages, no member files.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from peerspace.community import rules, settings
from peerspace.community.danger import phrase_hits
from peerspace.community.danger_lists import LANGUAGES, setting_of, shipped
from peerspace.community.overview import newest_entries, newest_runs
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid
from peerspace.kernel.wording import gettext
from peerspace.moderation.words import PRIORITIES
from peerspace.web.community import admin_words
from peerspace.web.community.forms import RulesForm, typed_setting
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
    typed = RulesForm.read(request.form)
    try:
        written = rules.write_rules(actor(), typed.body)
        with writing() as uow:
            row = rules.publish_rules(uow, written, typed.language)
            number = row.number
    except Invalid as error:
        return shown_again("admin/rules.html", error, version=0, body=typed.body, written_in=typed.language)
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
        "groups": [
            (group.label, [line.setting.key for line in lines if line.setting.group is group])
            for group in settings.SettingGroup
        ],
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
    typed = typed_setting(request.form)
    try:
        with writing() as uow:
            settings.set_setting(uow, key, from_text(settings.setting_named(uow, key), typed))
    except Invalid as error:
        return shown_again("admin/settings.html", error, about=key, **_settings({key: typed}))
    return see(f"/admin/settings#{key}", gettext("Saved. It holds from now on."))
