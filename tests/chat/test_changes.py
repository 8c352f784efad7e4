"""Edits, removals, hiding, reactions: every change takes a new rev, and nobody changes what is not theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from peerspace.chat import service
from peerspace.chat.models import Message
from peerspace.duty import service as duty_service
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, RoomClosed
from peerspace.streams import service as life
from peerspace.streams.events import (
    ContributionChanged,
    ContributionHeld,
    ContributionPublished,
    ContributionReacted,
)
from peerspace.streams.models import Revision
from tests import saying
from tests.chat.conftest import Kitchen
from tests.people import People


def test_an_edit_keeps_the_place_takes_a_rev_and_keeps_the_former_words(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "kettel's on")
    kitchen.send(kitchen.moss, "good")
    told = kitchen.events(kitchen.ash, saying.edit_message, mine.public_id, "kettle's on")
    assert [(one.state, one.by_staff) for one in told if isinstance(one, ContributionChanged)] == [
        ("published", False)
    ]
    with kitchen.database.read(kitchen.ash) as uow:
        row = uow.session.get_one(Message, mine.id)
        assert (row.seq, row.rev, row.version, row.body) == (1, 3, 2, "kettle's on")
        assert row.edited_at is not None
        kept = uow.session.scalars(select(Revision)).all()
        assert [(one.version, one.body) for one in kept] == [(1, "kettel's on")]
    assert kitchen.events(kitchen.ash, saying.edit_message, mine.public_id, "kettle's on") == []


def test_nobody_edits_or_removes_what_another_wrote(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "mine")
    for other in (kitchen.moss, kitchen.wren, kitchen.supervisor):
        with pytest.raises(NotAllowed, match="own_only"):
            kitchen.act(other, saying.edit_message, mine.public_id, "yours")
        with pytest.raises(NotAllowed, match="own_only"):
            kitchen.act(other, service.remove_message, mine.public_id)
    for wrong in ("nothing", None, 5, "x" * 50):
        with pytest.raises(NotFound):
            kitchen.act(kitchen.ash, saying.edit_message, wrong, "words")
    with pytest.raises(Invalid):
        kitchen.act(kitchen.ash, saying.edit_message, mine.public_id, " ")


@pytest.mark.invariant(2)
def test_new_words_need_an_open_room_taking_back_does_not(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "mine")
    kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    with pytest.raises(RoomClosed):
        kitchen.act(kitchen.ash, saying.edit_message, mine.public_id, "other words")
    kitchen.act(kitchen.ash, service.remove_message, mine.public_id)
    assert kitchen.bodies(kitchen.moss) == ["[removed]"]


def test_a_removed_message_is_a_stub_and_stays_removed(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "mine", content_note="sleep")
    answer = kitchen.send(kitchen.moss, "answer", reply_to=mine.public_id)
    kitchen.act(kitchen.ash, service.remove_message, mine.public_id)
    assert kitchen.events(kitchen.ash, service.remove_message, mine.public_id) == []
    stub, after = kitchen.catch_up(kitchen.moss).messages
    assert (stub.state, str(stub.html), stub.body, stub.content_note, stub.rev) == ("removed", "", "", "", 3)
    assert (after.id, after.reply_to and (after.reply_to.id, after.reply_to.excerpt)) == (
        answer.public_id, (mine.public_id, ""),
    )  # fmt: skip
    with pytest.raises(Conflict, match="message_gone"):
        kitchen.act(kitchen.ash, saying.edit_message, mine.public_id, "back")
    kitchen.act(kitchen.supervisor, life.set_state, mine.id, "published")
    assert kitchen.bodies(kitchen.moss)[0] == "[removed]"


@pytest.mark.invariant(7)
def test_only_a_supervisor_hides_and_restores(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "mine")
    for other in (kitchen.ash, kitchen.moss, kitchen.wren):
        with pytest.raises(NotAllowed):
            kitchen.act(other, life.set_state, mine.id, "hidden")
    told = kitchen.events(kitchen.supervisor, life.set_state, mine.id, "hidden")
    assert [(one.state, one.by_staff) for one in told if isinstance(one, ContributionChanged)] == [
        ("hidden", True)
    ]
    assert kitchen.bodies(kitchen.moss) == ["[hidden]"]
    assert kitchen.catch_up(kitchen.moss, last_seq=1, last_rev=1).changed[0].state == "hidden"
    kitchen.act(kitchen.supervisor, life.set_state, mine.id, "published")
    assert kitchen.bodies(kitchen.moss) == ["mine"]
    assert kitchen.events(kitchen.supervisor, life.set_state, mine.id, "published") == []
    with pytest.raises(BadRequest):
        kitchen.act(kitchen.supervisor, life.set_state, mine.id, "removed")


def test_an_edit_with_a_watch_phrase_waits_in_its_place(
    kitchen: Kitchen, hold: Callable[[str], None]
) -> None:
    mine = kitchen.send(kitchen.ash, "harmless")
    hold("secret potion")
    told = kitchen.events(kitchen.ash, saying.edit_message, mine.public_id, "secret potion")
    assert _of_chat(told) == [ContributionHeld, ContributionChanged]
    assert kitchen.bodies(kitchen.moss) == ["[held]"]
    own = kitchen.catch_up(kitchen.ash).messages[0]
    assert "secret potion" in own.html
    told = kitchen.events(kitchen.supervisor, life.publish_held, mine.id)
    assert _of_chat(told) == [ContributionChanged]
    assert kitchen.bodies(kitchen.moss) == ["secret potion"]
    assert kitchen.catch_up(kitchen.moss).seq == 1


def test_a_held_message_that_is_hidden_never_appears_and_can_be_restored(
    kitchen: Kitchen, hold: Callable[[str], None]
) -> None:
    hold("secret potion")
    held = kitchen.send(kitchen.ash, "secret potion")
    kitchen.act(kitchen.supervisor, life.set_state, held.id, "hidden")
    assert kitchen.bodies(kitchen.moss) == []
    told = kitchen.events(kitchen.supervisor, life.set_state, held.id, "published")
    assert _of_chat(told) == [ContributionPublished]
    assert kitchen.bodies(kitchen.moss) == ["secret potion"]


def test_a_held_message_that_its_author_takes_back_is_not_published(
    kitchen: Kitchen, hold: Callable[[str], None]
) -> None:
    hold("secret potion")
    held = kitchen.send(kitchen.ash, "secret potion")
    kitchen.act(kitchen.ash, service.remove_message, held.public_id)
    with pytest.raises(Conflict, match="not_held"):
        kitchen.act(kitchen.supervisor, life.publish_held, held.id)
    assert kitchen.bodies(kitchen.moss) == []


def _of_chat(told: list[object]) -> list[type]:
    """What was raised by the message's life; the desk raises its own beside it."""
    return [type(one) for one in told if type(one).__module__ == "peerspace.streams.events"]


def _reactions(kitchen: Kitchen, reader: object) -> tuple[tuple[str, int], ...]:
    return kitchen.catch_up(reader).messages[0].reactions  # type: ignore[arg-type]


@pytest.mark.invariant(6)
def test_only_the_author_sees_how_many_reacted(kitchen: Kitchen, people: People) -> None:
    mine = kitchen.send(kitchen.ash, "mine")
    told = kitchen.events(kitchen.moss, service.react, mine.public_id, "with_you")
    assert [(one.author_id, one.phrase) for one in told if isinstance(one, ContributionReacted)] == [
        (kitchen.ash.account_id, "with_you")
    ]
    assert kitchen.events(kitchen.moss, service.react, mine.public_id, "with_you") == []
    kitchen.act(kitchen.wren, service.react, mine.public_id, "with_you")
    kitchen.act(kitchen.wren, service.react, mine.public_id, "me_too")
    assert _reactions(kitchen, kitchen.ash) == (("me_too", 1), ("with_you", 2))
    for other in (kitchen.moss, kitchen.wren, kitchen.supervisor):
        assert _reactions(kitchen, other) == ()
    kitchen.act(kitchen.wren, service.react, mine.public_id, "with_you", on=False)
    people.block(kitchen.ash, kitchen.wren)
    assert _reactions(kitchen, kitchen.ash) == (("with_you", 1),)
    assert kitchen.catch_up(kitchen.ash).rev == 1


def test_reactions_that_make_no_sense_are_refused(kitchen: Kitchen) -> None:
    mine = kitchen.send(kitchen.ash, "mine")
    with pytest.raises(NotAllowed, match="own_reaction"):
        kitchen.act(kitchen.ash, service.react, mine.public_id, "with_you")
    for phrase in ("five_stars", "", None, 3, ["with_you"]):
        with pytest.raises(BadRequest, match="phrase_unknown"):
            kitchen.act(kitchen.moss, service.react, mine.public_id, phrase)
    kitchen.act(kitchen.ash, service.remove_message, mine.public_id)
    with pytest.raises(Conflict):
        kitchen.act(kitchen.moss, service.react, mine.public_id, "with_you")
