"""Threads on a reader's first page: what went on after their own last post, and what is new; without blocked people."""

from __future__ import annotations

from peerspace.accounts.models import Block
from peerspace.forum.all_spaces import all_spaces
from peerspace.forum.latest import ANSWERED, NEWEST, NewThread, threads_for_today
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.uow import Database
from tests.forum.acts import remove, reply, set_state, start, thread_of
from tests.people import People


def _answered(database: Database, who: Actor) -> list[tuple[str, int]]:
    with database.read(who) as uow:
        return [(thread.title, thread.fresh) for thread in threads_for_today(uow)[0]]


def _newest(database: Database, who: Actor) -> list[NewThread]:
    with database.read(who) as uow:
        answered, newest = threads_for_today(uow)
    assert not {thread.id for thread in answered} & {thread.id for thread in newest}
    return newest


def _block(database: Database, who: Actor, other: Actor) -> None:
    with database.write(who) as uow:
        uow.session.add(Block(blocker_id=who.account_id, blocked_id=other.account_id, created_at=uow.now))


def test_threads_that_went_on_after_ones_own_last_post(
    database: Database, people: People, clock: HeldClock
) -> None:
    people.space()
    wren, finch, crow = people.add("wren"), people.add("finch"), people.add("crow")
    threads = [
        thread_of(database, start(database, wren, title=f"Title number {number}")).public_id
        for number in range(ANSWERED + 1)
    ]
    assert _answered(database, wren) == []
    for thread in threads:
        clock.move(1)
        reply(database, finch, thread)
    first = reply(database, crow, threads[-1])
    found = _answered(database, wren)
    assert found[0] == (f"Title number {ANSWERED}", 2)
    assert len(found) == ANSWERED
    remove(database, crow, first)
    assert _answered(database, wren)[0] == (f"Title number {ANSWERED}", 1)
    reply(database, wren, threads[-1], "And mine")
    assert f"Title number {ANSWERED}" not in dict(_answered(database, wren))


def test_what_a_blocked_person_wrote_is_not_counted(database: Database, people: People) -> None:
    people.space()
    wren, finch = people.add("wren"), people.add("finch")
    thread = thread_of(database, start(database, wren)).public_id
    reply(database, finch, thread)
    _block(database, wren, finch)
    assert _answered(database, wren) == []


def test_the_newest_threads_without_those_that_are_blocked_hidden_or_named_already(
    database: Database, people: People, clock: HeldClock
) -> None:
    people.space()
    wren, finch, guard = people.add("wren"), people.add("finch"), people.add("guard", Role.SUPERVISOR)
    made = []
    for number in range(NEWEST + 2):
        clock.move(1)
        made.append(start(database, (wren, finch)[number % 2], title=f"Title number {number}"))
    assert len(_newest(database, guard)) == NEWEST
    shown = _newest(database, wren)
    assert [thread.title for thread in shown][:2] == [f"Title number {NEWEST + 1}", f"Title number {NEWEST}"]
    assert (shown[0].answers, shown[0].fresh, shown[0].author.name) == (0, 0, "finch")
    reply(
        database, finch, thread_of(database, made[-2]).public_id
    )  # wren's own: it went on, and is named as that
    assert made[-2].stream_id not in {thread.id for thread in _newest(database, wren)}
    set_state(database, guard, made[-2], "hidden")
    assert "number 8" not in " ".join(thread.title for thread in _newest(database, wren))
    _block(database, wren, finch)
    assert {thread.author.name for thread in _newest(database, wren)} == {"wren"}


def test_an_administrator_sees_every_space_and_how_it_is_set(database: Database, people: People) -> None:
    people.space("nights", hold_first_posts="always")
    people.space("days")
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.read(ada) as uow:
        found = {space.slug: space.hold_first_posts for space in all_spaces(uow)}
    assert found == {"nights": "always", "days": "never"}
