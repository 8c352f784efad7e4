"""What the check for danger brings: one item a person, a quiet word to whoever keeps the room, nothing to others."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from peerspace.accounts.sessions import open_session
from peerspace.chat.models import Message
from peerspace.community.danger import note_danger
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict
from peerspace.moderation import desk
from peerspace.moderation.item_page import item_page
from peerspace.moderation.models import Item, Report
from peerspace.moderation.queue import desk as queue
from peerspace.moderation.reports import report
from peerspace.moderation.worried import reply_to_staff, take_step, write_to_person
from peerspace.notifications.events import NoticeMade
from peerspace.notifications.models import Notice
from peerspace.notifications.queries import inbox
from tests.evening import Evening, once
from tests.people import People
from tests.saying import send_message


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


def test_a_content_note_is_kept_with_the_words(evening: Evening) -> None:
    with evening.database.write(evening.marigold) as uow:
        sent = send_message(
            uow, evening.room.slug, body="Tea.", content_note="i want to die", client_id=once()
        ).id
    _found(evening, evening.marigold, "message", sent)
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, queue(uow, "all").rows[0].public_id)
    assert [line.body for line in page.versions] == ["i want to die\n\nTea."]


def _claimed(evening: Evening, clock: HeldClock, minutes: int) -> str:
    """Marigold's worried item, claimed by Ines `minutes` ago."""
    _found(evening, evening.marigold, "message", _message(evening, evening.marigold))
    with evening.database.read(evening.ines) as uow:
        ref = queue(uow, "unclaimed").rows[0].public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    clock.move(minutes * 60)
    return ref


def _waits(evening: Evening) -> list[str]:
    with evening.database.read(evening.tomasz) as uow:
        return [row.public_id for row in queue(uow, "unclaimed").rows]


@pytest.mark.parametrize("way", ["words", "answer"])
def test_what_somebody_has_who_went_home_is_free_again_when_something_new_comes(
    evening: Evening, clock: HeldClock, way: str
) -> None:
    ref = _claimed(evening, clock, 1)
    if way == "answer":
        with evening.database.write(evening.ines) as uow:
            write_to_person(uow, ref, 2, "How is tonight?", client_id=once())
    clock.move(6 * 60)
    assert _waits(evening) == []
    if way == "words":
        _found(evening, evening.marigold, "message", _message(evening, evening.marigold, "still here"))
    else:
        with evening.database.write(evening.marigold) as uow:
            reply_to_staff(uow, "Bad.", client_id=once())
    assert _waits(evening) == [ref]
    with evening.database.read(evening.tomasz) as uow:
        page = item_page(uow, ref)
    assert (page.item.state, page.item.claimed_by) == ("new", None)
    assert [(step.kind, step.by) for step in page.steps if step.kind == "freed"] == [("freed", None)]


@pytest.mark.parametrize("sign", ["session", "just_now"])
def test_who_has_it_and_is_there_keeps_it_and_hears_of_new_words(
    evening: Evening, clock: HeldClock, sign: str
) -> None:
    _claimed(evening, clock, 6 if sign == "session" else 1)
    if sign == "session":
        with evening.database.write(evening.ines) as uow:
            open_session(uow, evening.ines.require_account())
    for words in ("still here", "and here"):
        _found(evening, evening.marigold, "message", _message(evening, evening.marigold, words))
    assert _waits(evening) == []
    assert _kinds(evening, evening.ines).count("worry_grew") == 1


def test_the_quiet_word_is_said_again_for_the_next_one_while_the_first_waits_unread(evening: Evening) -> None:
    told: list[int] = []
    evening.database.listeners.after_commit(NoticeMade, lambda happened: told.append(happened.account_id))
    for author in (evening.marigold, evening.ash):
        _found(evening, author, "message", _message(evening, author))
    assert _kinds(evening, evening.ines).count("worry_in_room") == 1
    assert told.count(evening.ines.require_account()) == 2


def test_what_was_refused_brings_an_item_without_the_words(evening: Evening) -> None:
    _found(evening, evening.marigold, "refused", evening.marigold.require_account())
    with evening.database.read(evening.ines) as uow:
        (row,) = queue(uow, "all").rows
        page = item_page(uow, row.public_id)
    assert (row.kind, row.member.name, row.hits) == ("worried", "Marigold", 1)
    assert page.evidence == []
    assert [step.kind for step in page.steps] == ["words_refused"]
