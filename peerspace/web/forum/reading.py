"""Spaces, threads and posts to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from peerspace.forum import queries
from peerspace.forum.events import ThreadOpened
from peerspace.forum.models import Post
from peerspace.forum.thread_page import ThreadPage, place_of
from peerspace.kernel.clock import to_us
from peerspace.web.forum.shown import WISHES, page_number, paged, thread_and_form
from peerspace.web.glue import reading, render, running, see, signed_in, viewer
from peerspace.web.history import history_page, open_history_page
from peerspace.web.visits import is_shown

blueprint = Blueprint("forum", __name__)


@blueprint.get("/spaces")
@signed_in
def spaces() -> str:
    """All spaces."""
    with reading() as uow:
        return render("forum/spaces.html", spaces=queries.spaces(uow))


@blueprint.get("/spaces/<slug>")
@signed_in
def space(slug: str) -> str:
    """The threads of a space, newest activity first."""
    with reading() as uow:
        shown = queries.space_page(uow, slug, _asked_page())
    return render("forum/space.html", space=shown, page_url=paged(f"/spaces/{shown.slug}"), wishes=WISHES)


@blueprint.get("/threads/<thread_id>")
@blueprint.get("/threads/<thread_id>/<slug>")
@signed_in
def thread(thread_id: str, slug: str = "") -> str:  # noqa: ARG001 -- the slug is for people who read addresses
    """One page of a thread."""
    asked = request.args
    values = {"reply_to": asked.get("reply", "")}
    shown, html = thread_and_form(thread_id, _asked_page(), values, show=asked.get("show", ""))
    _note_opened(shown)
    return html


@blueprint.get("/posts/<post_id>")
@signed_in
def post(post_id: str) -> Any:
    """Where a post stands: a lasting link to it."""
    with reading() as uow:
        return see(place_of(uow, post_id))


@blueprint.get("/posts/<post_id>/history")
@signed_in
def history(post_id: str) -> str:
    """A post's former versions: its author's own; a supervisor is told first that the look is logged."""
    return history_page(Post, post_id)


@blueprint.post("/posts/<post_id>/history")
@signed_in
def open_history(post_id: str) -> str:
    """A supervisor opens a post's former versions: logged first, then shown."""
    return open_history_page(Post, post_id)


def _note_opened(shown: ThreadPage) -> None:
    """Note, to be written later, that the reader opened this page, where a browser really shows it."""
    reader = viewer()
    if is_shown() and reader is not None and shown.position_from:
        services = running()
        at_us = to_us(services.database.clock.now())
        services.reads.add(
            ThreadOpened(shown.row_id, reader.id, shown.position_from, shown.position_to, at_us)
        )


def _asked_page() -> int:
    return page_number(request.args.get("page", "1"))
