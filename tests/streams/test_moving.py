"""Moving: to the end of another stream, in order, with a trace; nothing is renumbered, and who met it is found."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from peerspace.consent.scopes import NAMES
from peerspace.forum.events import ThreadOpened
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, NotAllowed, NotFound
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.moderation import desk
from peerspace.moderation.decisions import decide
from peerspace.moderation.reports import report
from peerspace.research.capture import capture_reads
from peerspace.research.models import UsageEvent
from peerspace.streams.moving import move, places_of
from tests.forum.acts import post_now, reply, start, thread_of
from tests.people import People
from tests.research.community import Community


@pytest.fixture
def guard(people: People) -> Actor:
    return people.add("guard", Role.SUPERVISOR)


def _move(database: Database, guard: Actor, posts: list[Post], to: Post) -> None:
    with database.write(guard) as uow:
        move(uow, [post.id for post in posts], to.stream_id)


def test_what_is_moved_goes_to_the_end_in_its_order(
    database: Database, people: People, guard: Actor, clock: HeldClock
) -> None:
    people.space()
    ash = people.add("ash")
    first, second = start(database, ash), start(database, ash)
    here, there = thread_of(database, first).public_id, thread_of(database, second).public_id
    stays = reply(database, ash, there)
    moved = [reply(database, ash, here) for _ in range(3)]
    clock.move(3600)
    _move(database, guard, [moved[2], moved[0]], second)
    assert [post_now(database, one).seq for one in (second, stays, moved[0], moved[2])] == [1, 2, 3, 4]
    assert (post_now(database, moved[1]).stream_id, post_now(database, moved[1]).seq) == (first.stream_id, 3)
    assert reply(database, ash, here).seq == 5  # a number that was given out is never given out again
    with database.read(guard) as uow:
        former, now = places_of(uow, uow.session.get_one(Post, moved[0].id))
    assert (former.stream_id, former.seq, former.until) == (first.stream_id, 2, clock.now())
    assert (now.stream_id, now.seq, now.since, now.until) == (second.stream_id, 3, clock.now(), None)


def test_what_cannot_be_moved(database: Database, people: People, guard: Actor) -> None:
    people.space()
    people.space("days", hold_first_posts="always")
    ash = people.add("ash")
    first, second = start(database, ash), start(database, ash)
    answer = reply(database, ash, thread_of(database, first).public_id)
    waiting = start(database, people.add(established=False), space_slug="days")
    room = people.room(kept_by=guard)
    for posts, to in (
        ([first.id], second.stream_id),  # an opening moves with its thread only
        ([waiting.id], second.stream_id),
        ([answer.id], first.stream_id),
        ([answer.id], room.id),
    ):
        with database.write(guard) as uow, pytest.raises(BadRequest):
            move(uow, posts, to)
    for posts, to in (([], second.stream_id), ([999_999], second.stream_id), ([answer.id], 999_999)):
        with database.write(guard) as uow, pytest.raises(NotFound):
            move(uow, posts, to)
    with database.write(ash) as uow, pytest.raises(NotAllowed):
        move(uow, [answer.id], second.stream_id)
    assert post_now(database, answer).stream_id == first.stream_id


@pytest.mark.invariant(4)
def test_who_met_it_before_it_was_moved_is_found(
    database: Database, people: People, clock: HeldClock
) -> None:
    """Captured rows are never rewritten: they name the thread where somebody read it, which it has left since."""
    community = Community(database, people, clock)
    ash, bo, reader = (community.member(name, NAMES) for name in ("ash", "bo", "reader"))
    opening, elsewhere = community.thread(ash), community.thread(ash)
    bad = community.reply(bo, opening)
    clock.move(60)
    with database.write(reader) as uow:
        capture_reads(uow, [ThreadOpened(opening.stream_id, reader.require_account(), 1, 20)])
    clock.move(60)
    _move(database, community.keeper, [bad], elsewhere)
    clock.move(60)
    with database.write(ash) as uow:
        report(uow, "post", bad.public_id, reason="harassment", client_id=new_client_id())
    with database.read(community.keeper) as uow:
        (item,) = desk_items(uow)
    with database.write(community.keeper) as uow:
        desk.claim(uow, item, 1)
    with database.write(community.keeper) as uow:
        decide(uow, item, 2, kind="hide", reason="It hurts.")
    with database.read(community.keeper) as uow:
        met = select(UsageEvent.participant_id).where(UsageEvent.kind == "report_upheld_met")
        assert community.participant(reader) in set(uow.session.scalars(met))
        assert uow.session.get_one(Thread, elsewhere.stream_id).seq == 2


def desk_items(uow) -> list[str]:
    from peerspace.moderation.models import Item

    return list(uow.session.scalars(select(Item.public_id)))
