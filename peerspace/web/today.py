"""Today: what is open now, who is there, what is new. It ends; there is no feed."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from peerspace.accounts.own import welcome_of
from peerspace.chat.queries import rooms_now
from peerspace.community.settings import get_setting
from peerspace.consent.queries import ask_now
from peerspace.forum.latest import threads_for_today
from peerspace.kernel.actor import Role
from peerspace.notifications.queries import unread_of_kind
from peerspace.web.glue import actor, reading, render, viewer, with_account
from peerspace.web.sessions import home

blueprint = Blueprint("today", __name__)


@blueprint.get("/today")
@with_account
def today() -> str | Response:
    """Open rooms with who keeps them, threads the reader wrote in that went on, the newest ones, the inbox."""
    reader = viewer()
    if not actor().has(Role.MEMBER):
        return redirect(home(reader), code=303)
    with reading() as uow:
        me = uow.actor.require_account()
        answered, newest = threads_for_today(uow)
        has_unread = reader is not None and reader.inbox_unread > 0
        let_in = unread_of_kind(uow, me, "membership_admitted") if has_unread else None
        return render(
            "today.html",
            rooms=rooms_now(uow),
            answered=answered,
            threads=newest,
            hours=get_setting(uow, "opening_hours"),
            ask_consent=ask_now(uow, me),
            let_in=let_in,
            welcome=welcome_of(uow, me) if let_in is not None else None,
        )
