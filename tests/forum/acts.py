"""Short ways to act in the forum, each in a unit of work of its own."""

from __future__ import annotations

from typing import Any

from peerspace.forum import service
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.streams import service as life
from tests import saying


def start(database: Database, who: Actor, **options: Any) -> Post:
    """A thread by `who` in the space `nights`; returns its first post."""
    given = {"space_slug": "nights", "title": "A quiet title", "body": "Words", "client_id": new_client_id()}
    with database.write(who) as uow:
        return saying.start_thread(uow, **{**given, **options})


def reply(database: Database, who: Actor, thread: str, body: object = "An answer", **options: Any) -> Post:
    """A reply by `who` in the thread with public id `thread`."""
    with database.write(who) as uow:
        return saying.post_reply(uow, thread, body, **{"client_id": new_client_id(), **options})


def edit(
    database: Database, who: Actor, post: Post, body: object, version: int | None = None, note: str = ""
) -> Post:
    """`who` edits `post`, starting from `version` (by default the one `post` has)."""
    with database.write(who) as uow:
        return saying.edit_post(uow, post.public_id, body, version=version or post.version, content_note=note)


def remove(database: Database, who: Actor, post: Post) -> Post:
    """`who` removes `post`."""
    with database.write(who) as uow:
        return service.remove_post(uow, post.public_id)


def set_state(database: Database, guard: Actor, post: Post, state: str) -> Post:
    """The supervisor `guard` hides `post` or shows it again."""
    with database.write(guard) as uow:
        return life.set_state(uow, post.id, state)


def thread_of(database: Database, post: Post) -> Thread:
    """The thread of `post` as it stands now."""
    with database.read(installation(Origin.COMMAND)) as uow:
        thread = uow.session.get_one(Thread, post.stream_id)
        uow.session.expunge(thread)
        return thread


def post_now(database: Database, post: Post) -> Post:
    """`post` as it stands now."""
    with database.read(installation(Origin.COMMAND)) as uow:
        found = uow.session.get_one(Post, post.id)
        uow.session.expunge(found)
        return found
