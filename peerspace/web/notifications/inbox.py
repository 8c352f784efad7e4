"""The member's inbox of notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for

from peerspace.accounts.own import welcome_of
from peerspace.accounts.queries import ROLE_WORDS
from peerspace.kernel.addresses import item_address, member_address, post_address, room_address
from peerspace.kernel.wording import N_
from peerspace.notifications import queries, service
from peerspace.notifications.models import Notice
from peerspace.web.glue import reading, render, see, with_account, writing

blueprint = Blueprint("inbox", __name__)

WORDS = {
    "post_answered": N_("Someone answered your post."),
    "decision_about_you": N_("A supervisor decided something about you. The reason stands beside it."),
    "report_heard": N_("Your report has arrived. A person will look at it."),
    "report_decided": N_("Something you reported has been decided."),
    "safety_written": N_("Somebody here wrote to you."),
    "safety_replied": N_("Somebody you wrote to from the desk has answered."),
    "worry_grew": N_("New words in a worry that you look after. They may mean danger."),
    "worry_ended": N_("Somebody looked after what worried you. Thank you for telling us."),
    "worry_in_room": N_("Words in a room you keep may mean that somebody is in danger. The desk has it too."),
    "membership_admitted": N_("You are in. Welcome; look around as long as you like."),
    "membership_asked": N_("Before you can join, somebody has a question for you."),
    "membership_declined": N_("You were not let in. The reason stands beside it."),
    "sign_in_link_asked": N_(
        "An administrator asked for a sign-in link to your account. "
        "If you did not ask for help to get in, you can stop it."
    ),
    "sign_in_link_waits": N_(
        "An administrator asked for a sign-in link to a member's account. It needs a second person."
    ),
    "role_taken": N_("An administrator gave a role to themselves."),
}
"""What each kind of notice says, when nobody in particular is named in it."""

NAMED = {
    "post_answered": N_("%(name)s answered your post."),
    "sign_in_link_asked": N_(
        "%(name)s asked for a sign-in link to your account. If you did not ask for help to get in, you can stop it."
    ),
    "sign_in_link_waits": N_(
        "%(name)s asked for a sign-in link to a member's account. It needs a second person."
    ),
    "role_taken": N_("%(name)s gave themselves a role: %(role)s."),
}
"""What each kind says with the name of the person whose act it tells of. `role`: the role's words."""


@blueprint.get("/inbox")
@with_account
def inbox() -> Any:
    """One page of notices, newest first."""
    with reading() as uow:
        page = queries.inbox(uow, request.args.get("page", 1, type=int))
        welcome = welcome_of(uow, uow.actor.require_account())
    return render("inbox/inbox.html", inbox=page, words=WORDS, named=NAMED, roles=ROLE_WORDS, welcome=welcome)


@blueprint.post("/inbox/read")
@with_account
def read_all() -> Any:
    """Mark everything read."""
    with writing() as uow:
        service.mark_all_read(uow)
    return see(url_for("inbox.inbox"))


@blueprint.post("/inbox/<public_id>/open")
@with_account
def open_notice(public_id: str) -> Any:
    """Mark one notice read and go to what it tells of."""
    with writing() as uow:
        notice = service.mark_read(uow, public_id)
        goal = _goal(notice)
    return see(goal)


_GOALS: dict[str, Callable[[Notice], str]] = {
    "post": lambda notice: post_address(notice.ref_id),
    "decision": lambda notice: f"/my/reports#decision-{notice.ref_id}",
    "report": lambda notice: f"/my/reports#report-{notice.ref_id}",
    "item": lambda notice: item_address(notice.ref_id),
    "contact": lambda _notice: "/my/contact",
    "room": lambda notice: room_address(str(notice.values["room"])),
    "looked": lambda _notice: "/my/data#looked",
    "link": lambda _notice: "/links",
    "account": lambda notice: member_address(notice.ref_id),
}
"""Where a notice leads, by what it refers to."""


def _goal(notice: Notice) -> str:
    goal = _GOALS.get("room" if "room" in notice.values else notice.ref_kind)
    return goal(notice) if goal is not None else "/today"
