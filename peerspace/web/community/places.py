"""Spaces and rooms, in the hands of administrators. Its pages are on the blueprint of `admin`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from peerspace.chat.access import room_by_slug
from peerspace.chat.all_rooms import all_rooms
from peerspace.chat.rooms import close_room, create_room, open_room
from peerspace.forum.all_spaces import all_spaces
from peerspace.forum.staff import create_space
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext
from peerspace.web.community import admin_words
from peerspace.web.community.admin import Page, administrators, blueprint
from peerspace.web.community.forms import RoomForm, SpaceForm
from peerspace.web.glue import reading, render, see, shown_again, writing

__all__ = ["blueprint"]


@blueprint.get("/admin/spaces")
@administrators
def spaces() -> Page:
    """All spaces, and a form for a new one."""
    return render("admin/spaces.html", **_spaces(SpaceForm()))


def _spaces(values: SpaceForm) -> dict[str, Any]:
    with reading() as uow:
        lines = all_spaces(uow)
    return {
        "spaces": lines,
        "holds": admin_words.options(admin_words.HOLDS),
        "words": admin_words,
        "values": values,
    }


@blueprint.post("/admin/spaces")
@administrators
def new_space() -> Page:
    """Make a space."""
    typed = SpaceForm.read(request.form)

    def act(uow: UnitOfWork) -> None:
        holds = typed.hold_first_posts or "never"
        create_space(uow, typed.slug, typed.name, typed.description, hold_first_posts=holds)

    return _made(act, "admin/spaces.html", lambda: _spaces(typed), "/admin/spaces")


@blueprint.get("/admin/rooms")
@administrators
def rooms() -> Page:
    """All rooms with their state, and a form for a new one."""
    return render("admin/rooms.html", **_rooms(RoomForm()))


def _rooms(values: RoomForm) -> dict[str, Any]:
    with reading() as uow:
        lines = all_rooms(uow)
    return {"rooms": [(line, line.state) for line in lines], "values": values, "words": admin_words}


@blueprint.post("/admin/rooms")
@administrators
def new_room() -> Page:
    """Make a room."""
    typed = RoomForm.read(request.form)

    def act(uow: UnitOfWork) -> None:
        create_room(uow, typed.slug, typed.name, description=typed.description)

    return _made(act, "admin/rooms.html", lambda: _rooms(typed), "/admin/rooms")


@blueprint.post("/admin/rooms/<slug>/<what>")
@administrators
def set_room(slug: str, what: str) -> Page:
    """Close a room, or take the closing back."""
    verbs = {"close": close_room, "open": open_room}
    if what not in verbs:
        raise NotFound("not_found")
    with writing() as uow:
        verbs[what](uow, room_by_slug(uow, slug).id)
    return see("/admin/rooms", gettext("Done."))


def _made(
    act: Callable[[UnitOfWork], object], template: str, context: Callable[[], dict[str, Any]], back: str
) -> Page:
    try:
        with writing() as uow:
            act(uow)
    except PeerSpaceError as error:
        return shown_again(template, error, **context())
    return see(back, gettext("It is there."))
