"""The last look before something is posted: how it will stand there, and whether its words ask for a pause.

Nothing is stored and nothing is decided here. A phrase that is found offers help and a second thought; the same
words can be posted all the same (docs/decisions/0008-a-last-look-before-posting.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.community.drafts import Draft
from peerspace.forum.drafted import (
    POST_LIMIT,
    DraftedReply,
    DraftedThread,
    drafted_reply,
    drafted_thread,
    write_note,
    write_title,
)
from peerspace.forum.models import Post, Thread
from peerspace.forum.review import review_post
from peerspace.kernel.ids import check_client_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader
from peerspace.streams.models import Revision
from peerspace.streams.service import sent_before, shown
from peerspace.text.clean import clean


@dataclass(frozen=True, slots=True)
class Preview:
    """What is about to be posted, as it will look.

    `waits`: a new member's first post that a supervisor reads first. `near_crisis`: its words hold one of the
    phrases that mean somebody may need help now. `asks_a_pause`: one of the watch phrases that offer a pause.
    """

    title: str
    html: Markup
    content_note: str
    waits: bool
    near_crisis: bool
    asks_a_pause: bool


def preview_thread(
    uow: UnitOfWork,
    space_slug: object,
    draft: Draft,
    *,
    client_id: object,
    wish: object = "",
) -> Preview:
    """How a thread will look; what `service.start_thread` refuses is refused here too, with the same errors."""
    uow.actor.require_human()
    check_client_id(client_id)
    return _preview(uow, drafted_thread(uow, space_slug, draft, wish=wish))


def preview_reply(
    uow: UnitOfWork,
    thread_id: object,
    draft: Draft,
    *,
    client_id: object,
    reply_to: object = "",
) -> Preview:
    """How a reply will look; what `service.post_reply` refuses is refused here too, with the same errors."""
    uow.actor.require_human()
    check_client_id(client_id)
    return _preview(uow, drafted_reply(uow, thread_id, draft, reply_to=reply_to))


def posted_before(uow: UnitOfWork, typed: Mapping[str, str]) -> tuple[Post | None, bool]:
    """The post that this form made already, if any, and whether it was made of `typed`: the form's fields, by name.

    Words changed or taken away since, by another way, do not make the form another one.

    Raises NotAllowed, BadRequest; of a form that made one, Invalid and TooLong.
    """
    known = sent_before(uow, uow.actor.require_human(), check_client_id(typed["client_id"]), Post)
    if known is None:
        return None, False
    said = (clean(typed["body"], field="body", limit=POST_LIMIT), write_note(typed["content_note"]).text)
    first = uow.session.scalars(
        select(Revision)
        .where(Revision.contribution_id == known.id)
        .order_by(Revision.version, Revision.id)
        .limit(1)
    ).one_or_none()
    words = [(known.body, known.content_note)] + ([(first.body, first.content_note)] if first else [])
    return known, said in words and _is_asked(uow, known, typed)


def _is_asked(uow: UnitOfWork, known: Post, typed: Mapping[str, str]) -> bool:
    """True where title and wish, or what is answered, are those of the post."""
    if "title" in typed:
        thread = uow.session.get_one(Thread, known.stream_id)
        return (write_title(typed["title"]).text, typed["wish"]) == (thread.title, thread.wish)
    answered = uow.session.get(Post, known.reply_to_id) if known.reply_to_id else None
    return typed["reply_to"] == (answered.public_id if answered else "")


def as_shown(uow: UnitOfWork, draft: Draft) -> Markup:
    """The body of `draft` as it would stand in a post of the acting person's. Raises NotAllowed."""
    return _html(draft, uow.session.get_one(Account, require_reader(uow)))


def _preview(uow: UnitOfWork, drafted: DraftedThread | DraftedReply) -> Preview:
    draft, place = drafted.draft, drafted.space.slug
    # A phrase that holds is not told of: whoever wants to get round it could try words without ever posting any.
    held = review_post(uow, drafted.author, drafted.space, draft).held
    return Preview(
        title=draft.title.text,
        html=_html(draft, drafted.author),
        content_note=draft.note.text,
        waits=held == "first_posts",
        near_crisis=bool(draft.danger),
        asks_a_pause="pause" in draft.actions(place),
    )


def _html(draft: Draft, author: Account) -> Markup:
    """As `service` keeps it: links come alive once their author is past the first contributions."""
    return Markup(shown(draft, author))  # noqa: S704 -- text.written makes safe HTML
