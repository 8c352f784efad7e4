"""What waits for a human stands on the desk, and publishing it gives it its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from peerspace.accounts.service import mark_established
from peerspace.chat.models import Message
from peerspace.community.settings import set_setting
from peerspace.duty.models import Duty
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed
from peerspace.moderation import desk
from peerspace.moderation.decisions import choices_for, decide
from peerspace.moderation.item_page import item_page
from peerspace.moderation.models import Decision, Item
from peerspace.moderation.queue import desk as queue
from peerspace.moderation.reports import report
from peerspace.moderation.settling import settle_members
from peerspace.notifications.models import Notice
from tests.evening import Evening, once
from tests.people import People
from tests.saying import edit_message, edit_post, send_message, start_thread


def test_a_first_post_waits_on_the_desk_and_is_published_by_a_person(
    evening: Evening, people: People
) -> None:
    people.space("first-steps", hold_first_posts="always")
    new = people.add("Newcomer", established=False)
    with evening.database.write(new) as uow:
        post = start_thread(uow, "first-steps", title="Hello all", body="I am new.", client_id=once())
    assert (post.state, post.seq) == ("held", None)
    with evening.database.read(evening.ines) as uow:
        rows = queue(uow, "unclaimed").rows
    assert [(row.kind, row.member.pseudonym) for row in rows] == [("held", "Newcomer")]
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, rows[0].public_id, 1)
    with evening.database.write(evening.ines) as uow:
        decide(uow, rows[0].public_id, 2, kind="publish", reason="Welcome.")
    with evening.database.read(evening.ines) as uow:
        published = uow.session.scalars(select(Post).where(Post.id == post.id)).one()
        assert (published.state, published.seq) == ("published", 1)


def test_changing_what_waits_moves_the_item_on_so_nobody_publishes_words_they_never_saw(
    evening: Evening, people: People
) -> None:
    new, post, item = _held_on_the_desk(evening, people)
    with evening.database.write(new) as uow:
        edit_post(uow, post.public_id, body="Something else entirely.", version=post.version)
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        decide(uow, item, 2, kind="publish", reason="Welcome.")
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, item)
    assert [line.body.splitlines()[-1] for line in page.versions] == ["I am new.", "Something else entirely."]
    with evening.database.write(evening.ines) as uow:
        decide(uow, item, page.version, kind="publish", reason="Welcome.")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.get_one(Post, post.id).state == "published"


def _held_on_the_desk(evening: Evening, people: People) -> tuple[Actor, Post, str]:
    people.space("first-steps", hold_first_posts="always")
    new = people.add("Newcomer", established=False)
    with evening.database.write(new) as uow:
        post = start_thread(uow, "first-steps", title="Hello all", body="I am new.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        item = queue(uow, "unclaimed").rows[0].public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, item, 1)
    return new, post, item


@pytest.mark.parametrize(
    "kind",
    ["hide", "warn", "private_word", "lock", "read_only", "suspend", "end_membership"],
)
def test_every_decision_on_what_waits_settles_it(evening: Evening, people: People, kind: str) -> None:
    _, post, item = _held_on_the_desk(evening, people)
    with evening.database.write(evening.ines) as uow:
        decide(uow, item, 2, kind=kind, reason="Not here.", days="7")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.get_one(Post, post.id).state == "hidden"
        assert queue(uow, "all").rows == []


def test_what_waits_cannot_be_left_waiting_and_the_page_offers_what_the_service_takes(
    evening: Evening, people: People
) -> None:
    _, post, item = _held_on_the_desk(evening, people)
    with evening.database.read(evening.ines) as uow:
        offered = {choice.kind: choice.label for choice in choices_for(uow, desk.load_item(uow, item))}
    assert offered["publish"] == "Publish it"
    assert all(label.startswith("Hide it") for kind, label in offered.items() if kind != "publish")
    for kind in ("no_action", "restore"):
        assert kind not in offered
        with pytest.raises(Invalid), evening.database.write(evening.ines) as uow:
            decide(uow, item, 2, kind=kind, reason="Nothing to do.")
    with evening.database.write(evening.ines) as uow:
        decide(uow, item, 2, kind="publish", reason="Welcome.")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.get_one(Post, post.id).state == "published"


def _watch(evening: Evening, text: str, action: str) -> None:
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", [{"text": text, "action": action}])


def test_a_flagged_phrase_appears_at_once_and_a_human_looks(evening: Evening) -> None:
    _watch(evening, "my number", "flag")
    evening.say(evening.marigold, "Here is my number.")
    with evening.database.write(evening.marigold) as uow:
        post = start_thread(
            uow, evening.space.slug, title="Call me", body="This is my number.", client_id=once()
        )
    assert (post.state, post.seq) == ("published", 1)
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Message.state)).all() == ["published"]
        rows = queue(uow, "all").rows
        page = item_page(uow, rows[1].public_id)
        kinds = {choice.kind for choice in choices_for(uow, desk.load_item(uow, rows[1].public_id))}
    assert [(row.target_kind, row.waits) for row in rows] == [("message", False), ("post", False)]
    assert [row.due_at - row.opened_at for row in rows] == [timedelta(hours=1)] * 2
    assert page.evidence[0].body == "Call me\n\nThis is my number."
    assert "no_action" in kinds
    assert "publish" not in kinds


def test_a_flagged_edit_reaches_the_desk_too(evening: Evening) -> None:
    _watch(evening, "my number", "flag")
    message = evening.say(evening.marigold, "hello")
    with evening.database.write(evening.marigold) as uow:
        edit_post(uow, evening.post, body="my number", version=1)
        edit_message(uow, message, "my number")
    with evening.database.read(evening.ines) as uow:
        assert [row.target_kind for row in queue(uow, "all").rows] == ["post", "message"]


def test_settled_people_without_a_phrase_leave_the_desk_alone(evening: Evening) -> None:
    _watch(evening, "my number", "flag")
    evening.say(evening.marigold, "hello")
    with evening.database.read(evening.ines) as uow:
        assert queue(uow, "all").rows == []


@pytest.mark.parametrize("when", ["never", "off_shift"])
def test_first_posts_that_appear_at_once_are_looked_at_before_somebody_counts_as_settled(
    evening: Evening, people: People, when: str
) -> None:
    people.space("first-steps", hold_first_posts=when)
    with evening.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "first_posts", 2)
        uow.session.add(Duty(stream_id=None, account_id=evening.ines.account_id, from_at=uow.now))
    new = people.add("Newcomer", established=False)
    for title in ("Hello all", "Second one", "Third one"):
        with evening.database.write(new) as uow:
            assert start_thread(uow, "first-steps", title, "Words.", client_id=once()).state == "published"
    with evening.database.write(installation(Origin.JOB)) as uow:
        assert settle_members(uow) == 0
    with evening.database.read(evening.ines) as uow:
        rows = queue(uow, "all").rows
    assert len(rows) == 2
    for row in rows:
        with evening.database.write(evening.ines) as uow:
            desk.claim(uow, row.public_id, 1)
        with evening.database.write(evening.ines) as uow:
            decide(uow, row.public_id, 2, kind="no_action", reason="Welcome.")
    with evening.database.write(installation(Origin.JOB)) as uow:
        assert settle_members(uow) == 1


def test_links_come_alive_once_somebody_is_settled(evening: Evening, people: People) -> None:
    new = people.add("Newcomer", established=False)
    words = "See [this page](https://example.org/a)."
    with evening.database.write(new) as uow:
        post = start_thread(uow, evening.space.slug, "Hello all", words, client_id=once())
        message = send_message(uow, evening.room.slug, words, client_id=once())
    for shown in (post.body_html, message.body_html):
        assert shown == "<p>See this page (https://example.org/a).</p>"
    with evening.database.write(installation(Origin.JOB)) as uow:
        mark_established(uow, new.account_id)
    with evening.database.write(new) as uow:
        post = edit_post(uow, post.public_id, body=f"{words} Yes.", version=1)
        message = edit_message(uow, message.public_id, f"{words} Yes.")
    for shown in (post.body_html, message.body_html):
        assert '<a href="https://example.org/a"' in shown


def _to_look_at(evening: Evening, people: People) -> str:
    """A newcomer's first post, which stands at once and is claimed by Ines; the item's id."""
    people.space("open-door", hold_first_posts="never")
    new = people.add("Early", established=False)
    with evening.database.write(new) as uow:
        start_thread(uow, "open-door", title="Hello", body="I am new.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        item = queue(uow, "unclaimed").rows[-1].public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, item, 1)
    return item


def test_what_is_fine_as_it_stands_is_seen_without_a_decision(evening: Evening, people: People) -> None:
    ref = _to_look_at(evening, people)
    with evening.database.write(evening.ines) as uow:
        desk.seen(uow, ref, 2)
    with evening.database.read(evening.ines) as uow:
        assert uow.session.scalars(select(Decision)).all() == []
        item = uow.session.scalars(select(Item).where(Item.public_id == ref)).one()
        assert (item.state, item.open_key, item.decided_at) == ("closed", None, None)
        assert item.closed_at == uow.now
        assert [row.public_id for row in queue(uow, "decided").rows] == [ref]
        assert [step.kind for step in item_page(uow, ref).steps] == ["to_look_at", "claimed", "seen"]
        told = uow.session.scalars(select(Notice).where(Notice.account_id == item.member_id)).all()
        assert told == []
        post = uow.session.get_one(Post, item.target_id)
        assert post.state == "published"
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        desk.seen(uow, ref, 3)


def test_what_was_reported_or_waits_or_is_with_somebody_else_is_not_just_seen(
    evening: Evening, people: People
) -> None:
    ref = _to_look_at(evening, people)
    with pytest.raises(NotAllowed), evening.database.write(evening.tomasz) as uow:
        desk.seen(uow, ref, 2)
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        desk.seen(uow, ref, 1)
    with evening.database.read(evening.ines) as uow:
        target = item_page(uow, ref).target.public_id
    with evening.database.write(evening.marigold) as uow:
        report(uow, "post", target, reason="spam", client_id=once())
    with evening.database.read(evening.ines) as uow:
        page = item_page(uow, ref)
        assert not page.enough_to_see
    with pytest.raises(Conflict) as refused, evening.database.write(evening.ines) as uow:
        desk.seen(uow, ref, page.version)
    assert refused.value.key == "seen_not_enough"
    people.space("shut-door", hold_first_posts="always")
    with evening.database.write(people.add("Later", established=False)) as uow:
        start_thread(uow, "shut-door", title="Hello", body="I wait.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        waiting = next(row for row in queue(uow, "unclaimed").rows if row.waits)
        assert waiting.place == "Shut-Door"
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, waiting.public_id, 1)
    with pytest.raises(Conflict), evening.database.write(evening.ines) as uow:
        desk.seen(uow, waiting.public_id, 2)
