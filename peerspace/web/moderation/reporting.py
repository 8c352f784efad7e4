"""What members do: report, follow their reports, answer a supervisor who wrote to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from peerspace.community.danger import look_for_danger
from peerspace.kernel.errors import Invalid
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.wording import gettext
from peerspace.moderation import own, reports, words, worried
from peerspace.moderation.reasons import BY_KEY, REASONS
from peerspace.moderation.targets import load_target
from peerspace.web.care import care_for
from peerspace.web.community.help_now import lines_to_offer, own_country
from peerspace.web.glue import (
    actor,
    field_sentences,
    known,
    limited,
    reading,
    render,
    running,
    see,
    signed_in,
    writing,
)
from peerspace.web.moderation.forms import AnswerForm, ReportForm

blueprint = Blueprint("moderation", __name__)


@blueprint.get("/report/<kind>/<public_id>")
@signed_in
def report_form(kind: str, public_id: str) -> Any:
    """The form to report a post, a message or a member."""
    return _report_page(kind, public_id, ReportForm(reason=request.args.get("reason", "")))


@blueprint.post("/report/<kind>/<public_id>")
@signed_in
@limited("20 per hour")
def report(kind: str, public_id: str) -> Any:
    """Take a report; the same form sent twice makes one."""
    typed = ReportForm.read(request.form)
    danger = look_for_danger(running().database, actor(), typed.words)
    try:
        with writing() as uow:
            made = reports.report(
                uow,
                kind,
                public_id,
                reason=typed.reason,
                words=typed.words,
                client_id=typed.client_id,
                danger=danger,
            )
            public = made.public_id
    except Invalid as problem:
        return _report_page(kind, public_id, typed, problem), problem.status
    return see(
        url_for("moderation.my_reports", care=public if danger else None),
        gettext("Thank you for telling us. A person will look at it."),
    )


def _report_page(kind: str, public_id: str, typed: ReportForm, problem: Invalid | None = None) -> str:
    with reading() as uow:
        target = load_target(uow, kind, public_id)
    return render(
        "moderation/report.html",
        target=target,
        reasons=REASONS,
        typed=typed,
        errors=field_sentences(problem) if problem else {},
        form_id=typed.client_id or new_client_id(),
    )


@blueprint.get("/my/reports")
@known
def my_reports() -> Any:
    """What the member reported, and decisions about them."""
    with reading() as uow:
        mine, decided = own.my_reports(uow), own.my_decisions(uow)
    return render(
        "moderation/my_reports.html",
        reports=mine,
        decisions=decided,
        labels={key: reason.label for key, reason in BY_KEY.items()},
        words=words,
        care=care_for({one.public_id for one in mine}),
    )


@blueprint.get("/my/contact")
@known
def contact() -> Any:
    """What a supervisor wrote to the reader because somebody was worried, and a form to answer."""
    return _contact_page(AnswerForm())


@blueprint.post("/my/contact")
@known
@limited("30 per hour")
def answer_contact() -> Any:
    """Answer; the same form sent twice makes one answer."""
    typed = AnswerForm.read(request.form)
    danger = look_for_danger(running().database, actor(), typed.words)
    try:
        with writing() as uow:
            made = worried.reply_to_staff(uow, typed.words, client_id=typed.client_id, danger=danger)
            public = made.public_id
    except Invalid as problem:
        return _contact_page(typed, problem), problem.status
    return see(
        url_for("moderation.contact", care=public if danger else None),
        gettext("Your answer is with the supervisors."),
    )


def _contact_page(typed: AnswerForm, problem: Invalid | None = None) -> str:
    with reading() as uow:
        said = worried.words_with(uow, uow.actor.require_account())
    return render(
        "moderation/contact.html",
        said=said,
        care=care_for({line.public_id for line in said if line.theirs}),
        help=lines_to_offer(own_country()),
        typed=typed,
        errors=field_sentences(problem) if problem else {},
        form_id=typed.client_id or new_client_id(),
    )
