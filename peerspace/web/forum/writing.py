"""Starting a thread, replying, editing, removing. Its pages are on the blueprint of `reading`."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request

from peerspace.forum import post_forms, service
from peerspace.forum.thread_page import place_of
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.wording import gettext
from peerspace.web.forum.compose import NewThread, Reply, previewed
from peerspace.web.forum.editing import Edit
from peerspace.web.forum.reading import blueprint
from peerspace.web.forum.shown import edit_page, new_thread_page
from peerspace.web.glue import field_sentences, limited, reading, render, see, signed_in, writing

__all__ = ["blueprint"]

POSTS_LIMIT = "30 per minute; 200 per hour"
PREVIEWS_LIMIT = "30 per minute; 300 per hour"


@blueprint.get("/spaces/<slug>/new")
@signed_in
def new_thread_form(slug: str) -> str:
    """The form to start a thread."""
    return new_thread_page(slug, {"wish": ""})


@blueprint.post("/spaces/<slug>/new")
@signed_in
@limited(POSTS_LIMIT)
def new_thread(slug: str) -> Any:
    """Start a thread, or show how it would look. The same form sent twice makes one."""
    return NewThread.from_form(slug, request.form).answer()


@blueprint.post("/threads/<thread_id>")
@signed_in
@limited(POSTS_LIMIT)
def reply(thread_id: str) -> Any:
    """Reply in a thread, or show how it would look. The same form sent twice makes one post."""
    return Reply.from_form(thread_id, request.form).answer()


@blueprint.post("/write/preview")
@signed_in
@limited(PREVIEWS_LIMIT)
def preview() -> Any:
    """What was typed as it would stand in a post, for the editor's script: `{"html"}`. Nothing is kept."""
    try:
        shown = previewed(request.form.get("body", ""), request.form.get("content_note", ""))
    except PeerSpaceError as error:
        said = " ".join(field_sentences(error).values())
        return jsonify(error={"code": error.code, "message": said}), error.status
    return jsonify(html=render("forum/_preview.html", **shown))


@blueprint.get("/posts/<post_id>/edit")
@signed_in
def edit_form(post_id: str) -> str:
    """The form to change one's own post."""
    return edit_page(post_id, {})


@blueprint.post("/posts/<post_id>/edit")
@signed_in
@limited(POSTS_LIMIT)
def edit(post_id: str) -> Any:
    """Change one's own post, or show how it would look."""
    return Edit.from_form(post_id, request.form).answer()


@blueprint.get("/posts/<post_id>/remove")
@signed_in
def remove_form(post_id: str) -> str:
    """Ask before one's own post is removed."""
    with reading() as uow:
        return render("forum/remove.html", post=post_forms.own_post_form(uow, post_id, to_edit=False))


@blueprint.post("/posts/<post_id>/remove")
@signed_in
def remove(post_id: str) -> Any:
    """Remove one's own post; a line stays in its place."""
    with writing() as uow:
        thread_id = service.remove_post(uow, post_id).public_id
    try:
        with reading() as uow:
            return see(place_of(uow, thread_id), gettext("Removed. A line stays where it stood."))
    except NotFound:  # it had never been published: nothing is left of it to go to
        return see("/spaces", gettext("Removed. Nobody had seen it."))
