"""The forum's pages that a form stands on: shown at first, and again with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peerspace.forum import post_forms, service
from peerspace.forum.access import space_for
from peerspace.forum.preview import Preview
from peerspace.forum.thread_page import ThreadPage, place, thread_page
from peerspace.kernel.errors import NotFound, PeerSpaceError
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.wording import N_
from peerspace.web import care
from peerspace.web.forum.pausing import Step, first_step
from peerspace.web.glue import field_sentences, reading, render

WISHES = {
    "": (N_("Nothing in particular"), "", ""),
    "listening": (N_("Listening"), N_("Listening first"), "ear"),
    "experience": (N_("Other people's experience"), N_("Experience welcome"), "users"),
    "ideas": (N_("Ideas"), N_("Ideas welcome"), "lightbulb"),
    "just_saying": (N_("Just saying it"), N_("Just saying"), "message-circle"),
}
"""What would help: the answer in the form, the words beside the thread, their icon."""


@dataclass(frozen=True, slots=True)
class Again:
    """Why a page with a form is shown again.

    `error`: what was refused; `refused`: help beside words that were not taken; `preview`: how the words would look;
    `kept`: somebody went back to writing.
    """

    error: PeerSpaceError | None = None
    refused: care.Care | None = None
    preview: Mapping[str, Any] | None = None
    kept: bool = False

    @property
    def context(self) -> dict[str, Any]:
        """What the page's template takes of it."""
        return {
            "errors": field_sentences(self.error) if self.error else {},
            "refused": self.refused,
            "preview": self.preview,
            "kept": self.kept,
        }


FIRST = Again()
"""The page is shown for the first time."""


def can_show_again(error: PeerSpaceError) -> bool:
    """True where the page itself can still be shown, so that what was typed stays in its form."""
    return error.status < 500 and not isinstance(error, NotFound)


def page_number(asked: str) -> int:
    """The number of a page. Raises NotFound for what is none."""
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 7):
        raise NotFound("not_found")
    return int(asked)


def paged(address: str) -> Any:
    """The address of each page of `address`, for a template."""
    return lambda page: place(address, page)


def new_thread_page(slug: str, values: Mapping[str, str], again: Again = FIRST) -> str:
    """The form to start a thread."""
    with reading() as uow:
        found = space_for(uow, slug)
        where = {"slug": found.slug, "name": found.name, "is_archived": found.archived_at is not None}
    return render(
        "forum/new_thread.html",
        space=where,
        values=_with_client_id(values),
        first_step=first_step(),
        wishes=WISHES,
        limits=service,
        **again.context,
    )


def thread_and_form(
    thread_id: str, number: int, values: Mapping[str, str], again: Again = FIRST, *, show: str = ""
) -> tuple[ThreadPage, str]:
    """One page of a thread with its reply form, and what it shows."""
    answered = values.get("reply_to", "")
    with reading() as uow:
        shown = thread_page(uow, thread_id, number, show=show)
        answering = post_forms.answering(uow, shown.id, answered) if answered else None
    html = render(
        "forum/thread.html",
        thread=shown,
        page_url=paged(shown.href),
        reply_url=lambda post: place(shown.href, shown.page, reply=post.id).partition("#")[0] + "#reply",
        answering=answering,
        values=_with_client_id(values),
        first_step=first_step(),
        wishes=WISHES,
        limits=service,
        care=care.care_for({post.id for post in shown.posts if post.own}),
        **again.context,
    )
    return shown, html


def edit_page(post_id: str, values: Mapping[str, str], again: Again = FIRST) -> str:
    """The form to change one's own post; what was typed stands before what stands there."""
    with reading() as uow:
        own = post_forms.own_post_form(uow, post_id, to_edit=True)
    stands = {"body": own.body, "content_note": own.content_note, "version": str(own.version)}
    conflict = again.error is not None and again.error.key == "changed_meanwhile"
    # After a conflict the newest version is carried: who sends again has been told, and means it.
    newest = {"version": stands["version"]} if conflict else {}
    return render(
        "forum/edit.html",
        post=own,
        values={**stands, **values, **newest},
        newest=own.html if conflict else None,
        limits=service,
        **again.context,
    )


def look_page(
    address: str,
    carried: Mapping[str, str],
    look: Preview,
    where: Mapping[str, Any],
    answering: post_forms.Answering | None = None,
) -> str:
    """The step before posting: how it will look, who can read it, and what to look at once more."""
    return render(
        "forum/look.html",
        address=address,
        typed={name: value for name, value in carried.items() if value},
        preview=look,
        where=where,
        answering=answering,
        left_out=first_step() is Step.CHECK,
        wishes=WISHES,
    )


def _with_client_id(values: Mapping[str, str]) -> dict[str, str]:
    return {**values, "client_id": values.get("client_id") or new_client_id()}
