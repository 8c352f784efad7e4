"""People's roles and one-time links, in the hands of administrators. Its pages are on the blueprint of `admin`."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from peerspace.accounts import service as accounts
from peerspace.accounts.queries import ROLE_WORDS, people_cards, roles_of
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext
from peerspace.web.community import admin_words
from peerspace.web.community.admin import Page, administrators, blueprint
from peerspace.web.community.forms import LinkForm, RoleForm
from peerspace.web.glue import reading, render, see, shown_again, writing

__all__ = ["blueprint"]


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
        "typed": None,
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
    typed, account_id = RoleForm.read(request.form), None
    try:
        with writing() as uow:
            account_id = accounts.account_by_name(uow, typed.name).id
            if typed.what:
                accounts.end_role(uow, account_id, typed.role)
            else:
                accounts.grant_role(uow, account_id, typed.role, training=typed.training, pay=typed.pay)
    except PeerSpaceError as error:
        with reading() as uow:
            context = _person(uow, typed.name, account_id)
        return shown_again("admin/people.html", error, **(context | {"typed": typed}))
    return see("/admin/people", gettext("Done. It holds from now on and is in the record."))


@blueprint.post("/admin/people/link")
@administrators
def ask_for_link() -> Page:
    """Ask for a one-time link for the person called `name`; a second person agrees to it under /links."""
    typed, account_id = LinkForm.read(request.form), None
    try:
        with writing() as uow:
            account_id = accounts.account_by_name(uow, typed.name).id
            accounts.ask_for_link(uow, account_id, typed.note)
    except PeerSpaceError as error:
        with reading() as uow:
            context = _person(uow, typed.name, account_id)
        return shown_again("admin/people.html", error, **context, note=typed.note)
    return see(
        url_for("links.overview"), gettext("You have asked. It needs a second person, who is told now.")
    )
