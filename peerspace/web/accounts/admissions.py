"""The door as supervisors see it, and members' files (opened on record: invariant 8)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.access import person_for_staff
from peerspace.accounts.admissions import open_member_file, waiting_people
from peerspace.accounts.models import Account
from peerspace.accounts.queries import people_cards
from peerspace.community.danger import danger_in, danger_in_name, lists_in_force
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Invalid
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext
from peerspace.web.accounts.forms import AdmissionForm
from peerspace.web.glue import reading, render, role_needed, see, shown_again, writing

blueprint = Blueprint("admissions", __name__)
Page = str | Response | tuple[str, int]
supervisors = role_needed(Role.SUPERVISOR)
VERBS: dict[str, Callable[[UnitOfWork, str, object], Account]] = {
    "admit": service.admit,
    "ask": service.ask,
    "decline": service.decline,
}
SAID = {
    "admit": N_("They are in."),
    "ask": N_("Your question is with them."),
    "decline": N_("They are told, with your reason."),
}


@blueprint.get("/admissions")
@supervisors
def admissions() -> Page:
    """Everybody who waits to be let in."""
    return render("accounts/admissions.html", people=_people(), values={})


def _people() -> list[object]:
    with reading() as uow:
        lists = lists_in_force(uow)
        return list(
            waiting_people(uow, lambda name, words: danger_in(words, lists) or danger_in_name(name, lists))
        )


@blueprint.post("/admissions/<public_id>")
@supervisors
def decide(public_id: str) -> Page:
    """Admit, ask or decline (`what`), with `words` to the person."""
    typed = AdmissionForm.read(request.form)
    if typed.what not in VERBS:
        raise BadRequest("choice_unknown")
    try:
        with writing() as uow:
            VERBS[typed.what](uow, public_id, typed.words)
    except Invalid as error:
        values = {public_id: typed.words}
        return shown_again(
            "accounts/admissions.html", error, people=_people(), values=values, about=public_id
        )
    return see("/admissions", gettext(SAID[typed.what]))


@blueprint.get("/members/<public_id>")
@supervisors
def member(public_id: str) -> Page:
    """The cover of a member's file: says that opening it is logged."""
    with reading() as uow:
        account = person_for_staff(uow, public_id)
        person = people_cards(uow, [account.id])[account.id]
    return render("accounts/member_cover.html", person=person)


@blueprint.post("/members/<public_id>")
@supervisors
def member_file(public_id: str) -> Page:
    """Open the file: the look is written down before anything is shown, and the member can see it."""
    with writing() as uow:
        opened = open_member_file(uow, public_id)
    return render("accounts/member_file.html", file=opened)
