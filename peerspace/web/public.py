"""Pages for everyone."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from peerspace.chat.all_rooms import open_now
from peerspace.community.rules import rules_page, rules_versions
from peerspace.community.settings import get_setting
from peerspace.kernel.wording import spoken
from peerspace.moderation.transparency import transparency_report
from peerspace.web.community.help_now import help_page
from peerspace.web.community.help_words import language_name
from peerspace.web.glue import anyone, reading, render, viewer
from peerspace.web.sessions import home

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@anyone
def welcome() -> str | Response:
    """What this is and who is here; people who have signed in go on to today."""
    reader = viewer()
    if reader is not None:
        return redirect(home(reader), code=303)
    with reading() as uow:
        return render("public/welcome.html", pulse=open_now(uow), hours=get_setting(uow, "opening_hours"))


@blueprint.get("/help-now")
@anyone
def help_now() -> str:
    """Lines answered by people. Needs no database and waits for none (invariant 12)."""
    return help_page()


@blueprint.get("/about-research")
@anyone
def about_research() -> str:
    """What research happens here, and that it changes nothing about support."""
    return render("public/about_research.html")


@blueprint.get("/accessibility")
@anyone
def accessibility() -> str:
    """What works, what does not yet, whom to tell."""
    with reading() as uow:
        return render("public/accessibility.html", contact=get_setting(uow, "contact"))


@blueprint.get("/privacy")
@anyone
def privacy() -> str:
    """What is kept and why, in plain words."""
    with reading() as uow:
        return render("public/privacy.html", contact=get_setting(uow, "contact"))


@blueprint.get("/rules")
@anyone
def rules() -> str:
    """The rules in force, or an earlier version (`?version=N`), and what changed when (invariant 13)."""
    number = request.args.get("version", type=int)
    with reading() as uow:
        page = rules_page(uow, number, language=spoken().code)
        return render(
            "public/rules.html",
            rules=page,
            text_language=language_name(page.language) if page and page.language else "",
            versions=rules_versions(uow),
            contact=get_setting(uow, "contact"),
        )


@blueprint.get("/transparency")
@anyone
def transparency() -> str:
    """What was reported and decided in the last twelve months; counts under ten are not shown."""
    with reading() as uow:
        return render("public/transparency.html", report=transparency_report(uow))
