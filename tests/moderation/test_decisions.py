"""Claim, decide, be read: one supervisor at a time, never in their own case, with a reason the member finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from peerspace.accounts.models import Account, WebSession
from peerspace.chat.models import Message
from peerspace.forum.models import Post, Thread
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, PeerSpaceError
from peerspace.moderation import desk
from peerspace.moderation.decisions import CHOICES, choices_for, decide
from peerspace.moderation.item_page import item_page
from peerspace.moderation.models import Decision, Item
from peerspace.moderation.own import my_decisions, my_reports
from peerspace.moderation.reports import report
from peerspace.notifications.queries import inbox
from tests.evening import Evening, once
from tests.saying import edit_post


def _item(evening: Evening, kind: str = "post", ref: str = "", reporter=None) -> str:
    with evening.database.write(reporter or evening.ash) as uow:
        made = report(uow, kind, ref or evening.post, reason="harmful_advice", client_id=once())
        return uow.session.get_one(Item, made.item_id).public_id


def _claimed(evening: Evening, **kind) -> str:
    ref = _item(evening, **kind)
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    return ref


def _decide(evening: Evening, ref: str, kind: str, actor=None, version: int = 2, **fields) -> Decision:
    with evening.database.write(actor or evening.ines) as uow:
        return decide(
            uow, ref, version, kind=kind, reason=fields.pop("reason", "It can hurt somebody."), **fields
        )


@pytest.mark.invariant(7)
def test_hiding_a_post_is_decided_by_a_person_and_read_by_the_member(evening: Evening) -> None:
    ref = _claimed(evening)
    _decide(evening, ref, "hide", rule_ref="No medicine advice", to_reporters="Thank you, it is hidden.")
    with evening.database.read(evening.marigold) as uow:
        assert uow.session.get_one(Post, evening.post_id).state == "hidden"
        mine = my_decisions(uow)
        assert [(line.kind, line.reason, line.rule_ref, line.decided_by) for line in mine] == [
            ("hide", "It can hurt somebody.", "No medicine advice", None)
        ]
        assert [notice.kind for notice in inbox(uow).notices] == ["decision_about_you"]
    with evening.database.read(evening.ash) as uow:
        assert [(mine.state, mine.answer) for mine in my_reports(uow)] == [
            ("decided", "Thank you, it is hidden.")
        ]
        assert "report_decided" in [notice.kind for notice in inbox(uow).notices]
    with evening.database.read(evening.ines) as uow:
        assert evening.database.audit_log.verify(uow.session) == []
        assert item_page(uow, ref).decision is not None


def test_two_supervisors_never_overwrite_one_another(evening: Evening) -> None:
    ref = _item(evening)
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    with pytest.raises(Conflict), evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 1)
    with evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 2)  # knowing that Ines has it, Tomasz takes over
    with pytest.raises(PeerSpaceError):
        _decide(evening, ref, "hide", version=2)
    with pytest.raises(NotAllowed):
        _decide(evening, ref, "hide", version=3)
    _decide(evening, ref, "no_action", actor=evening.tomasz, version=3)
    with pytest.raises(Conflict):
        _decide(evening, ref, "hide", actor=evening.tomasz, version=4)
    with evening.database.read(evening.ines) as uow:
        assert len(uow.session.scalars(select(Decision)).all()) == 1


def test_nobody_decides_on_themselves(evening: Evening) -> None:
    ref = _item(evening, kind="member", ref=evening.ines.public_id)
    with pytest.raises(NotAllowed), evening.database.write(evening.ines) as uow:
        desk.claim(uow, ref, 1)
    with evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 1)
    _decide(evening, ref, "no_action", actor=evening.tomasz)


def test_members_reach_nothing_of_the_desk(evening: Evening) -> None:
    ref = _claimed(evening)
    for actor in (evening.ash, evening.marigold):
        with pytest.raises(NotAllowed), evening.database.write(actor) as uow:
            desk.claim(uow, ref, 2)
        with pytest.raises(NotAllowed), evening.database.write(actor) as uow:
            desk.add_note(uow, ref, 2, "mine")
        with pytest.raises(NotAllowed):
            _decide(evening, ref, "hide", actor=actor)
        with pytest.raises(NotAllowed), evening.database.read(actor) as uow:
            item_page(uow, ref)


def test_each_decision_does_what_it_says(evening: Evening, clock) -> None:
    message = evening.say(evening.marigold, "give me your number")

    def marigold() -> Account:
        with evening.database.read(evening.ines) as uow:
            account = uow.session.get_one(Account, evening.marigold.account_id)
            uow.session.expunge(account)
            return account

    _decide(evening, _claimed(evening, kind="message", ref=message), "hide")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Message.state)).one() == "hidden"
    _decide(evening, _claimed(evening, kind="message", ref=message), "restore")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Message.state)).one() == "published"
    _decide(evening, _claimed(evening), "lock")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Thread)).one().state_word == "locked"
    _decide(evening, _claimed(evening), "read_only", days="7")
    assert marigold().read_only_until == clock.now() + timedelta(days=7)
    assert marigold().status == "active"
    with evening.database.write(evening.ines) as uow:
        uow.session.add(
            WebSession(
                token_hash="h" * 64,
                account_id=evening.marigold.account_id,
                created_at=uow.now,
                seen_at=uow.now,
            )
        )
    _decide(evening, _claimed(evening), "suspend", days="14")
    assert (marigold().status, marigold().suspended_until) == ("suspended", clock.now() + timedelta(days=14))
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(WebSession.ended_at)).one() is not None
    _decide(evening, _claimed(evening), "end_membership")
    assert marigold().status == "ended"
    assert {choice.kind for choice in CHOICES} >= {"warn", "private_word", "no_action", "publish"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hide", {"reason": " "}),
        ("hide", {"reason": "x" * 4_001}),
        ("hide", {"reason": "\x00"}),
        ("burn", {}),
        ("", {}),
        ("publish", {}),  # nothing is held
        ("suspend", {}),
        ("suspend", {"days": "0"}),
        ("suspend", {"days": "367"}),
        ("suspend", {"days": "-3"}),
        ("suspend", {"days": "9" * 400}),
        ("read_only", {"days": "soon"}),
        ("hide", {"rule_ref": "r" * 81}),
    ],
)
def test_a_decision_that_does_not_fit_changes_nothing(
    evening: Evening, kind: str, fields: dict[str, str]
) -> None:
    ref = _claimed(evening)
    with pytest.raises(Invalid) as caught:
        _decide(evening, ref, kind, **fields)
    assert caught.value.fields
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, ref)
        assert (page.version, page.item.state, page.decision) == (2, "claimed", None)
        assert uow.session.get_one(Post, evening.post_id).state == "published"


def test_unknown_items_are_not_found(evening: Evening) -> None:
    with pytest.raises(NotFound), evening.database.write(evening.ines) as uow:
        desk.claim(uow, "no-such-item", 1)


@pytest.mark.parametrize(
    ("kind", "state", "locked"),
    [("hide", "hidden", False), ("lock", "published", True), ("hide_and_lock", "hidden", True)],
)
def test_hiding_an_opening_and_closing_its_thread_are_chosen_apart(
    evening: Evening, kind: str, state: str, locked: bool
) -> None:
    ref = _item(evening, ref=evening.opener, reporter=evening.marigold)
    with evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 1)
    _decide(evening, ref, kind, actor=evening.tomasz)
    with evening.database.read(evening.ines) as uow:
        thread = uow.session.scalars(select(Thread)).one()
        assert (thread.state, thread.state_word == "locked") == (state, locked)


def test_handing_back_with_a_note_and_claiming_again(evening: Evening) -> None:
    ref = _claimed(evening)
    with evening.database.write(evening.ines) as uow:
        desk.let_go(uow, ref, 2, "I know Marigold from outside.")
    with evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 3)
    with evening.database.read(evening.tomasz) as uow:
        page = item_page(uow, ref)
    assert [line.kind for line in page.steps] == ["reported", "claimed", "let_go", "claimed"]
    assert page.steps[2].note == "I know Marigold from outside."


def test_a_report_that_comes_while_somebody_decides_is_not_closed_unseen(evening: Evening) -> None:
    ref = _claimed(evening)
    _item(evening, reporter=evening.tomasz)
    with pytest.raises(Conflict):
        _decide(evening, ref, "no_action")
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, ref)
        assert (page.item.state, len(page.reports)) == ("claimed", 2)
    _decide(evening, ref, "no_action", version=page.version)


def test_deciding_after_somebody_took_over_is_a_conflict(evening: Evening) -> None:
    ref = _claimed(evening)
    with evening.database.write(evening.tomasz) as uow:
        desk.claim(uow, ref, 2)
    with pytest.raises(Conflict):
        _decide(evening, ref, "hide")


def test_an_item_shows_its_own_decision_however_many_followed(evening: Evening) -> None:
    ref = _claimed(evening)
    _decide(evening, ref, "warn")
    for _ in range(21):
        _decide(evening, _claimed(evening), "warn")
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, ref)
    assert page.decision is not None
    assert len(page.earlier) == 20


def test_only_what_fits_how_it_stands_can_be_chosen(evening: Evening) -> None:
    message = evening.say(evening.marigold, "give me your number")
    ref = _claimed(evening, kind="message", ref=message)
    with evening.database.read(evening.ines) as uow:
        kinds = {choice.kind for choice in choices_for(uow, desk.load_item(uow, ref))}
    assert "hide" in kinds
    assert not kinds & {"restore", "publish", "lock"}
    _decide(evening, ref, "hide")
    ref = _claimed(evening, kind="message", ref=message)
    with evening.database.read(evening.ines) as uow:
        kinds = {choice.kind for choice in choices_for(uow, desk.load_item(uow, ref))}
    assert "restore" in kinds
    assert not kinds & {"hide", "publish"}
    with pytest.raises(Invalid):
        _decide(evening, ref, "hide")


def test_the_member_reads_the_words_that_were_reported_not_older_ones(evening: Evening) -> None:
    with evening.database.write(evening.marigold) as uow:
        edit_post(uow, evening.post, "Take all of my pills.", version=1)
    _decide(evening, _claimed(evening), "hide")
    with evening.database.read(evening.marigold) as uow:
        (mine,) = my_decisions(uow)
    assert mine.body == "Take all of my pills."
