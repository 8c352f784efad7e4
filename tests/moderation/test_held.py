"""What waits for a human stands on the desk, and publishing it gives it its place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from peerspace.forum.models import Post
from peerspace.forum.service import edit_post, start_thread
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.moderation import desk
from peerspace.moderation.decisions import choices_for, decide
from peerspace.moderation.queries import desk as queue
from peerspace.moderation.queries import item_page
from tests.evening import Evening, once
from tests.people import People


def test_a_first_post_waits_on_the_desk_and_is_published_by_a_person(
    evening: Evening, people: People
) -> None:
    people.space("first-steps", hold_first_posts="always")
    new = people.add("Newcomer", established=False)
    with evening.database.write(new) as uow:
        post = start_thread(uow, "first-steps", title="Hello all", body="I am new.", client_id=once())
    assert (post.state, post.position) == ("held", None)
    with evening.database.read(evening.ines) as uow:
        rows = queue(uow, "unclaimed").rows
    assert [(row.kind, row.member.pseudonym) for row in rows] == [("held", "Newcomer")]
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, rows[0].public_id, 1)
    with evening.database.write(evening.ines) as uow:
        decide(uow, rows[0].public_id, 2, kind="publish", reason="Welcome.")
    with evening.database.read(evening.ines) as uow:
        published = uow.session.scalars(select(Post).where(Post.id == post.id)).one()
        assert (published.state, published.position) == ("published", 1)


def test_changing_what_waits_moves_the_item_on_so_nobody_publishes_words_they_never_saw(
    evening: Evening, people: People
) -> None:
    people.space("first-steps", hold_first_posts="always")
    new = people.add("Newcomer", established=False)
    with evening.database.write(new) as uow:
        post = start_thread(uow, "first-steps", title="Hello all", body="I am new.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        item = queue(uow, "unclaimed").rows[0].public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, item, 1)
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


def _held_on_the_desk(evening: Evening, people: People) -> tuple[Post, str]:
    people.space("first-steps", hold_first_posts="always")
    new = people.add("Newcomer", established=False)
    with evening.database.write(new) as uow:
        post = start_thread(uow, "first-steps", title="Hello all", body="I am new.", client_id=once())
    with evening.database.read(evening.ines) as uow:
        item = queue(uow, "unclaimed").rows[0].public_id
    with evening.database.write(evening.ines) as uow:
        desk.claim(uow, item, 1)
    return post, item


@pytest.mark.parametrize(
    "kind",
    ["hide", "warn", "private_word", "lock", "read_only", "suspend", "end_membership"],
)
def test_every_decision_on_what_waits_settles_it(evening: Evening, people: People, kind: str) -> None:
    post, item = _held_on_the_desk(evening, people)
    with evening.database.write(evening.ines) as uow:
        decide(uow, item, 2, kind=kind, reason="Not here.", days="7")
    with evening.database.read(evening.ines) as uow:
        assert uow.session.get_one(Post, post.id).state == "hidden"
        assert queue(uow, "all").rows == []


def test_what_waits_cannot_be_left_waiting_and_the_page_offers_what_the_service_takes(
    evening: Evening, people: People
) -> None:
    post, item = _held_on_the_desk(evening, people)
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
