"""A small evening: two members, two supervisors, a thread and an open room."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from peerspace.chat.models import Room
from peerspace.forum.models import Space
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.uow import Database
from tests.people import People
from tests.saying import post_reply, send_message, start_thread


def once() -> str:
    """A fresh client id."""
    return str(uuid4())


@dataclass(frozen=True)
class Evening:
    """Who and what is there. `opener` and `post` are public ids."""

    database: Database
    ash: Actor
    marigold: Actor
    ines: Actor
    tomasz: Actor
    space: Space
    room: Room
    thread: str
    opener: str
    post: str
    post_id: int

    def say(self, actor: Actor, words: str) -> str:
        """`actor` writes in the room; returns the message's public id."""
        with self.database.write(actor) as uow:
            return send_message(uow, self.room.slug, body=words, client_id=once()).public_id


@pytest.fixture
def evening(database: Database, people: People) -> Evening:
    ash, marigold = people.add("Ash"), people.add("Marigold")
    ines, tomasz = people.add("Ines", Role.SUPERVISOR), people.add("Tomasz", Role.SUPERVISOR)
    space = people.space()
    room = people.room(kept_by=ines)
    with database.write(ash) as uow:
        opener = start_thread(
            uow, space.slug, title="Third night", body="Cannot sleep again.", client_id=once()
        )
        thread = opener.stream_id
    from peerspace.forum.models import Thread

    with database.read(ash) as uow:
        thread_ref = uow.session.get_one(Thread, thread).public_id
    with database.write(marigold) as uow:
        post = post_reply(uow, thread_ref, body="Take two of my pills.", client_id=once())
    return Evening(
        database,
        ash,
        marigold,
        ines,
        tomasz,
        space,
        room,
        thread_ref,
        opener.public_id,
        post.public_id,
        post.id,
    )
