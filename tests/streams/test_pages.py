"""Pages: full at twenty or at so much text; where one begins never moves, whatever becomes of what stands there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import Database
from peerspace.streams.moving import move
from peerspace.streams.pages import MOST_TEXT, PAGE_AT, Page, page_of
from tests.forum.acts import remove, reply, start, thread_of
from tests.people import People


def _pages(database: Database, who, stream_id: int) -> list[tuple[int, int]]:
    with database.read(who) as uow:
        pages = page_of(uow, stream_id, 1).pages
        return [(one.first, one.last) for one in (page_of(uow, stream_id, n + 1) for n in range(pages))]


def test_a_page_is_full_at_twenty_and_never_moves(database: Database, people: People) -> None:
    people.space()
    ash, guard = people.add("ash"), people.add("guard", Role.SUPERVISOR)
    opening, other = start(database, ash), start(database, ash)
    thread = thread_of(database, opening).public_id
    posts = [reply(database, ash, thread) for _ in range(40)]
    starts = [first for first, _ in _pages(database, ash, opening.stream_id)]
    assert starts == [1, 21, 41]
    remove(database, ash, posts[3])
    with database.write(guard) as uow:
        move(uow, [post.id for post in posts[5:15]], other.stream_id)
    reply(database, ash, thread)
    assert [first for first, _ in _pages(database, ash, opening.stream_id)] == starts
    with database.read(ash) as uow:
        at = [
            uow.rows(select(PAGE_AT), {"stream": opening.stream_id, "seq": seq}).scalar() or 1
            for seq in (1, 20, 21, 40, 41, 42)
        ]
        assert at == [1, 1, 2, 2, 3, 3]
        for missing in (0, -1, 4):
            with pytest.raises(NotFound):
                page_of(uow, opening.stream_id, missing)


def test_a_page_is_full_at_so_much_text(database: Database, people: People) -> None:
    people.space()
    ash = people.add("ash")
    opening = start(database, ash)
    thread = thread_of(database, opening).public_id
    for _ in range(10):
        reply(database, ash, thread, "x" * 19_000)
    assert 3 * 19_000 < MOST_TEXT < 4 * 19_000
    assert [first for first, _ in _pages(database, ash, opening.stream_id)] == [1, 5, 8, 11]


def test_a_stream_without_pages_written_down_has_one(database: Database, people: People) -> None:
    people.space()
    ash = people.add("ash")
    opening = start(database, ash)
    with database.read(ash) as uow:
        only = page_of(uow, opening.stream_id, 1)
    assert (only.number, only.pages, only.first) == (1, 1, 1)
    assert only == Page(1, 1, 1, only.last)
    assert only.last > 10**9
