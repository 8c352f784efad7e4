"""Spaces, threads and posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, request

from peerspace.community.drafts import Draft
from peerspace.forum import post_forms, queries, service
from peerspace.forum.access import space_for
from peerspace.forum.drafted import written_post
from peerspace.forum.events import ThreadOpened
from peerspace.forum.models import Post
from peerspace.forum.preview import Preview, as_shown, posted_before, preview_reply, preview_thread
from peerspace.forum.thread_page import ThreadPage, place, place_of, thread_page
from peerspace.kernel.clock import to_us
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.ids import client_id_of, new_client_id
from peerspace.kernel.wording import N_, gettext
from peerspace.web import care
from peerspace.web.forum import pausing
from peerspace.web.glue import (
    actor,
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
from peerspace.web.visits import is_shown

blueprint = Blueprint("forum", __name__)

WISHES = {
    "": (N_("Nothing in particular"), "", ""),
    "listening": (N_("Listening"), N_("Listening first"), "ear"),
    "experience": (N_("Other people's experience"), N_("Experience welcome"), "users"),
    "ideas": (N_("Ideas"), N_("Ideas welcome"), "lightbulb"),
    "just_saying": (N_("Just saying it"), N_("Just saying"), "message-circle"),
}
"""What would help: the answer in the form, the words beside the thread, their icon."""

HELD = N_(
    "Thank you. A supervisor reads this before others can see it. Until then only you see it here. "
    "If you need somebody now, Get help now leads to people."
)
POSTS_LIMIT = "30 per minute; 200 per hour"
PREVIEWS_LIMIT = "30 per minute; 300 per hour"


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
    step, draft = pausing.asked_step(), None
    try:
        if "preview" in request.form:
            return _new_thread_page(slug, typed, preview=_preview(typed))
        if step == pausing.WRITE:
            return _new_thread_page(slug, typed, kept=True)
        if (known := _posted_before(typed)) is not None:
            return pausing.keep_choice(_see_post(known, _draft(typed)))
        draft = _draft(typed)
        if step:
            with reading() as uow:
                look = preview_thread(uow, slug, draft, client_id=typed["client_id"], wish=typed["wish"])
                place = space_for(uow, slug)
                where = {"slug": place.slug, "name": place.name}
            if pausing.stays(step, look):
                return _look_page(f"/spaces/{where['slug']}/new", typed, look, where)
        with writing() as uow:
            post = service.start_thread(uow, slug, draft, client_id=typed["client_id"], wish=typed["wish"])
    except PeerSpaceError as error:
        if not _can_show_again(error):
            raise
        refused = care.care_if_refused(draft.danger if draft else (), error)
        return _new_thread_page(slug, typed, error, refused=refused), error.status
    return pausing.keep_choice(_see_post(post, draft))


@blueprint.get("/threads/<thread_id>")
@blueprint.get("/threads/<thread_id>/<slug>")
@signed_in
def thread(thread_id: str, slug: str = "") -> str:  # noqa: ARG001 -- the slug is for people who read addresses
    """One page of a thread."""
    asked = request.args
    page = _thread_page(
        thread_id, _page_number(), {"reply_to": asked.get("reply", "")}, show=asked.get("show", "")
    )
    reader = viewer()
    if is_shown() and reader is not None and page[0].position_from:
        shown, services = page[0], running()
        at_us = to_us(services.database.clock.now())
        opened = ThreadOpened(shown.row_id, reader.id, shown.position_from, shown.position_to, at_us)
        services.reads.add(opened)
    return page[1]


@blueprint.post("/threads/<thread_id>")
@signed_in
@limited(POSTS_LIMIT)
def reply(thread_id: str) -> Any:
    """Reply in a thread, or show how it would look. The same form sent twice makes one post."""
    typed = _typed("body", "reply_to", "content_note", "client_id")
    step, draft = pausing.asked_step(), None
    try:
        if "preview" in request.form:
            return _thread_page(thread_id, None, typed, preview=_preview(typed))[1]
        if step == pausing.WRITE:
            return _thread_page(thread_id, None, typed, kept=True)[1]
        if (known := _posted_before(typed)) is not None:
            return pausing.keep_choice(_see_post(known, _draft(typed)))
        draft, sent = _draft(typed), {name: typed[name] for name in ("client_id", "reply_to")}
        if step:
            with reading() as uow:
                look = preview_reply(uow, thread_id, draft, **sent)
                shown = thread_page(uow, thread_id)
                answering = post_forms.answering(uow, shown.id, typed["reply_to"])
            if pausing.stays(step, look):
                where = {"slug": shown.space_slug, "name": shown.space_name, "thread": shown}
                typed["page"] = request.form.get("page", "")
                return _look_page(f"/threads/{shown.id}", typed, look, where, answering)
        with writing() as uow:
            post = service.post_reply(uow, thread_id, draft, **sent)
    except PeerSpaceError as error:
        if not _can_show_again(error):
            raise
        refused = care.care_if_refused(draft.danger if draft else (), error)
        return _thread_page(thread_id, None, typed, error=error, refused=refused)[1], error.status
    return pausing.keep_choice(_see_post(post, draft))


@blueprint.post("/write/preview")
@signed_in
@limited(PREVIEWS_LIMIT)
def preview() -> Any:
    """What was typed as it would stand in a post, for the editor's script: `{"html"}`. Nothing is kept."""
    try:
        shown = _preview(_typed("body", "content_note"))
    except PeerSpaceError as error:
        said = " ".join(field_sentences(error).values())
        return jsonify(error={"code": error.code, "message": said}), error.status
    return jsonify(html=render("forum/_preview.html", **shown))


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
    typed, draft = _typed("body", "content_note", "version"), None
    try:
        if "preview" in request.form:
            return _edit_page(post_id, typed, preview=_preview(typed))
        draft = _draft(typed)
        with writing() as uow:
            changed = service.edit_post(uow, post_id, draft, version=_number(typed["version"]))
    except PeerSpaceError as error:
        if not _can_show_again(error) or error.key == "post_gone":
            raise
        refused = care.care_if_refused(draft.danger if draft else (), error)
        return _edit_page(post_id, typed, error, refused=refused), error.status
    return _see_post(changed, draft)


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
    kept: bool = False,
    refused: care.Care | None = None,
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
        kept=kept,
        first_step=pausing.first_step(),
        wishes=WISHES,
        refused=refused,
        limits=service,
    )


def _look_page(
    address: str,
    typed: Mapping[str, str],
    look: Preview,
    where: Mapping[str, Any],
    answering: post_forms.Answering | None = None,
) -> str:
    """The step before posting: how it will look, who can read it, and what to look at once more."""
    return render(
        "forum/look.html",
        address=address,
        typed={name: value for name, value in typed.items() if value},
        look=look,
        where=where,
        answering=answering,
        left_out=pausing.first_step() == pausing.CHECK,
        wishes=WISHES,
    )


def _thread_page(
    thread_id: str,
    number: int | None,
    typed: Mapping[str, str],
    *,
    show: str = "",
    error: PeerSpaceError | None = None,
    preview: Mapping[str, Any] | None = None,
    kept: bool = False,
    refused: care.Care | None = None,
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
        kept=kept,
        first_step=pausing.first_step(),
        wishes=WISHES,
        refused=refused,
        limits=service,
        care=care.care_for({post.id for post in shown.posts if post.own}),
    )
    return shown, html


def _edit_page(
    post_id: str,
    typed: Mapping[str, str],
    error: PeerSpaceError | None = None,
    *,
    preview: Mapping[str, Any] | None = None,
    refused: care.Care | None = None,
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
        newest=own.html if conflict else None,
        errors=field_sentences(error) if error else {},
        preview=preview,
        refused=refused,
        limits=service,
    )


# --- Small parts -------------------------------------------------------------------------------------------------


def _typed(*names: str) -> dict[str, str]:
    """What was typed into these fields of the form, empty where absent."""
    return {name: request.form.get(name, "") for name in names}


def _with_client_id(typed: Mapping[str, str]) -> dict[str, str]:
    return {**typed, "client_id": typed.get("client_id") or new_client_id()}


def _preview(typed: Mapping[str, str]) -> dict[str, Any]:
    """Words, content note and, where there is one, title as they would be shown."""
    draft = written_post(actor(), typed["body"], typed["content_note"], title=typed.get("title"))
    with reading() as uow:
        html = as_shown(uow, draft)
    return {"title": draft.title.text, "html": html, "content_note": draft.note.text}


def _draft(typed: Mapping[str, str]) -> Draft:
    """What was typed, worked through before a unit of work that writes opens."""
    return service.draft_post(
        running().database, actor(), typed["body"], typed["content_note"], title=typed.get("title")
    )


def _posted_before(typed: dict[str, str]) -> Post | None:
    """The post that the form which was sent made already.

    A form that was gone back to after it was posted, and says something else now, is another post, or what was written
    since would be lost: it gets a number of its own, made of what it says, so that it too is posted once.
    """
    with reading() as uow:
        known, is_same = posted_before(uow, typed)
    if known is not None and not is_same:
        typed["client_id"] = client_id_of(known.client_id, typed)
    return known if is_same else None


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


def _see_post(sent: Post, draft: Draft) -> Any:
    """Go to where the post stands (303); who wrote something that waits is told so, and help stands beside danger."""
    with reading() as uow:
        address = place_of(uow, sent.public_id, **({care.NAME: sent.public_id} if draft.danger else {}))
    return see(address, gettext(HELD), "notice") if sent.state == "held" else see(address)
