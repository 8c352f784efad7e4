"""How far somebody has read, what is new since, what they follow: the same on every device, and only what is theirs."""

from __future__ import annotations

import pytest

from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import BadRequest, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from peerspace.streams import reading
from tests.forum.acts import reply, start, thread_of
from tests.people import People


@pytest.fixture
def opening(database: Database, people: People) -> Post:
    people.space()
    return start(database, people.add("wren"))


def _unread(database: Database, who: Actor, opening: Post) -> int:
    with database.read(who) as uow:
        return reading.unread(uow, [opening.stream_id])[opening.stream_id]


def _read(database: Database, who: Actor, opening: Post, seq: int) -> int:
    with database.write(who) as uow:
        reading.mark_read(uow, opening.stream_id, seq)
    with database.read(who) as uow:
        return reading.read_up_to(uow, [opening.stream_id])[opening.stream_id]


def test_a_position_moves_on_and_never_back(database: Database, people: People, opening: Post) -> None:
    ash = people.add("ash")
    thread = thread_of(database, opening).public_id
    for _ in range(3):
        reply(database, people.add(), thread)
    assert _unread(database, ash, opening) == 4
    assert _read(database, ash, opening, 3) == 3
    assert _read(database, ash, opening, 1) == 3
    assert _unread(database, ash, opening) == 1
    assert _read(database, ash, opening, 10**9) == 4  # what is not there yet is not read
    reply(database, people.add(), thread)
    assert _unread(database, ash, opening) == 1


@pytest.mark.invariant(9)
def test_ones_own_and_what_blocked_people_wrote_is_not_new(
    database: Database, people: People, opening: Post
) -> None:
    ash, moss = people.add("ash"), people.add("moss")
    thread = thread_of(database, opening).public_id
    people.block(ash, moss)
    reply(database, moss, thread)
    reply(database, ash, thread)
    assert _unread(database, ash, opening) == 1  # the opening
    assert _unread(database, moss, opening) == 2


def test_counting_stops_at_twenty(database: Database, people: People, opening: Post) -> None:
    thread, other = thread_of(database, opening).public_id, people.add()
    for _ in range(25):
        reply(database, other, thread)
    assert _unread(database, people.add(), opening) == reading.UNREAD_MOST


def test_following_has_levels_and_is_ones_own(database: Database, people: People, opening: Post) -> None:
    ash, moss = people.add("ash"), people.add("moss")
    for level in ("all", "replies", "replies"):
        with database.write(ash) as uow:
            reading.follow(uow, opening.stream_id, level)
    with database.read(ash) as uow:
        assert reading.followed(uow) == {opening.stream_id: "replies"}
    with database.read(moss) as uow:
        assert reading.followed(uow) == {}
    with database.write(ash) as uow, pytest.raises(BadRequest):
        reading.follow(uow, opening.stream_id, "loudly")


def test_what_nobody_lets_one_read_cannot_be_followed_or_counted(database: Database, people: People) -> None:
    people.space("days", hold_first_posts="always")
    waiting = start(database, people.add(established=False), space_slug="days")
    ash = people.add("ash")
    for act in (
        lambda uow: reading.follow(uow, waiting.stream_id),
        lambda uow: reading.mark_read(uow, waiting.stream_id, 1),
        lambda uow: reading.mark_read(uow, 999_999, 1),
    ):
        with database.write(ash) as uow, pytest.raises(NotFound):
            act(uow)
    with database.read(ash) as uow:
        assert reading.unread(uow, [waiting.stream_id]) == {}


def test_researchers_as_such_read_nothing(database: Database, people: People, opening: Post) -> None:
    from peerspace.kernel.actor import Origin, Role

    researcher = Actor(Origin.WEB, people.add().account_id, "r", frozenset({Role.RESEARCHER}))
    with database.read(researcher) as uow, pytest.raises(NotAllowed):
        reading.unread(uow, [opening.stream_id])
