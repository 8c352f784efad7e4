"""What the check for danger brings: one item a person, a quiet word to whoever keeps the room, nothing to others."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from peerspace.chat.models import Message
from peerspace.community.danger import note_danger
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import Conflict
from peerspace.moderation import desk
from peerspace.moderation.models import Item, Report
from peerspace.moderation.queries import desk as queue
from peerspace.moderation.queries import item_page
from peerspace.moderation.reports import report
from peerspace.moderation.worried import take_step
from peerspace.notifications.models import Notice
from peerspace.notifications.queries import inbox
from tests.evening import Evening, once
from tests.people import People


def _found(evening: Evening, author: Actor, kind: str, row_id: int, *phrases: str) -> None:
    with evening.database.write(author) as uow:
        note_danger(uow, phrases or ("want to die",), kind, row_id, author.require_account())


def _message(evening: Evening, author: Actor, words: str = "here I am") -> int:
    ref = evening.say(author, words)
    with evening.database.read(evening.ines) as uow:
        return uow.session.scalars(select(Message.id).where(Message.public_id == ref)).one()


def _kinds(evening: Evening, actor: Actor) -> list[str]:
    with evening.database.read(actor) as uow:
        return [notice.kind for notice in inbox(uow).notices]


def test_it_stands_first_with_the_words_and_is_made_by_nobody(evening: Evening) -> None:
    with evening.database.write(evening.ash) as uow:
        report(uow, "post", evening.post, reason="self_harm_details", client_id=once())
    message = _message(evening, evening.marigold)
    _found(evening, evening.marigold, "message", message)
    with evening.database.read(evening.ines) as uow:
        row = queue(uow, "unclaimed").rows[0]
        page = item_page(uow, row.public_id)
    assert (row.kind, row.reason, row.priority, row.hits, row.reports) == (
        "worried",
        "worried",
        "safety",
        1,
        0,
    )
    assert row.member.pseudonym == "Marigold"
    assert [(line.body, line.target.where) for line in page.versions] == [("here I am", "Late-Kitchen")]
    assert [(step.kind, step.by) for step in page.steps] == [("words_found", None)]
    assert "report_heard" not in _kinds(evening, evening.marigold)


def test_it_is_one_for_a_person_while_it_is_open_and_its_hits_are_counted(evening: Evening) -> None:
    first, second = _message(evening, evening.marigold), _message(evening, evening.marigold, "still here")
    for row_id in (first, second, second):
        _found(evening, evening.marigold, "message", row_id)
    _found(evening, evening.marigold, "post", evening.post_id)
    with evening.database.read(evening.ines) as uow:
        (row,) = queue(uow, "all").rows
        page = item_page(uow, row.public_id)
        version = page.version
    assert row.hits == 4
    assert len(page.evidence) == 3  # the same words are kept once
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, row.public_id, version)
    _found(evening, evening.marigold, "message", first)
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        take_step(uow, row.public_id, version + 1, kind="nothing_needed")  # words came that she has not read
    with evening.database.write(evening.ines) as uow:
        take_step(uow, row.public_id, version + 2, kind="nothing_needed")
    _found(evening, evening.marigold, "message", first)
    with evening.database.read(evening.ines) as uow:
        (again,) = queue(uow, "all").rows
        assert (again.public_id != row.public_id, again.hits, again.state) == (True, 1, "new")


def test_two_at_the_same_moment_meet_on_one_item(evening: Evening) -> None:
    rows = [_message(evening, evening.marigold, f"line {number}") for number in range(4)]
    failed: list[Exception] = []

    def write(row_id: int) -> None:
        try:
            _found(evening, evening.marigold, "message", row_id, "want to die", "kill myself")
        except Exception as error:  # noqa: BLE001 a thread hands on whatever went wrong
            failed.append(error)

    threads = [threading.Thread(target=write, args=(row_id,)) for row_id in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failed == []
    with evening.database.read(evening.ines) as uow:
        assert uow.session.execute(select(func.count(), func.max(Item.hits))).one() == (1, 4)


@pytest.mark.invariant(9)
def test_only_whoever_keeps_the_room_gets_a_quiet_word_and_it_reveals_no_block(
    evening: Evening, people: People
) -> None:
    people.block(evening.ines, evening.marigold)
    people.block(evening.marigold, evening.ines)
    message = _message(evening, evening.marigold)
    for _ in range(3):
        _found(evening, evening.marigold, "message", message)
    assert _kinds(evening, evening.ines).count("worry_in_room") == 1
    with evening.database.read(evening.ines) as uow:
        word = uow.session.scalars(select(Notice).where(Notice.kind == "worry_in_room")).one()
        assert (word.values, word.about_id, word.ref_id) == ({"room": "late-kitchen"}, None, "")
    for other in (evening.ash, evening.marigold, evening.tomasz):
        assert "worry_in_room" not in _kinds(evening, other)


def test_who_keeps_the_room_is_told_nothing_about_themselves(evening: Evening) -> None:
    _found(evening, evening.ines, "message", _message(evening, evening.ines))
    assert "worry_in_room" not in _kinds(evening, evening.ines)


def test_words_in_a_report_about_a_supervisor_stay_with_the_others(evening: Evening) -> None:
    with evening.database.write(evening.ash) as uow:
        made = report(
            uow,
            "member",
            evening.ines.public_id,
            reason="harassment",
            words="I want to die",
            client_id=once(),
        )
    _found(evening, evening.ash, "report", made.id)
    bodies = {}
    for reader in (evening.ines, evening.tomasz):
        with evening.database.read(reader) as uow:
            ref = uow.session.scalars(select(Item.public_id).where(Item.kind == "worried")).one()
            bodies[reader] = [line.body for line in item_page(uow, ref).evidence]
    assert bodies == {evening.ines: [], evening.tomasz: ["I want to die"]}
    with evening.database.read(evening.tomasz) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Report)) == 1


@pytest.mark.invariant(7)
def test_nothing_waits_and_nobody_is_counted(evening: Evening) -> None:
    _found(evening, evening.marigold, "post", evening.post_id)
    with evening.database.read(evening.ines) as uow:
        assert uow.session.get_one(Post, evening.post_id).state == "published"
        assert uow.session.scalar(select(func.count()).select_from(Notice).where(
            Notice.account_id == evening.marigold.account_id
        )) == 0  # fmt: skip
