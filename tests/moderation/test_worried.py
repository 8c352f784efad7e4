"""Worried about somebody: a form that helps, words that reach them through blocks, and never a measure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.kernel.actor import Actor
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooLong
from peerspace.moderation import desk
from peerspace.moderation.decisions import CHOICES, choices_for, decide
from peerspace.moderation.item_page import ItemPage, item_page
from peerspace.moderation.models import Decision, Item, ItemEvent, SafetyMessage
from peerspace.moderation.own import my_reports
from peerspace.moderation.queue import desk as queue
from peerspace.moderation.reports import report
from peerspace.moderation.worried import OUTCOMES, reply_to_staff, take_step, words_with, write_to_person
from peerspace.notifications.queries import inbox
from tests.evening import Evening, once
from tests.people import People


def _worry(evening: Evening, kind: str = "post", ref: str = "") -> str:
    """Ash is worried about Marigold; the item's public id, claimed by Ines at version 2."""
    with evening.database.write(evening.ash) as uow:
        made = report(uow, kind, ref or evening.post, reason="worried", client_id=once())
        ref = uow.session.get_one(Item, made.item_id).public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    return ref


def _page(evening: Evening, ref: str) -> ItemPage:
    with evening.database.read(evening.ines) as uow:
        return item_page(uow, ref)


def _kinds(evening: Evening, actor: Actor) -> list[str]:
    with evening.database.read(actor) as uow:
        return [notice.kind for notice in inbox(uow).notices]


@pytest.mark.invariant(7)
def test_nobody_is_measured_over_a_worry(evening: Evening) -> None:
    ref = _worry(evening)
    with evening.database.write(evening.ines) as uow:
        assert choices_for(uow, desk.load_item(uow, ref)) == []
        for choice in CHOICES:
            with pytest.raises(NotAllowed) as refused:
                decide(uow, ref, 2, kind=choice.kind, reason="No.", days="7")
            assert refused.value.key == "worried_no_decision"
    with evening.database.read(evening.ines) as uow:
        account = uow.session.get_one(Account, evening.marigold.account_id)
        assert (account.status, account.read_only_until) == ("active", None)
        assert uow.session.scalar(select(func.count()).select_from(Decision)) == 0


def test_a_worry_and_a_broken_rule_about_the_same_words_stand_apart(evening: Evening) -> None:
    ref = _worry(evening)
    with evening.database.write(evening.tomasz) as uow:
        report(uow, "post", evening.post, reason="harmful_advice", client_id=once())
    with evening.database.read(evening.ines) as uow:
        rows = queue(uow, "all").rows
    assert [(row.kind, row.target_kind, row.reason) for row in rows] == [
        ("worried", "member", "worried"),
        ("report", "post", "harmful_advice"),
    ]
    assert rows[0].public_id == ref
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, rows[1].public_id, 1)
    with evening.database.write(evening.ines) as uow:
        decide(uow, rows[1].public_id, 2, kind="hide", reason="Doses belong to a pharmacist.")
    assert _page(evening, ref).item.state == "claimed"


def test_everything_about_one_person_meets_on_one_item_that_stands_first(
    evening: Evening, clock: HeldClock
) -> None:
    message = evening.say(evening.marigold, "I am so tired of it all.")
    with evening.database.write(evening.ash) as uow:
        report(uow, "message", message, reason="self_harm_details", client_id=once())
    clock.move(timedelta(hours=1))
    ref = _worry(evening)
    with evening.database.write(evening.tomasz) as uow:
        report(uow, "message", message, reason="worried", client_id=once())
    with evening.database.read(evening.ines) as uow:
        rows = queue(uow, "all").rows
    assert [(row.public_id == ref, row.priority) for row in rows] == [(True, "safety"), (False, "safety")]
    page = _page(evening, ref)
    assert [line.reason for line in page.reports] == ["worried", "worried"]
    assert [(line.target.kind, line.body) for line in page.versions] == [
        ("message", "I am so tired of it all."),
        ("post", "Take two of my pills."),
    ]
    assert [line.target.place_url for line in page.versions] == [
        f"/rooms/{evening.room.slug}",
        f"/posts/{evening.post}",
    ]
    assert not page.changed_since


def test_each_step_is_kept_with_its_time_and_who_took_it(evening: Evening, clock: HeldClock) -> None:
    ref = _worry(evening)
    begun = clock.now()
    for number, kind in enumerate(("contacted", "answered", "escalated")):
        clock.move(timedelta(minutes=5))
        with evening.database.write(evening.ines) as uow:
            take_step(uow, ref, 2 + number, kind=kind, note=f"note {number}")
    page = _page(evening, ref)
    assert [(step.kind, step.at - begun, step.note) for step in page.steps[2:]] == [
        ("contacted", timedelta(minutes=5), "note 0"),
        ("answered", timedelta(minutes=10), "note 1"),
        ("escalated", timedelta(minutes=15), "note 2"),
    ]
    assert {step.by.pseudonym for step in page.steps[2:] if step.by} == {"Ines"}
    assert (page.item.state, page.item.is_open, page.mine) == ("escalated", True, True)


def test_nothing_is_overdue_while_the_person_was_written_to_and_all_of_it_once_they_answer(
    evening: Evening, clock: HeldClock
) -> None:
    ref = _worry(evening)
    clock.move(timedelta(minutes=20))
    assert _page(evening, ref).item.overdue  # the target for safety is 15 minutes
    with evening.database.write(evening.ines) as uow:
        write_to_person(uow, ref, 2, "How is tonight?", client_id=once())
    assert not _page(evening, ref).item.overdue
    clock.move(timedelta(hours=2))
    assert not _page(evening, ref).item.overdue
    with evening.database.write(evening.marigold) as uow:
        reply_to_staff(uow, "Hard.", client_id=once())
    clock.move(timedelta(minutes=16))
    assert _page(evening, ref).item.overdue
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 4)  # she was away for two hours, and the item went back into the queue
    assert _page(evening, ref).item.overdue, "to have it is no help yet"
    with evening.database.write(evening.ines) as uow:
        take_step(uow, ref, 5, kind="answered")
    assert not _page(evening, ref).item.overdue
    clock.move(timedelta(hours=25))
    assert _page(evening, ref).item.overdue  # open for a day without anybody's look


@pytest.mark.parametrize(("kind", "closes", "ends"), [
    ("nothing_needed", False, True), ("answered", True, True), ("answered", False, False),
])  # fmt: skip
def test_a_step_can_end_the_item_and_whoever_told_hears_of_it(
    evening: Evening, kind: str, closes: bool, ends: bool
) -> None:
    ref = _worry(evening)
    with evening.database.write(evening.ines) as uow:
        take_step(uow, ref, 2, kind=kind, closes=closes)
    assert _page(evening, ref).item.is_open is not ends
    assert ("worry_ended" in _kinds(evening, evening.ash)) is ends
    with evening.database.read(evening.ash) as uow:
        assert [mine.state for mine in my_reports(uow)] == ["closed" if ends else "claimed"]
    if ends:
        assert _worry(evening) != ref
        with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
            take_step(uow, ref, 3, kind="answered")


def test_what_cannot_be_noted_changes_nothing(evening: Evening) -> None:
    ref = _worry(evening)
    with evening.database.write(evening.ash) as uow:
        made = report(uow, "post", evening.post, reason="spam", client_id=once())
        other = uow.session.get_one(Item, made.item_id).public_id
    for who, item, version, kind, note, error in [
        (evening.ines, ref, 2, "", "", Invalid),
        (evening.ines, ref, 2, "warn", "", Invalid),
        (evening.ines, ref, 2, ["answered"], "", Invalid),
        (evening.ines, ref, 2, "answered", "x" * 4_001, TooLong),
        (evening.ines, ref, 1, "answered", "", Conflict),
        (evening.tomasz, ref, 2, "answered", "", NotAllowed),
        (evening.ash, ref, 2, "answered", "", NotAllowed),
        (evening.ines, other, 1, "answered", "", Conflict),
        (evening.ines, "nothing", 1, "answered", "", NotFound),
    ]:
        with pytest.raises(error), evening.database.write(who) as uow:
            take_step(uow, item, version, kind=kind, note=note)
    page = _page(evening, ref)
    assert (page.version, page.item.state, len(page.steps)) == (2, "claimed", 2)


@pytest.mark.invariant(9)
def test_a_supervisors_words_reach_the_person_through_blocks_and_an_answer_comes_back(
    evening: Evening, people: People
) -> None:
    people.block(evening.marigold, evening.ines)
    people.block(evening.ines, evening.marigold)
    ref = _worry(evening)
    sent = once()
    for _ in range(2):
        with evening.database.write(evening.ines) as uow:
            write_to_person(uow, ref, 2, "How is tonight?", client_id=sent)
    assert _kinds(evening, evening.marigold).count("safety_written") == 1
    with evening.database.read(evening.marigold) as uow:
        assert [(line.body, line.by.pseudonym, line.theirs) for line in words_with(uow, uow.actor.account_id)] == [
            ("How is tonight?", "Ines", False)
        ]  # fmt: skip
    answer = once()
    for _ in range(2):
        with evening.database.write(evening.marigold) as uow:
            reply_to_staff(uow, "Hard. Thank you for asking.", client_id=answer)
    page = _page(evening, ref)
    assert [line.body for line in page.words_with] == ["How is tonight?", "Hard. Thank you for asking."]
    assert [step.kind for step in page.steps] == ["reported", "claimed", "wrote", "replied"]
    assert "safety_replied" in _kinds(evening, evening.ines)
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        take_step(uow, ref, 3, kind="nothing_needed")  # the answer came after the page was opened


def test_an_answer_after_the_item_was_closed_opens_one_again(evening: Evening) -> None:
    ref = _worry(evening)
    with evening.database.write(evening.ines) as uow:
        write_to_person(uow, ref, 2, "How is tonight?", client_id=once())
    with evening.database.write(evening.ines) as uow:
        take_step(uow, ref, 3, kind="contacted", closes=True)
    with evening.database.write(evening.marigold) as uow:
        reply_to_staff(uow, "Not good.", client_id=once())
    with evening.database.read(evening.tomasz) as uow:
        (row,) = queue(uow, "unclaimed").rows
        assert (row.kind, row.member.pseudonym, row.public_id != ref) == ("worried", "Marigold", True)
        assert [line.body for line in item_page(uow, row.public_id).words_with] == [
            "How is tonight?",
            "Not good.",
        ]


def test_who_may_write_and_read_these_words(evening: Evening, people: People) -> None:
    ref = _worry(evening)
    with pytest.raises(NotFound), evening.database.write(evening.marigold) as uow:
        reply_to_staff(uow, "Hello?", client_id=once())  # nobody wrote yet: this is no way to open a talk
    for who, error in ((evening.tomasz, NotAllowed), (evening.ash, NotAllowed)):
        with pytest.raises(error), evening.database.write(who) as uow:
            write_to_person(uow, ref, 2, "Hello.", client_id=once())
    for words in ("", " ", "x" * 4_001, "bell \x07"):
        with pytest.raises(Invalid), evening.database.write(evening.ines) as uow:
            write_to_person(uow, ref, 2, words, client_id=once())
    with pytest.raises(NotAllowed), evening.database.read(evening.ash) as uow:
        words_with(uow, evening.marigold.require_account())
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalar(select(func.count()).select_from(SafetyMessage)) == 0


def test_one_worried_about_keeps_nothing_of_their_own_item(evening: Evening) -> None:
    with evening.database.write(evening.ash) as uow:
        made = report(uow, "member", evening.ines.public_id, reason="worried", client_id=once())
        ref = uow.session.get_one(Item, made.item_id).public_id
    with pytest.raises(NotAllowed), evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    with pytest.raises(NotAllowed), evening.database.write(evening.ines) as uow:
        take_step(uow, ref, 1, kind="nothing_needed")
    page = _page(evening, ref)
    assert (page.own_case, page.reports, page.steps, page.words_with) == (True, [], [], [])


def test_the_steps_of_the_form_are_steps_that_are_kept(evening: Evening) -> None:
    ref = _worry(evening)
    for number, outcome in enumerate(OUTCOMES):
        with evening.database.write(evening.ines) as uow:
            take_step(uow, ref, 2 + number, kind=outcome.key)
    with evening.database.read(evening.ines) as uow:
        kinds = uow.session.scalars(select(ItemEvent.kind).order_by(ItemEvent.id)).all()
    assert kinds[2:] == [*(outcome.key for outcome in OUTCOMES), "finished"]
