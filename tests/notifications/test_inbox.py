"""The inbox: answers and decisions reach it, blocked people never do, and it is nobody else's."""

from __future__ import annotations

import pytest

from peerspace.kernel.errors import NotFound
from peerspace.notifications.queries import inbox, unread_count
from peerspace.notifications.service import mark_all_read, mark_read
from tests.evening import Evening, once
from tests.people import People
from tests.saying import post_reply


def _kinds(evening: Evening, actor) -> list[str]:
    with evening.database.read(actor) as uow:
        return [notice.kind for notice in inbox(uow).notices]


def test_an_answer_reaches_the_one_answered_and_nobody_else(evening: Evening) -> None:
    assert _kinds(evening, evening.ash) == ["post_answered"]
    assert _kinds(evening, evening.marigold) == []
    with evening.database.write(evening.ash) as uow:
        post_reply(uow, evening.thread, body="talking to myself", client_id=once())
    assert _kinds(evening, evening.ash) == ["post_answered"]


@pytest.mark.invariant(9)
def test_a_blocked_person_s_answer_is_never_told_also_not_afterwards(
    evening: Evening, people: People
) -> None:
    people.block(evening.ash, evening.marigold)
    assert _kinds(evening, evening.ash) == []
    with evening.database.read(evening.ash) as uow:
        assert unread_count(uow, evening.ash.account_id) == 0
    with evening.database.write(evening.marigold) as uow:
        post_reply(uow, evening.thread, body="are you there", client_id=once())
    assert _kinds(evening, evening.ash) == []


def test_reading_is_remembered_and_strangers_cannot_open_it(evening: Evening) -> None:
    with evening.database.read(evening.ash) as uow:
        notice = inbox(uow).notices[0]
    with pytest.raises(NotFound), evening.database.write(evening.marigold) as uow:
        mark_read(uow, notice.public_id)
    with evening.database.write(evening.ash) as uow:
        mark_read(uow, notice.public_id)
    with evening.database.read(evening.ash) as uow:
        assert inbox(uow).unread == 0
    with evening.database.write(evening.marigold) as uow:
        post_reply(uow, evening.thread, body="one more", client_id=once())
    with evening.database.write(evening.ash) as uow:
        mark_all_read(uow)
    with evening.database.read(evening.ash) as uow:
        assert inbox(uow).unread == 0
