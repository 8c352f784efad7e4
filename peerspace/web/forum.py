"""Spaces, threads and posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from markupsafe import Markup

from peerspace.forum import post_forms, queries, service
from peerspace.forum.access import space_for
from peerspace.forum.events import ThreadOpened
from peerspace.forum.models import Post
from peerspace.forum.thread_page import ThreadPage, place, place_of, thread_page
from peerspace.kernel.clock import to_us
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.ids import new_client_id
from peerspace.text.markdown import render as render_markdown
from peerspace.web.glue import (
    field_sentences,
    limited,
    reading,
    render,
    running,
    see,
    signed_in,
    viewer,
    writing,
)

blueprint = Blueprint("forum", __name__)

WISHES = {
    "": ("Nothing in particular", "", ""),
    "listening": ("Listening", "Listening first", "ear"),
    "experience": ("Other people's experience", "Experience welcome", "users"),
    "ideas": ("Ideas", "Ideas welcome", "lightbulb"),
    "just_saying": ("Just saying it", "Just saying", "message-circle"),
}
"""What would help: the answer in the form, the words beside the thread, their icon."""

HELD = (
    "Thank you. A supervisor reads this before others can see it. Until then only you see it here. "
    "If you need somebody now, Get help now leads to people."
)
POSTS_LIMIT = "30 per minute; 200 per hour"


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
        shown = queries.space_page(uow, slug, _page_number())
    return render("forum/space.html", space=shown, page_url=_paged(f"/spaces/{shown.slug}"), wishes=WISHES)


@blueprint.get("/spaces/<slug>/new")
@signed_in
def new_thread_form(slug: str) -> str:
    """The form to start a thread."""
    return _new_thread_page(slug, {"wish": ""})


@blueprint.post("/spaces/<slug>/new")
@signed_in
@limited(POSTS_LIMIT)
def new_thread(slug: str) -> Any:
    """Start a thread, or show how it would look. The same form sent twice makes one."""
    typed = _typed("title", "body", "content_note", "wish", "client_id")
    try:
        if "preview" in request.form:
            title = service.clean_title(typed["title"])
            return _new_thread_page(slug, typed, preview={"title": title, **_preview(typed)})
        with writing() as uow:
            post = service.start_thread(uow, slug, **typed)
    except PeerSpaceError as error:
        if not _can_show_again(error):
            raise
        return _new_thread_page(slug, typed, error), error.status
    return _see_post(post)


@blueprint.get("/threads/<thread_id>")
@blueprint.get("/threads/<thread_id>/<slug>")
@signed_in
def thread(thread_id: str, slug: str = "") -> str:  # noqa: ARG001 -- the slug is for people who read addresses
    """One page of a thread."""
    asked = request.args
    page = _thread_page(
        thread_id, _page_number(), {"reply_to": asked.get("reply", "")}, show=asked.get("show", "")
    )
    looking = viewer()
    if request.method == "GET" and looking is not None and page[0].position_from:
        shown, here = page[0], running()
        at_us = to_us(here.database.clock.now())
        opened = ThreadOpened(shown.row_id, looking.id, shown.position_from, shown.position_to, at_us)
        here.reads.add(opened)
    return page[1]


@blueprint.post("/threads/<thread_id>")
@signed_in
@limited(POSTS_LIMIT)
def reply(thread_id: str) -> Any:
    """Reply in a thread, or show how it would look. The same form sent twice makes one post."""
    typed = _typed("body", "reply_to", "content_note", "client_id")
    try:
        if "preview" in request.form:
            return _thread_page(thread_id, None, typed, preview=_preview(typed))[1]
        with writing() as uow:
            post = service.post_reply(uow, thread_id, **typed)
    except PeerSpaceError as error:
        if not _can_show_again(error):
            raise
        return _thread_page(thread_id, None, typed, error=error)[1], error.status
    return _see_post(post)


@blueprint.get("/posts/<post_id>")
@signed_in
def post(post_id: str) -> Any:
    """Where a post stands: a lasting link to it."""
    with reading() as uow:
        return see(place_of(uow, post_id))


@blueprint.get("/posts/<post_id>/edit")
@signed_in
def edit_form(post_id: str) -> str:
    """The form to change one's own post."""
    return _edit_page(post_id, {})


@blueprint.post("/posts/<post_id>/edit")
@signed_in
@limited(POSTS_LIMIT)
def edit(post_id: str) -> Any:
    """Change one's own post, or show how it would look."""
    typed = _typed("body", "content_note", "version")
    try:
        if "preview" in request.form:
            return _edit_page(post_id, typed, preview=_preview(typed))
        with writing() as uow:
            changed = service.edit_post(
                uow,
                post_id,
                typed["body"],
                version=_number(typed["version"]),
                content_note=typed["content_note"],
            )
    except PeerSpaceError as error:
        if not _can_show_again(error) or error.key == "post_gone":
            raise
        return _edit_page(post_id, typed, error), error.status
    return _see_post(changed)


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
            return see(place_of(uow, thread_id), "Removed. A line stays where it stood.")
    except NotFound:  # it had never been published: nothing is left of it to go to
        return see("/spaces", "Removed. Nobody had seen it.")


@blueprint.get("/posts/<post_id>/history")
@signed_in
def history(post_id: str) -> str:
    """A post's former versions: its author's own; a supervisor is told first that the look is logged."""
    with reading() as uow:
        return render("forum/history.html", history=post_forms.history(uow, post_id, opened=False))


@blueprint.post("/posts/<post_id>/history")
@signed_in
def open_history(post_id: str) -> str:
    """A supervisor opens a post's former versions: logged first, then shown."""
    with writing() as uow:
        service.look_at_history(uow, post_id)
    with reading() as uow:
        return render("forum/history.html", history=post_forms.history(uow, post_id, opened=True))


# --- Pages that are shown again with what was typed ------------------------------------------------------------------


def _new_thread_page(
    slug: str,
    typed: Mapping[str, str],
    error: PeerSpaceError | None = None,
    *,
    preview: Mapping[str, Any] | None = None,
) -> str:
    with reading() as uow:
        found = space_for(uow, slug)
        where = {"slug": found.slug, "name": found.name, "is_archived": found.archived_at is not None}
    return render(
        "forum/new_thread.html",
        space=where,
        values=_with_client_id(typed),
        errors=field_sentences(error) if error else {},
        preview=preview,
        wishes=WISHES,
        limits=service,
    )


def _thread_page(
    thread_id: str,
    number: int | None,
    typed: Mapping[str, str],
    *,
    show: str = "",
    error: PeerSpaceError | None = None,
    preview: Mapping[str, Any] | None = None,
) -> tuple[ThreadPage, str]:
    """The page of a thread with its reply form; `number` None means the page that the form was sent from."""
    if number is None:
        number = _page_number(request.form.get("page", "1"))
    with reading() as uow:
        shown = thread_page(uow, thread_id, number, show=show)
        answering = post_forms.answering(uow, shown.id, typed["reply_to"]) if typed.get("reply_to") else None
    html = render(
        "forum/thread.html",
        thread=shown,
        page_url=_paged(shown.href),
        reply_url=lambda post: place(shown.href, shown.page, reply=post.id).partition("#")[0] + "#reply",
        answering=answering,
        values=_with_client_id(typed),
        errors=field_sentences(error) if error else {},
        preview=preview,
        wishes=WISHES,
        limits=service,
    )
    return shown, html


def _edit_page(
    post_id: str,
    typed: Mapping[str, str],
    error: PeerSpaceError | None = None,
    *,
    preview: Mapping[str, Any] | None = None,
) -> str:
    with reading() as uow:
        own = post_forms.own_post_form(uow, post_id, to_edit=True)
    stands = {"body": own.body, "content_note": own.content_note, "version": str(own.version)}
    conflict = error is not None and error.key == "changed_meanwhile"
    # After a conflict the newest version is carried: who sends again has been told, and means it.
    values = {**stands, **typed, **({"version": stands["version"]} if conflict else {})}
    return render(
        "forum/edit.html",
        post=own,
        values=values,
        newest=Markup(render_markdown(own.body)) if conflict else None,  # noqa: S704 -- safe HTML
        errors=field_sentences(error) if error else {},
        preview=preview,
        limits=service,
    )


# --- Small parts -------------------------------------------------------------------------------------------------


def _typed(*names: str) -> dict[str, str]:
    """What was typed into these fields of the form, empty where absent."""
    return {name: request.form.get(name, "") for name in names}


def _with_client_id(typed: Mapping[str, str]) -> dict[str, str]:
    return {**typed, "client_id": typed.get("client_id") or new_client_id()}


def _preview(typed: Mapping[str, str]) -> dict[str, Any]:
    body, note = service.clean_post(typed["body"], typed["content_note"])
    return {"html": Markup(render_markdown(body)), "content_note": note}  # noqa: S704 -- text.markdown makes safe HTML


def _can_show_again(error: PeerSpaceError) -> bool:
    """True where the page itself can still be shown, so that what was typed stays in its form."""
    return error.status < 500 and not isinstance(error, NotFound)


def _page_number(asked: str | None = None) -> int:
    asked = request.args.get("page", "1") if asked is None else asked
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 7):
        raise NotFound("not_found")
    return int(asked)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def _paged(address: str) -> Any:
    return lambda page: place(address, page)


def _see_post(sent: Post) -> Any:
    """Go to where the post stands (303); who wrote something that waits is told so."""
    with reading() as uow:
        address = place_of(uow, sent.public_id)
    return see(address, HELD, "notice") if sent.state == "held" else see(address)
