"""Rooms: the list, a room's page (live through static/js/room.js), and duty."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from peerspace.chat.access import room_by_slug
from peerspace.chat.gathering import rooms_now
from peerspace.chat.models import Message
from peerspace.chat.room_page import duty_page, room_page
from peerspace.chat.service import MESSAGE_LIMIT
from peerspace.duty.service import go_off_duty, go_on_duty
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid, PeerSpaceError
from peerspace.kernel.wording import N_, ngettext
from peerspace.kernel.wording import gettext as _
from peerspace.moderation.reasons import REASONS
from peerspace.web.care import care_card
from peerspace.web.chat.forms import DutyForm
from peerspace.web.glue import (
    field_sentences,
    limited,
    reading,
    render,
    role_needed,
    see,
    signed_in,
    writing,
)
from peerspace.web.history import history_page, open_history_page

blueprint = Blueprint("rooms", __name__)

HOURS = (1, 2, 3, 4, 8)
"""How long one can say to stay on duty."""
PHRASES = (("with_you", N_("With you")), ("thank_you", N_("Thank you")), ("me_too", N_("Me too")))
"""What can be sent to a message, by its name in the protocol."""
DUTY_LIMIT = "30 per minute"


@blueprint.get("/rooms")
@signed_in
def rooms() -> str:
    """All rooms, who keeps each, and how many are there."""
    with reading() as uow:
        return render("rooms/list.html", rooms=rooms_now(uow))


@blueprint.get("/rooms/<slug>")
@signed_in
def room(slug: str) -> str:
    """A room: its last messages to read, and with script the live talk."""
    return _room_page(slug)


@blueprint.post("/rooms/<slug>/duty")
@role_needed(Role.PEER_WORKER, Role.SUPERVISOR)
@limited(DUTY_LIMIT)
def room_duty(slug: str) -> Any:
    """Go on or off duty in a room. `what`: on or off; `hours`: how long, may be empty; `back`: duty or nothing."""
    typed = DutyForm.read(request.form)
    back = "/duty" if typed.back == "duty" else f"/rooms/{slug}"
    try:
        with writing() as uow:
            room_id = room_by_slug(uow, slug).id
            if typed.what:
                go_on_duty(uow, room_id, until=typed.until(uow.now))
                said = _("You are on duty. The room is open.")
            else:
                go_off_duty(uow, room_id)
                said = _("You are off duty. Thank you for being there.")
    except Invalid as error:
        page = _duty_page(error) if back == "/duty" else _room_page(slug, error)
        return page, error.status
    return see(back, said)


@blueprint.get("/duty")
@role_needed(Role.PEER_WORKER, Role.SUPERVISOR)
def duty() -> str:
    """One's own duty: rooms, and the desk for supervisors."""
    return _duty_page()


@blueprint.post("/duty")
@role_needed(Role.SUPERVISOR)
@limited(DUTY_LIMIT)
def desk_duty() -> Any:
    """Go on or off duty at the desk."""
    typed = DutyForm.read(request.form)
    try:
        with writing() as uow:
            if typed.what:
                go_on_duty(uow, None, until=typed.until(uow.now))
                said = _("You are on duty at the desk.")
            else:
                go_off_duty(uow, None)
                said = _("You are off duty at the desk.")
    except Invalid as error:
        return _duty_page(error), error.status
    return see("/duty", said)


@blueprint.get("/messages/<message_id>/history")
@signed_in
def history(message_id: str) -> str:
    """A message's former versions: its author's own; a supervisor is told first that the look is logged."""
    return history_page(Message, message_id)


@blueprint.post("/messages/<message_id>/history")
@signed_in
def open_history(message_id: str) -> str:
    """A supervisor opens a message's former versions: logged first, then shown."""
    return open_history_page(Message, message_id)


def _room_page(slug: str, error: PeerSpaceError | None = None) -> str:
    with reading() as uow:
        page = room_page(uow, slug)
    return render(
        "rooms/room.html",
        room=page,
        hours=_hours(),
        reasons=REASONS,
        phrases=PHRASES,
        limit=MESSAGE_LIMIT,
        care=care_card(),
        errors=field_sentences(error) if error is not None else {},
    )


def _duty_page(error: PeerSpaceError | None = None) -> str:
    with reading() as uow:
        page = duty_page(uow)
    return render(
        "rooms/duty.html",
        page=page,
        hours=_hours(),
        errors=field_sentences(error) if error is not None else {},
    )


def _hours() -> list[tuple[str, str]]:
    """The choices of how long to stay, as the form shows them."""
    return [("", _("I will see")), *((str(n), ngettext("%(num)s hour", "%(num)s hours", n)) for n in HOURS)]
