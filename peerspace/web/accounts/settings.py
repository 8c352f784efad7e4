"""A person's own settings: passphrase, recovery codes, sessions, blocks. How pages look is chosen at `/look`."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.blocks import block_choice
from peerspace.accounts.own import my_settings
from peerspace.accounts.recovery import codes_left, had_codes
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.wording import gettext as _
from peerspace.web import sessions
from peerspace.web.accounts.forms import PassphraseForm
from peerspace.web.glue import (
    actor,
    known,
    limited,
    local_path,
    reading,
    render,
    running,
    see,
    shown_again,
    signed_in,
    with_account,
    writing,
)

blueprint = Blueprint("settings", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/my/settings")
@with_account
def settings() -> Page:
    """Everything a person sets for themselves."""
    return render("accounts/settings.html", **_context())


def _context() -> dict[str, object]:
    with reading() as uow:
        return {"mine": my_settings(uow)}


@blueprint.post("/my/settings/passphrase")
@with_account
@limited("10 per hour")
def passphrase() -> Page:
    """Change the passphrase; every other browser is signed out."""
    services, typed = running(), PassphraseForm.read(request.form)
    try:
        secret = service.change_passphrase(
            services.database, services.passphrases, actor(), typed.old, typed.new
        )
    except PeerSpaceError as error:
        return shown_again("accounts/settings.html", error, **_context())
    sessions.remember(secret)
    return see("/my/settings", _("Your passphrase is changed. Every other browser was signed out."))


@blueprint.post("/my/settings/sessions/<int(max=2147483647):session_id>/end")
@with_account
def end_one(session_id: int) -> Page:
    """Sign one browser out."""
    who = actor()
    with writing() as uow:
        service.end_session(uow, who.require_account(), session_id, "ended_by_owner")
    if session_id == who.session_id:
        sessions.forget()
        return see("/")
    return see("/my/settings", _("That browser is signed out."))


@blueprint.post("/my/settings/sessions/end")
@with_account
def end_others() -> Page:
    """Sign every other browser out."""
    with writing() as uow:
        service.sign_out_everywhere(uow, but_here=True)
    return see("/my/settings", _("Every other browser is signed out."))


@blueprint.get("/my/codes")
@known
def codes() -> Page:
    """What recovery codes are for, and a button that shows new ones."""
    return render("accounts/codes.html", codes=None, **_codes_context())


@blueprint.post("/my/codes")
@known
@limited("20 per hour")
def new_codes() -> Page:
    """Make new codes and show them, this once: they are kept as hashes only, so there is nothing to go and see."""
    services = running()
    try:
        made = service.renew_codes(
            services.database, services.passphrases, actor(), request.form.get("passphrase")
        )
    except PeerSpaceError as error:
        return shown_again("accounts/codes.html", error, codes=None, **_codes_context())
    return render("accounts/codes.html", codes=made, **_codes_context())


def _codes_context() -> dict[str, object]:
    with reading() as uow:
        me = uow.actor.require_account()
        return {"left": codes_left(uow, me), "had": had_codes(uow, me)}


@blueprint.get("/members/<public_id>/block")
@signed_in
def block_page(public_id: str) -> Page:
    """Say what a block does, and what the other person sees, before it is made."""
    with reading() as uow:
        choice = block_choice(uow, public_id)
    back = local_path(request.args.get("back"), "/today")
    return render("accounts/block.html", person=choice.person, is_blocked=choice.is_blocked, back=back)


@blueprint.post("/members/<public_id>/block")
@signed_in
def block(public_id: str) -> Page:
    """Block somebody, from now on and everywhere."""
    with writing() as uow:
        service.block(uow, public_id)
    return see(local_path(request.form.get("back"), "/today"), _("Blocked. They are not told."))


@blueprint.post("/members/<public_id>/unblock")
@signed_in
def unblock(public_id: str) -> Page:
    """Lift a block."""
    with writing() as uow:
        service.unblock(uow, public_id)
    return redirect(local_path(request.form.get("back"), "/my/settings"), code=303)
