"""What the pages about a single post show: what is being answered, edited or removed."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from peerspace.accounts.queries import blocked_by, people_cards
from peerspace.forum.access import own_post, post_for
from peerspace.forum.thread_page import BLOCKED_NAME, excerpt, place_of
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext
from peerspace.streams.access import require_reader
from peerspace.streams.models import State


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One's own post as its edit and remove pages need it. `html`: as it stands. `version` comes back with the form."""

    id: str
    href: str
    body: str
    html: Markup
    content_note: str
    version: int
    state: str


@dataclass(frozen=True, slots=True)
class Answering:
    """The post a reply form answers."""

    id: str
    name: str
    excerpt: str


def own_post_form(uow: UnitOfWork, public_id: object, *, to_edit: bool) -> OwnPost:
    """One's own post for its edit page (`to_edit`) or its remove page.

    Raises NotAllowed, NotFound, Conflict("post_gone") when it was removed, or hidden and is to be edited.
    """
    post, _ = own_post(uow, public_id)
    if post.state == State.REMOVED or (to_edit and post.state == State.HIDDEN):
        raise Conflict("post_gone")
    return OwnPost(
        post.public_id,
        place_of(uow, public_id),
        post.body,
        Markup(post.body_html),  # noqa: S704 -- text.written made it safe HTML
        post.content_note,
        post.version,
        post.state,
    )


def answering(uow: UnitOfWork, thread_id: str, post_id: object) -> Answering | None:
    """The post of the thread with public id `thread_id` that a reply form answers; None where it cannot be answered."""
    try:
        post, thread = post_for(uow, post_id)
    except NotFound:
        return None
    if thread.public_id != thread_id or post.state != State.PUBLISHED:
        return None
    if post.author_id in blocked_by(uow, require_reader(uow)):
        return Answering(post.public_id, gettext(BLOCKED_NAME), "")
    name = people_cards(uow, [post.author_id])[post.author_id].name
    return Answering(post.public_id, name, "" if post.content_note else excerpt(post.body[:300]))
