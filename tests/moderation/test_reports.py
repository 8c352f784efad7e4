"""Reporting: heard whatever it is about, kept as it stood, one item a target, once a client id."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from peerspace.chat.models import Message
from peerspace.chat.service import remove_message
from peerspace.community.settings import set_setting
from peerspace.forum.models import Post
from peerspace.forum.service import remove_post
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, Invalid, NotAllowed, NotFound, TooLong
from peerspace.moderation.item_page import ItemPage, item_page
from peerspace.moderation.models import Evidence, Item, Report
from peerspace.moderation.own import my_reports
from peerspace.moderation.queue import desk
from peerspace.moderation.reasons import REASONS
from peerspace.moderation.reports import report
from peerspace.notifications.queries import inbox
from peerspace.streams.service import publish_held
from tests.evening import Evening, once
from tests.saying import edit_message, edit_post, post_reply, start_thread


def _count(evening: Evening, model: type) -> int:
    with evening.database.read(evening.ines) as uow:
        return uow.session.scalar(select(func.count()).select_from(model)) or 0


def _report(
    evening: Evening,
    actor,
    kind: str,
    ref: str,
    reason: str = "harmful_advice",
    words: str = "",
    client_id=None,
):
    with evening.database.write(actor) as uow:
        return report(uow, kind, ref, reason=reason, words=words, client_id=client_id or once())


def test_a_post_a_message_and_a_member_can_be_reported_and_reach_the_desk(evening: Evening) -> None:
    message = evening.say(evening.marigold, "write me at my other place")
    _report(evening, evening.ash, "post", evening.post)
    _report(evening, evening.ash, "message", message, "contact_or_money")
    _report(evening, evening.ash, "member", evening.marigold.public_id, "worried")
    with evening.database.read(evening.ines) as uow:
        page = desk(uow, "unclaimed")
    assert [(row.target_kind, row.reason, row.priority) for row in page.rows] == [
        ("member", "worried", "safety"),
        ("post", "harmful_advice", "serious"),
        ("message", "contact_or_money", "serious"),
    ]
    assert page.counts == {"unclaimed": 3, "mine": 0, "overdue": 0, "all": 3}


@pytest.mark.invariant(10)
def test_evidence_outlives_editing_and_removal(evening: Evening) -> None:
    _report(evening, evening.ash, "post", evening.post)
    with evening.database.write(evening.marigold) as uow:
        edit_post(uow, evening.post, body="Something harmless.", version=1)
    with evening.database.write(evening.marigold) as uow:
        remove_post(uow, evening.post)
    with evening.database.read(evening.ines) as uow:
        row = desk(uow, "all").rows[0]
        page = item_page(uow, row.public_id)
    assert [line.body for line in page.evidence] == ["Take two of my pills."]
    assert page.changed_since
    assert page.target.state == "removed"


@pytest.mark.invariant(10)
def test_what_was_removed_before_the_report_can_still_be_reported_with_its_words(evening: Evening) -> None:
    with evening.database.write(evening.marigold) as uow:
        remove_post(uow, evening.post)
    _report(evening, evening.ash, "post", evening.post)
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Evidence.body)).all() == ["Take two of my pills."]


def test_a_message_keeps_the_ten_before_it(evening: Evening) -> None:
    for number in range(13):
        evening.say(evening.ash, f"line {number}")
    message = evening.say(evening.marigold, "send me money")
    _report(evening, evening.ash, "message", message, "contact_or_money")
    with evening.database.read(evening.ines) as uow:
        context = uow.session.scalars(select(Evidence.context)).one()
    assert [line["body"] for line in context] == [f"line {number}" for number in range(3, 13)]


def test_the_same_form_twice_is_one_report(evening: Evening) -> None:
    ref = once()
    first = _report(evening, evening.ash, "post", evening.post, client_id=ref)
    second = _report(evening, evening.ash, "post", evening.post, client_id=ref)
    assert first.id == second.id
    assert (_count(evening, Report), _count(evening, Item), _count(evening, Evidence)) == (1, 1, 1)


def test_many_reporters_at_once_meet_on_one_item(evening: Evening, people) -> None:
    reporters = [people.add() for _ in range(6)]
    errors: list[Exception] = []

    def tell(actor) -> None:
        try:
            _report(evening, actor, "post", evening.post)
        except Exception as error:  # noqa: BLE001 a thread hands on whatever went wrong
            errors.append(error)

    threads = [threading.Thread(target=tell, args=(actor,)) for actor in reporters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert (_count(evening, Report), _count(evening, Item), _count(evening, Evidence)) == (6, 1, 6)


def test_a_more_urgent_reason_raises_the_item(evening: Evening) -> None:
    _report(evening, evening.ash, "post", evening.post, "spam")
    with evening.database.read(evening.ines) as uow:
        before = desk(uow, "all").rows[0]
    _report(evening, evening.tomasz, "post", evening.post, "self_harm_details")
    with evening.database.read(evening.ines) as uow:
        after = desk(uow, "all").rows[0]
    assert (before.priority, after.priority) == ("other", "safety")
    assert after.due_at < before.due_at
    assert after.reports == 2


def test_every_reason_of_the_form_can_be_sent(evening: Evening, people) -> None:
    for reason in REASONS:
        _report(evening, people.add(), "post", evening.post, reason.key, words="because")
    assert _count(evening, Report) == len(REASONS)


def test_what_cannot_be_reported_is_said(evening: Evening) -> None:
    message = evening.say(evening.ash, "hello")
    for kind, ref, reason, words, error in [
        ("post", evening.post, "", "", Invalid),
        ("post", evening.post, "made_up", "", Invalid),
        ("post", evening.post, ["spam"], "", Invalid),
        ("post", evening.post, "something_else", "   ", Invalid),
        ("post", evening.post, "spam", "x" * 4_001, TooLong),
        ("post", evening.post, "spam", "bell \x07", Invalid),
        ("post", "nothing-here", "spam", "", NotFound),
        ("post", message, "spam", "", NotFound),
        ("space", evening.space.slug, "spam", "", BadRequest),
        ("message", message, "spam", "", Invalid),  # her own
    ]:
        with pytest.raises(error):
            _report(evening, evening.ash, kind, ref, reason, words)
    with pytest.raises(BadRequest):
        _report(evening, evening.ash, "post", evening.post, client_id="not-a-uuid")
    with pytest.raises(NotAllowed):
        _report(evening, guest(), "post", evening.post)
    assert (_count(evening, Report), _count(evening, Item)) == (0, 0)


@pytest.mark.invariant(9)
def test_a_blocked_member_can_still_be_reported_and_can_still_report(evening: Evening, people) -> None:
    people.block(evening.ash, evening.marigold)
    _report(evening, evening.ash, "post", evening.post)
    _report(evening, evening.marigold, "post", evening.opener)
    assert _count(evening, Report) == 2


def test_a_report_is_acknowledged_in_the_inbox_once(evening: Evening) -> None:
    ref = once()
    for _ in range(2):
        _report(evening, evening.ash, "post", evening.post, client_id=ref)
    with evening.database.read(evening.ash) as uow:
        heard = [notice for notice in inbox(uow).notices if notice.kind == "report_heard"]
        assert [notice.ref_id for notice in heard] == [my_reports(uow)[0].public_id]
    with evening.database.read(evening.marigold) as uow:
        assert inbox(uow).notices == []


def test_the_reporter_finds_their_own_reports_only(evening: Evening) -> None:
    _report(evening, evening.ash, "post", evening.post, words="this frightened me")
    with evening.database.read(evening.ash) as uow:
        assert [(mine.reason, mine.words, mine.state) for mine in my_reports(uow)] == [
            ("harmful_advice", "this frightened me", "new")
        ]
    with evening.database.read(evening.marigold) as uow:
        assert my_reports(uow) == []


def _watch(evening: Evening, text: str, action: str = "hold") -> None:
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", [{"text": text, "action": action}])


@pytest.mark.invariant(10)
def test_what_somebody_read_can_be_reported_while_an_edit_of_it_waits(evening: Evening) -> None:
    _watch(evening, "hush")
    message = evening.say(evening.marigold, "send me money")
    with evening.database.write(evening.marigold) as uow:
        edit_post(uow, evening.post, body="hush", version=1)
        edit_message(uow, message, "hush")
    _report(evening, evening.ash, "post", evening.post, words="it said to take pills")
    _report(evening, evening.ash, "message", message)
    with evening.database.read(evening.ines) as uow:
        pages = [item_page(uow, row.public_id) for row in desk(uow, "all").rows]
    assert [[line.body for line in page.versions] for page in pages] == [
        ["Take two of my pills.", "hush"],
        ["send me money", "hush"],
    ]
    assert pages[0].reports[0].words == "it said to take pills"


def test_what_never_appeared_cannot_be_reported(evening: Evening) -> None:
    _watch(evening, "hush")
    message = evening.say(evening.marigold, "hush")
    with pytest.raises(NotFound):
        _report(evening, evening.ash, "message", message)


def test_the_evidence_of_a_thread_that_waits_keeps_its_title(evening: Evening) -> None:
    _watch(evening, "hush")
    with evening.database.write(evening.marigold) as uow:
        start_thread(uow, evening.space.slug, title="A cruel hush", body="Words.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Evidence.body)).all() == ["A cruel hush\n\nWords."]


def test_the_ten_before_are_those_the_room_showed_before_it(evening: Evening) -> None:
    _watch(evening, "hush")
    waited = evening.say(evening.marigold, "hush now")
    evening.say(evening.ash, "said meanwhile")
    with evening.database.write(evening.ines) as uow:
        publish_held(uow, uow.session.scalars(select(Message.id).where(Message.public_id == waited)).one())
    last = evening.say(evening.ash, "said afterwards")
    _report(evening, evening.tomasz, "message", waited)
    _report(evening, evening.tomasz, "message", last)
    with evening.database.read(evening.ines) as uow:
        kept = uow.session.scalars(
            select(Evidence.context).where(Evidence.report_id.is_not(None)).order_by(Evidence.id)
        ).all()
    assert [[line["body"] for line in context] for context in kept] == [
        ["said meanwhile"],
        ["said meanwhile", "hush now"],
    ]


@pytest.mark.invariant(10)
@pytest.mark.parametrize("where", ["post", "message"])
def test_evidence_is_what_the_reader_read(evening: Evening, clock: HeldClock, where: str) -> None:
    """A threat that was edited away before it was reported is on the item, and so is what stands there now."""
    ref = _written(evening, where, "I know where you live.")
    clock.move(60)
    _edited(evening, where, ref, ".")
    clock.move(60)
    _report(evening, evening.ash, where, ref)
    page = _page(evening)
    assert [line.body for line in page.versions] == ["I know where you live.", "."]


@pytest.mark.invariant(10)
def test_what_nobody_could_read_lately_is_not_kept(evening: Evening, clock: HeldClock) -> None:
    """A version that was gone before the time that the setting says is not evidence; one that stood within it is."""
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "evidence_hours", 2)
        set_setting(uow, "watch_phrases", ["secret potion"])
    ref = _written(evening, "message", "long ago")
    _edited(evening, "message", ref, "since then")
    clock.move(3 * 3600)
    _edited(evening, "message", ref, "a secret potion")
    _edited(evening, "message", ref, "no potion")
    clock.move(60)
    _report(evening, evening.ash, "message", ref)
    bodies = [line.body for line in _page(evening).versions]
    assert "long ago" not in bodies
    assert "since then" in bodies  # it stood there until an hour ago
    assert bodies[-1] == "no potion"


@pytest.mark.invariant(10)
def test_what_stood_before_is_kept_also_where_it_was_removed_since(evening: Evening) -> None:
    first = evening.say(evening.ash, "come over tonight")
    with evening.database.write(evening.ash) as uow:
        remove_message(uow, first)
    answer = evening.say(evening.marigold, "no")
    _report(evening, evening.ash, "message", answer)
    (line,) = _page(evening).evidence
    assert [(said["body"], said["state"]) for said in line.context] == [("come over tonight", "removed")]


def _written(evening: Evening, where: str, words: str) -> str:
    if where == "message":
        return evening.say(evening.marigold, words)
    with evening.database.write(evening.marigold) as uow:
        return post_reply(uow, evening.thread, body=words, client_id=once()).public_id


def _edited(evening: Evening, where: str, ref: str, words: str) -> None:
    with evening.database.write(evening.marigold) as uow:
        if where == "message":
            edit_message(uow, ref, words)
        else:
            version = uow.session.scalars(select(Post.version).where(Post.public_id == ref)).one()
            edit_post(uow, ref, words, version=version)


def _page(evening: Evening) -> ItemPage:
    with evening.database.write(evening.ines) as uow:
        (row,) = desk(uow, "all").rows
        return item_page(uow, row.public_id)


@pytest.mark.invariant(10)
def test_an_edit_that_waits_is_not_among_what_stood_before(evening: Evening) -> None:
    """Nobody else has read it: what stands in the context is what could be read."""
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", ["nightshade"])
    first = evening.say(evening.ash, "good evening")
    answer = evening.say(evening.marigold, "and to you")
    with evening.database.write(evening.ash) as uow:
        edit_message(uow, first, "a nightshade")
    _report(evening, evening.ash, "message", answer)
    with evening.database.read(evening.ines) as uow:
        item = select(Item.public_id).where(Item.kind == "report")
        ref = uow.session.scalars(item).one()
    with evening.database.write(evening.ines) as uow:
        (line,) = item_page(uow, ref).evidence
    assert [(said["body"], said["state"]) for said in line.context] == [("good evening", "held")]
