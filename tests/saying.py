"""Short ways to say something in a test whose unit of work is open already: what was typed goes in, the row comes out.

Forms and sockets work a draft through before they open a unit of work that writes, and are held to it. Here one line
is enough, so the draft is made as if none were open.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVar

from peerspace.chat import service as chat
from peerspace.chat.models import Message
from peerspace.community import rules
from peerspace.community.drafts import Draft, phrase_lists, with_phrases
from peerspace.community.models import RulesVersion
from peerspace.consent import notices
from peerspace.consent.models import ConsentNotice
from peerspace.forum import service as forum
from peerspace.forum.drafted import written_post
from peerspace.forum.models import Post
from peerspace.kernel.uow import UnitOfWork

T = TypeVar("T")


def _before(work: Callable[..., T], *args: Any, **options: Any) -> T:
    """The result of `work` as if no unit of work were open."""
    return Context().run(work, *args, **options)


def said(uow: UnitOfWork, body: object, content_note: object = "", *, title: object = None) -> Draft:
    """The draft of a post."""
    draft = _before(written_post, uow.actor, body, content_note, title=title)
    return _before(with_phrases, uow.actor, draft, phrase_lists(uow))


def said_in_room(uow: UnitOfWork, body: object, content_note: object = "") -> Draft:
    """The draft of a message."""
    draft = _before(chat.written_message, uow.actor, body, content_note)
    return _before(with_phrases, uow.actor, draft, phrase_lists(uow))


def start_thread(
    uow: UnitOfWork,
    space_slug: object,
    title: object,
    body: object,
    *,
    content_note: object = "",
    **more: Any,
) -> Post:
    """Start a thread."""
    return forum.start_thread(uow, space_slug, said(uow, body, content_note, title=title), **more)


def post_reply(
    uow: UnitOfWork, thread_id: object, body: object, *, content_note: object = "", **more: Any
) -> Post:
    """Reply in a thread."""
    return forum.post_reply(uow, thread_id, said(uow, body, content_note), **more)


def edit_post(
    uow: UnitOfWork, post_id: object, body: object, *, version: int, content_note: object = ""
) -> Post:
    """Change a post."""
    return forum.edit_post(uow, post_id, said(uow, body, content_note), version=version)


def send_message(
    uow: UnitOfWork, room_slug: object, body: object, *, content_note: object = "", **more: Any
) -> Message:
    """Send a message to a room."""
    return chat.send_message(uow, room_slug, said_in_room(uow, body, content_note), **more)


def edit_message(uow: UnitOfWork, public_id: object, body: object) -> Message:
    """Change a message."""
    return chat.edit_message(uow, public_id, said_in_room(uow, body))


def publish_rules(uow: UnitOfWork, body: object, language: str = "") -> RulesVersion:
    """Publish rules."""
    return rules.publish_rules(uow, _before(rules.write_rules, uow.actor, body), language)


def publish_notice(uow: UnitOfWork, body: object, language: str = notices.LANGUAGE) -> ConsentNotice:
    """Publish a notice of consent."""
    return notices.publish_notice(uow, _before(notices.write_notice, body), language)
