"""Reporting, the desk, decisions, and the member's own reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request, url_for

from peerspace.community.danger import look_for_danger
from peerspace.community.settings import get_setting
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.wording import N_, gettext
from peerspace.moderation import decisions, desk, queries, reports, words, worried
from peerspace.moderation.reasons import BY_KEY, REASONS
from peerspace.moderation.targets import load_target
from peerspace.web.care import care_for
from peerspace.web.community.help_now import home_country, lines_to_offer, own_country
from peerspace.web.glue import (
    actor,
    field_sentences,
    known,
    limited,
    reading,
    render,
    role_needed,
    running,
    see,
    signed_in,
    writing,
)

blueprint = Blueprint("moderation", __name__)
SEEN = N_("It is noted that you have seen it.")
DECIDED = N_("It is decided. The reason is with the member.")
NOTED = N_("It is noted, with the time.")
WRITTEN = N_("It is in their inbox. When they answer, the item comes back to the desk.")


@blueprint.get("/report/<kind>/<public_id>")
@signed_in
def report_form(kind: str, public_id: str) -> Any:
    """The form to report a post, a message or a member."""
    return _report_page(kind, public_id, {"reason": request.args.get("reason", "")}, {})


@blueprint.post("/report/<kind>/<public_id>")
@signed_in
@limited("20 per hour")
def report(kind: str, public_id: str) -> Any:
    """Take a report; the same form sent twice makes one."""
    typed = request.form
    danger = look_for_danger(running().database, actor(), typed.get("words"))
    try:
        with writing() as uow:
            made = reports.report(
                uow,
                kind,
                public_id,
                reason=typed.get("reason"),
                words=typed.get("words", ""),
                client_id=typed.get("client_id"),
                danger=danger,
            )
            public = made.public_id
    except Invalid as problem:
        return _report_page(kind, public_id, typed, field_sentences(problem)), problem.status
    return see(
        url_for("moderation.my_reports", care=public if danger else None),
        gettext("Thank you for telling us. A person will look at it."),
    )


def _report_page(kind: str, public_id: str, typed: Any, errors: dict[str, str]) -> str:
    with reading() as uow:
        target = load_target(uow, kind, public_id)
    return render(
        "moderation/report.html",
        target=target,
        reasons=REASONS,
        typed=typed,
        errors=errors,
        form_id=typed.get("client_id") or new_client_id(),
    )


@blueprint.get("/my/reports")
@known
def my_reports() -> Any:
    """What the member reported, and decisions about them."""
    with reading() as uow:
        mine, decided = queries.my_reports(uow), queries.my_decisions(uow)
    return render(
        "moderation/my_reports.html",
        reports=mine,
        decisions=decided,
        labels={key: reason.label for key, reason in BY_KEY.items()},
        words=words,
        care=care_for({one.public_id for one in mine}),
    )


@blueprint.get("/desk")
@role_needed(Role.SUPERVISOR)
def queue() -> Any:
    """The one queue, most urgent first."""
    view = request.args.get("view", "unclaimed")
    with reading() as uow:
        page = queries.desk(uow, view, request.args.get("page", 1, type=int))
        targets = get_setting(uow, "response_targets")
        return render("moderation/desk.html", desk=page, words=words, targets=targets)


@blueprint.get("/desk/items/<public_id>")
@role_needed(Role.SUPERVISOR)
def item(public_id: str) -> Any:
    """One item: what was told, the evidence, and what can be decided."""
    return _item_page(public_id, {}, {})


@blueprint.post("/desk/items/<public_id>/open")
@role_needed(Role.SUPERVISOR)
def open_evidence(public_id: str) -> Any:
    """Show what was kept with an item; the look is written down."""
    with writing() as uow:
        desk.open_evidence(uow, public_id)
    return _item_page(public_id, {}, {}, opened=True)


def _item_page(public_id: str, typed: Any, errors: dict[str, str], *, opened: bool = False) -> str:
    with reading() as uow:
        page = queries.item_page(uow, public_id)
        choices = decisions.choices_for(uow, desk.load_item(uow, public_id))
        beside = queries.desk(uow, _view(page))
        safeguarding = get_setting(uow, "safeguarding_contact")
    asked = request.args.get("country", "").strip().upper()
    return render(
        "moderation/item.html",
        page=page,
        choices=choices,
        typed=typed,
        errors=errors,
        labels={key: reason.label for key, reason in BY_KEY.items()},
        words=words,
        outcomes=worried.OUTCOMES,
        safeguarding=safeguarding,
        help=lines_to_offer(asked or home_country()),
        form_id=typed.get("client_id") or new_client_id(),
        desk=beside,
        opened=opened,
        may_read=opened or (page.mine and page.item.is_open),
    )


def _view(page: queries.ItemPage) -> str:
    """Which part of the queue stands beside an item: the one it was opened from, else where it is found."""
    asked = request.args.get("view", "")
    return asked if asked in queries.VIEWS else "mine" if page.mine and page.item.is_open else "unclaimed"


def _version() -> int:
    version = request.form.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        abort(400)
    return int(version)


@blueprint.post("/desk/items/<public_id>/claim")
@role_needed(Role.SUPERVISOR)
def claim(public_id: str) -> Any:
    """Take the item."""
    return _step(public_id, lambda uow, version: desk.claim(uow, public_id, version))


@blueprint.post("/desk/items/<public_id>/seen")
@role_needed(Role.SUPERVISOR)
def seen(public_id: str) -> Any:
    """What stands already was read, and nothing has to be decided."""
    return _step(public_id, lambda uow, version: desk.seen(uow, public_id, version), SEEN)


@blueprint.post("/desk/items/<public_id>/let-go")
@role_needed(Role.SUPERVISOR)
def let_go(public_id: str) -> Any:
    """Hand the item back, with a note."""
    note = request.form.get("note", "")
    return _step(public_id, lambda uow, version: desk.let_go(uow, public_id, version, note))


@blueprint.post("/desk/items/<public_id>/note")
@role_needed(Role.SUPERVISOR)
def note(public_id: str) -> Any:
    """Add a note for the other supervisors."""
    typed = request.form.get("note", "")
    return _step(public_id, lambda uow, version: desk.add_note(uow, public_id, version, typed))


@blueprint.post("/desk/items/<public_id>/decide")
@role_needed(Role.SUPERVISOR)
def decide(public_id: str) -> Any:
    """Decide, with the reason the member reads."""
    typed = request.form

    def act(uow: Any, version: int) -> None:
        decisions.decide(
            uow,
            public_id,
            version,
            kind=typed.get("kind"),
            reason=typed.get("reason", ""),
            rule_ref=typed.get("rule_ref", ""),
            days=typed.get("days", ""),
            to_reporters=typed.get("to_reporters", ""),
        )

    return _step(public_id, act, DECIDED)


@blueprint.post("/desk/items/<public_id>/worried")
@role_needed(Role.SUPERVISOR)
def worried_step(public_id: str) -> Any:
    """Note what was done for a person somebody is worried about."""
    typed = request.form

    def act(uow: Any, version: int) -> None:
        worried.take_step(
            uow,
            public_id,
            version,
            kind=typed.get("step"),
            note=typed.get("step_note", ""),
            closes=typed.get("closes") == "yes",
        )

    return _step(public_id, act, NOTED)


@blueprint.post("/desk/items/<public_id>/write")
@role_needed(Role.SUPERVISOR)
@limited("60 per hour")
def write_to_person(public_id: str) -> Any:
    """Write to a person somebody is worried about."""
    typed = request.form

    def act(uow: Any, version: int) -> None:
        worried.write_to_person(
            uow, public_id, version, typed.get("words", ""), client_id=typed.get("client_id")
        )

    return _step(public_id, act, WRITTEN)


@blueprint.get("/my/contact")
@known
def contact() -> Any:
    """What a supervisor wrote to the reader because somebody was worried, and a form to answer."""
    return _contact_page({}, {})


@blueprint.post("/my/contact")
@known
@limited("30 per hour")
def answer_contact() -> Any:
    """Answer; the same form sent twice makes one answer."""
    typed = request.form
    danger = look_for_danger(running().database, actor(), typed.get("words"))
    try:
        with writing() as uow:
            made = worried.reply_to_staff(
                uow, typed.get("words", ""), client_id=typed.get("client_id"), danger=danger
            )
            public = made.public_id
    except Invalid as problem:
        return _contact_page(typed, field_sentences(problem)), problem.status
    return see(
        url_for("moderation.contact", care=public if danger else None),
        gettext("Your answer is with the supervisors."),
    )


def _contact_page(typed: Any, errors: dict[str, str]) -> str:
    with reading() as uow:
        said = worried.words_with(uow, uow.actor.require_account())
    return render(
        "moderation/contact.html",
        said=said,
        care=care_for({line.public_id for line in said if line.theirs}),
        help=lines_to_offer(own_country()),
        typed=typed,
        errors=errors,
        form_id=typed.get("client_id") or new_client_id(),
    )


def _step(public_id: str, act: Any, said: str = "") -> Any:
    """One change of an item under its version; what was typed is kept when it cannot be taken."""
    version = _version()
    try:
        with writing() as uow:
            act(uow, version)
    except (Invalid, Conflict) as problem:
        return _item_page(public_id, request.form, field_sentences(problem)), problem.status
    return see(url_for("moderation.item", public_id=public_id), gettext(said))
