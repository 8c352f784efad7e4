"""Signing in and out, and getting back in. Its pages are on the blueprint of `joining`."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.links import link_account, use_link
from peerspace.accounts.passphrases import check_new
from peerspace.accounts.sessions import open_session
from peerspace.kernel.errors import Invalid, PeerSpaceError
from peerspace.kernel.offload import run_off_loop
from peerspace.kernel.wording import gettext as _
from peerspace.web import sessions
from peerspace.web.accounts.forms import PassphraseForm, RecoverForm, SignInForm
from peerspace.web.accounts.joining import Page, blueprint
from peerspace.web.accounts.sign_in_origin import know_this_device, sign_in_origin
from peerspace.web.glue import (
    actor,
    anyone,
    limited,
    local_path,
    reading,
    render,
    running,
    see,
    shown_again,
    viewer,
    writing,
)

__all__ = ["blueprint"]


SHOWN = 100
"""So much of a name is shown again: longer than any that there is."""


@blueprint.get("/sign-in")
@anyone
def sign_in() -> Page:
    """The sign-in form."""
    target = local_path(request.args.get("next"), "")
    if viewer() is not None:
        return redirect(target or sessions.home(viewer()), code=303)
    return render("accounts/sign_in.html", values={"name": ""}, next=target)


@blueprint.post("/sign-in")
@anyone
@limited("30 per minute; 200 per hour")
def sign_in_post() -> Page:
    """Sign in with `name` and `passphrase`, then on to `next`, or to where the person belongs."""
    services, typed = running(), SignInForm.read(request.form)
    target = local_path(typed.next, "")
    try:
        secret = service.sign_in(
            services.database,
            services.passphrases,
            actor(),
            typed.name,
            typed.passphrase,
            sign_in_origin(typed.name),
        )
    except PeerSpaceError as error:
        return shown_again("accounts/sign_in.html", error, values={"name": typed.name[:SHOWN]}, next=target)
    sessions.remember(secret)
    answer = redirect(target or sessions.home(sessions.look_up(secret)), code=303)
    return know_this_device(answer, typed.name)


@blueprint.post("/sign-out")
@anyone
def sign_out() -> Response:
    """End this browser's session; its sockets close. The browser forgets it even while the database is away."""
    try:
        if viewer() is not None:
            with writing() as uow:
                service.sign_out(uow)
    finally:
        sessions.forget()
    answer = see("/")
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.get("/recover")
@anyone
def recover() -> Page:
    """The form to get back in with a recovery code."""
    return render("accounts/recover.html", values={})


@blueprint.post("/recover")
@anyone
@limited("10 per minute; 60 per hour")
def recover_post() -> Page:
    """Set a new passphrase with a recovery code."""
    services, typed = running(), RecoverForm.read(request.form)
    try:
        secret = service.recover(
            services.database, services.passphrases, actor(), typed.name, typed.code, typed.new
        )
    except PeerSpaceError as error:
        return shown_again("accounts/recover.html", error, values={"name": typed.name[:SHOWN]})
    sessions.remember(secret)
    answer = see("/my/settings", _("You are back in. Every other browser was signed out."))
    return know_this_device(answer, typed.name)


@blueprint.get("/link/<token>")
@anyone
def link(token: str) -> Page:
    """A one-time link: choose a passphrase. Opening the page does not use the link."""
    with reading() as uow:
        name = link_account(uow, token).pseudonym
    return render("accounts/link.html", token=token, name=name)


@blueprint.post("/link/<token>")
@anyone
@limited("10 per minute")
def link_post(token: str) -> Page:
    """Use the link."""
    with reading() as uow:
        name = link_account(uow, token).pseudonym
    try:
        checked = check_new(PassphraseForm.read(request.form).new, name, field="new")
    except Invalid as error:
        return shown_again("accounts/link.html", error, token=token, name=name)
    hashed = run_off_loop(running().passphrases.hash, checked)
    with writing() as uow:
        secret = open_session(uow, use_link(uow, token, hashed).id)
    sessions.remember(secret)
    return know_this_device(redirect(sessions.home(sessions.look_up(secret)), code=303), name)
