"""What the pages about a single post show: what is being answered, edited or removed, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select

from peerspace.accounts.queries import PersonCard, blocked_by, people_cards
from peerspace.forum.access import own_post, post_for
from peerspace.forum.models import Post
from peerspace.forum.thread_page import BLOCKED_NAME, excerpt, place_of
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext
from peerspace.streams.access import require_reader
from peerspace.streams.models import Revision, State


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
class Version:
    """One version of a post. `until`: when it was changed or removed; None for what stands there now."""

    number: int
    html: Markup
    content_note: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """A post's versions, newest first. Empty for a supervisor who has not opened it: that look is logged first."""

    id: str
    href: str
    author: PersonCard
    own: bool
    state: str
    versions: list[Version]


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
    if post.state == "removed" or (to_edit and post.state == "hidden"):
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
    if thread.public_id != thread_id or post.state != "published":
        return None
    if post.author_id in blocked_by(uow, require_reader(uow)):
        return Answering(post.public_id, gettext(BLOCKED_NAME), "")
    name = people_cards(uow, [post.author_id])[post.author_id].name
    return Answering(post.public_id, name, "" if post.content_note else excerpt(post.body[:300]))


def history(uow: UnitOfWork, public_id: object, *, opened: bool) -> History:
    """A post's former versions, for its author and for supervisors.

    A supervisor sees them only with `opened`, which the caller sets after `service.look_at_history` logged the look.
    Raises NotAllowed, NotFound (other members: the history is not theirs to know of).
    """
    post, _ = post_for(uow, public_id)
    own = post.author_id == uow.actor.account_id
    if not own and not uow.actor.has(Role.SUPERVISOR):
        raise NotFound("not_found")
    return History(
        id=post.public_id,
        href=place_of(uow, public_id),
        author=people_cards(uow, [post.author_id])[post.author_id],
        own=own,
        state=post.state,
        versions=_versions(uow, post) if own or opened else [],
    )


def _versions(uow: UnitOfWork, post: Post) -> list[Version]:
    """What stands there now, then each former version once, newest first."""
    kept = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == post.id, Revision.version < post.version)
        .order_by(Revision.version.desc(), Revision.id)
    )
    now = [] if post.state == State.REMOVED else [(post.version, post.body_html, post.content_note, None)]
    before = {old.version: (old.version, old.body_html, old.content_note, old.at) for old in kept}
    return [
        Version(number, Markup(html), note, until)  # noqa: S704 -- text.written made it safe HTML
        for number, html, note, until in (*now, *before.values())
    ]
