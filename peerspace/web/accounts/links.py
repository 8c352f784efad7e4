"""One-time links that were asked for: agreed to by a second person, shown once, or stopped."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from peerspace.accounts import service
from peerspace.accounts.models import MAY_AGREE
from peerspace.accounts.queries import link_requests
from peerspace.kernel.actor import Role
from peerspace.kernel.wording import gettext
from peerspace.web.glue import reading, render, role_needed, running, see, with_account, writing

blueprint = Blueprint("links", __name__)
Page = str | Response | tuple[str, int]
staff = role_needed(*MAY_AGREE)


@blueprint.get("/links")
@staff
def overview() -> Page:
    """Every open request."""
    return _page()


def _page(link: str = "") -> Page:
    with reading() as uow:
        return render("accounts/links.html", requests=link_requests(uow), link=link)


@blueprint.post("/links/<public_id>/agree")
@staff
def agree(public_id: str) -> Page:
    """Be the second person."""
    with writing() as uow:
        service.agree_to_link(uow, public_id)
    return see(url_for("links.overview"), gettext("You have agreed. Whoever asked can see the link once."))


@blueprint.post("/links/<public_id>/take")
@role_needed(Role.ADMINISTRATOR)
def take(public_id: str) -> Page:
    """Make the link and show it, this once."""
    with writing() as uow:
        token = service.take_link(uow, public_id)
    return _page(f"{running().config.base_url}{url_for('accounts.link', token=token)}")


@blueprint.post("/links/<public_id>/stop")
@with_account
def stop(public_id: str) -> Page:
    """Stop a request: staff, or the person it is for, who comes from their own data."""
    with writing() as uow:
        service.refuse_link(uow, public_id)
        is_staff = bool(uow.actor.roles & set(MAY_AGREE))
    return see(url_for("links.overview") if is_staff else "/my/data#looked", gettext("It is stopped."))
