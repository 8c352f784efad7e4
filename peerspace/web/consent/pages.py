"""Consent to research: the questions, both ways out, receipts. Works without script; refusing changes nothing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from peerspace.consent import queries, service
from peerspace.consent.receipts import verify_receipt
from peerspace.consent.scopes import BY_NAME
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.wording import gettext as _
from peerspace.web.community.help_words import language_name
from peerspace.web.consent.forms import ChoiceForm, EraseForm, shown_from, shown_or_not
from peerspace.web.glue import (
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

blueprint = Blueprint("consent", __name__)


@blueprint.get("/my/consent")
@known
def page() -> Any:
    """What is asked, and how it stands."""
    return _page()


@blueprint.post("/my/consent")
@signed_in
@limited("60 per hour")
def choose() -> Any:
    """Make the ticked questions what stands; the same form sent twice records nothing more.

    A form from before other choices records nothing: what stands now is shown, with what was ticked.
    """
    typed, shown = ChoiceForm.read(request.form), shown_from(request.form)
    _count_what_was_read()
    try:
        with writing() as uow:
            made = service.choose(
                uow,
                list(typed.ticked),
                shown=shown,
                old_enough=typed.age,
                min_age=running().config.research_min_age,
            )
    except (Invalid, Conflict) as problem:
        return _page(typed, problem), problem.status
    words = _("Your choice is recorded.") if made.records else _("Nothing changed.")
    return see(url_for("consent.page"), words)


@blueprint.post("/my/consent/decline")
@signed_in
def decline() -> Any:
    """No to everything that was not answered yet; it is not asked again."""
    with writing() as uow:
        service.decline(uow, shown=shown_or_not(request.form))
    return see(
        url_for("consent.page"), _("Thank you. You will not be asked again, and nothing else changes.")
    )


@blueprint.post("/my/consent/renew")
@signed_in
def renew() -> Any:
    """Say again what stands already."""
    shown = shown_from(request.form)
    _count_what_was_read()
    try:
        with writing() as uow:
            made = service.renew(uow, shown=shown, old_enough=True)
    except Conflict as problem:
        return _page(None, problem), problem.status
    if not made.records:
        return see(url_for("consent.page"), _("Nothing stands that could be renewed."))
    return see(url_for("consent.page"), _("Your yes is renewed."))


@blueprint.post("/my/consent/stop")
@known
def stop() -> Any:
    """Stop, and keep what is there. No form is too old for that: a no needs no second press."""
    _count_what_was_read()
    with writing() as uow:
        service.stop(uow, shown=shown_or_not(request.form))
    return see(url_for("consent.page"), _("Nothing more is counted. What was counted is kept and not used."))


@blueprint.get("/my/consent/erase")
@known
def ask_erase() -> Any:
    """Ask once more before everything goes."""
    return _erase_page()


@blueprint.post("/my/consent/erase")
@known
def erase() -> Any:
    """Stop, and erase everything that was counted, at once."""
    if not EraseForm.read(request.form).sure:
        problem = Invalid(fields={"sure": "consent_confirm_erase"})
        return _erase_page(problem), problem.status
    try:
        with writing() as uow:
            service.stop_and_erase(uow, shown=shown_or_not(request.form))
    except Conflict as newer:
        return _erase_page(newer), newer.status
    return see(url_for("consent.page"), _("Everything that was counted about you is erased."))


@blueprint.get("/my/consent/receipts/<record_id>")
@known
def receipt(record_id: str) -> Any:
    """A receipt to read and print."""
    with reading() as uow:
        kept = queries.my_receipt(uow, record_id)
        notice = queries.my_receipt_notice(uow, record_id)
        notice_html = notice.body_html
    # A receipt of schema 1 does not say how it was asked; it was made when all this was in English.
    asked = {name: {"language": "en", "title": BY_NAME[name].title} for name in kept["scopes"]}
    return render(
        "consent/receipt.html",
        receipt=kept,
        at=datetime.fromisoformat(kept["time"]),
        words=queries.event_words(kept["event"]),
        asked=asked | kept.get("questions", {}),
        answers={name: queries.event_words(said) for name, said in kept.get("answers", {}).items()},
        terms_language=kept.get("language", "en"),
        notice_html=notice_html,
        notice_language=language_name(kept["notice"]["language"]),
        fits=verify_receipt(kept),
    )


@blueprint.get("/my/consent/receipts/<record_id>.json")
@known
def receipt_json(record_id: str) -> Any:
    """The same as a file."""
    with reading() as uow:
        kept = queries.my_receipt(uow, record_id)
    return Response(
        json.dumps(kept, indent=2, ensure_ascii=False) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="consent-receipt-{record_id}.json"'},
    )


def _page(typed: ChoiceForm | None = None, problem: Invalid | Conflict | None = None) -> str:
    with reading() as uow:
        view = queries.consent_view(uow)
    return render(
        "consent/page.html",
        view=view,
        notice_in=language_name(view.notice_language),
        ticked=view.in_force if typed is None else set(typed.ticked),
        min_age=running().config.research_min_age,
        # Said anew for every yes: kept where a form comes back for another reason, never ticked beforehand.
        old_enough=isinstance(problem, Invalid) and typed is not None and typed.age,
        moved_on=problem is not None and problem.key == "consent_changed_meanwhile",
        errors=field_sentences(problem) if problem else {},
    )


def _erase_page(problem: Invalid | Conflict | None = None) -> str:
    with reading() as uow:
        state = queries.form_state(uow)
    return render(
        "consent/erase.html",
        state=state,
        sure=isinstance(problem, Conflict),
        errors=field_sentences(problem) if problem else {},
    )


def _count_what_was_read() -> None:
    """Write the pages that were read before a choice under what stood then: nothing is added after a no."""
    running().reads.flush()
