"""Where somebody stands who is not in yet. Its pages are on the blueprint of `joining`."""

from __future__ import annotations

from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.own import OwnStatus, account_status, newest_step
from peerspace.community.danger import danger_in, lists_in_force, look_for_danger, note_danger
from peerspace.community.settings import get_setting
from peerspace.kernel.errors import Invalid
from peerspace.kernel.wording import gettext as _
from peerspace.moderation.worried import SafetyLine, words_with
from peerspace.web import sessions
from peerspace.web.accounts.joining import Page, blueprint
from peerspace.web.community.help_now import lines_to_offer, own_country
from peerspace.web.glue import (
    actor,
    known,
    limited,
    reading,
    render,
    running,
    see,
    shown_again,
    viewer,
    writing,
)

__all__ = ["blueprint"]


@blueprint.get("/waiting")
@known
def waiting() -> Page:
    """Where somebody stands who is not in: how long it takes, what was asked, why not."""
    reader = viewer()
    if reader is not None and reader.is_active:
        return redirect(sessions.home(reader), code=303)
    return render("accounts/waiting.html", **_waiting_context())


@blueprint.get("/waiting/news")
@known
def waiting_news() -> Response:
    """How things stand, for the page's script: `{"stands"}` differs once something happened."""
    with reading() as uow:
        return jsonify(stands=_stands(account_status(uow), words_with(uow, uow.actor.require_account())))


def _stands(mine: OwnStatus, written: list[SafetyLine]) -> str:
    return f"{mine.status}-{len(mine.steps)}-{len(written)}"


@blueprint.post("/waiting")
@known
@limited("20 per hour")
def waiting_post() -> Page:
    """Answer a supervisor's question."""
    words = request.form.get("words", "")
    danger = look_for_danger(running().database, actor(), words)
    try:
        with writing() as uow:
            account = service.answer(uow, words)
            note_danger(uow, danger, "admission", newest_step(uow, account.id), account.id)
    except Invalid as error:
        return shown_again("accounts/waiting.html", error, values={"words": words}, **_waiting_context())
    return see("/waiting", _("Thank you. Your answer is with the supervisors."))


def _waiting_context() -> dict[str, object]:
    with reading() as uow:
        mine = account_status(uow)
        said = "\n".join(step.words for step in mine.steps if not step.staff)
        written = words_with(uow, uow.actor.require_account())
        context = {
            "account_status": mine,
            "stands": _stands(mine, written),
            "written": any(not line.theirs for line in written),
            "hours": get_setting(uow, "admission_hours"),
            "urgent": bool(danger_in(said, lists_in_force(uow))),
            "contact": get_setting(uow, "contact"),
        }
    return {**context, "help": lines_to_offer(own_country())}
