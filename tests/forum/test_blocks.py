"""Blocking in the forum (invariant 9): from the first minute, everywhere, and the blocked person cannot tell."""

from __future__ import annotations

import dataclasses

import pytest

from peerspace.forum import post_forms, queries, thread_page
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor
from peerspace.kernel.uow import Database
from tests.forum.acts import remove, reply, start, thread_of
from tests.people import People

pytestmark = pytest.mark.invariant(9)


class Scene:
    """Ada blocks Bob; Cleo blocks nobody. Bob wrote a thread and a reply in Ada's."""

    def __init__(self, database: Database, people: People) -> None:
        people.space()
        self.database = database
        self.ada, self.bob, self.cleo = people.add("ada"), people.add("bobbin"), people.add("cleo")
        self.bobs = start(database, self.bob, title="Title by bobbin", body="Opening by bobbin")
        self.adas = start(database, self.ada, title="Thread of ada")
        self.thread = thread_of(database, self.adas).public_id
        self.reply = reply(database, self.bob, self.thread, "Secret by bobbin", reply_to=self.adas.public_id)
        self.answer = reply(database, self.cleo, self.thread, "I agree", reply_to=self.reply.public_id)
        people.block(self.ada, self.bob)

    def page(self, who: Actor, post: Post, show: str = "") -> thread_page.ThreadPage:
        with self.database.read(who) as uow:
            return thread_page.thread_page(uow, thread_of(self.database, post).public_id, show=show)

    def space(self, who: Actor) -> queries.SpacePage:
        with self.database.read(who) as uow:
            return queries.space_page(uow, "nights")

    def spaces(self, who: Actor) -> list[queries.SpaceCard]:
        with self.database.read(who) as uow:
            return queries.spaces(uow)


@pytest.fixture
def scene(database: Database, people: People) -> Scene:
    return Scene(database, people)


def test_threads_by_the_blocked_are_not_in_lists_or_counts(scene: Scene) -> None:
    assert [line.title for line in scene.space(scene.ada).threads] == ["Thread of ada"]
    assert scene.spaces(scene.ada)[0].threads == 1
    assert scene.spaces(scene.cleo)[0].threads == 2


def test_a_post_by_the_blocked_is_a_thin_line_without_name_or_words(scene: Scene) -> None:
    page = scene.page(scene.ada, scene.adas)
    assert [post.state for post in page.posts] == ["published", "blocked", "published"]
    assert [post.position for post in page.posts] == [1, 2, 3]
    assert page.posts_total == 3
    assert "bobbin" not in repr(page)
    assert page.posts[2].answers is not None
    assert (page.posts[2].answers.name, page.posts[2].answers.excerpt) == ("someone you blocked", "")


def test_it_can_be_opened_once_and_only_that_one(scene: Scene) -> None:
    reply(scene.database, scene.bob, scene.thread, "More by bobbin")
    page = scene.page(scene.ada, scene.adas, show=scene.reply.public_id)
    opened, other = page.posts[1], page.posts[3]
    assert (opened.state, opened.author.name, opened.html) == (
        "published",
        "bobbin",
        "<p>Secret by bobbin</p>",
    )
    assert (other.state, other.html, other.author.name) == ("blocked", "", "")
    assert other.open_href.endswith(f"?show={other.id}#post-{other.id}")
    assert scene.page(scene.ada, scene.adas).posts[1].state == "blocked"
    assert scene.page(scene.ada, scene.adas, show="nonsense").posts[1].state == "blocked"


def test_a_thread_by_the_blocked_opened_by_its_address_keeps_its_title_back(scene: Scene) -> None:
    page = scene.page(scene.ada, scene.bobs)
    assert page.title == thread_page.BLOCKED_TITLE
    assert "bobbin" not in repr(page)
    assert scene.page(scene.ada, scene.bobs, show=scene.bobs.public_id).title == "Title by bobbin"
    with scene.database.read(scene.ada) as uow:
        assert "bobbin" not in thread_page.place_of(uow, scene.bobs.public_id)


def test_a_removed_post_of_the_blocked_stays_a_thin_line(scene: Scene) -> None:
    remove(scene.database, scene.bob, scene.reply)
    assert "bobbin" not in repr(scene.page(scene.ada, scene.adas))


def test_the_form_to_answer_the_blocked_names_nobody(scene: Scene) -> None:
    with scene.database.read(scene.ada) as uow:
        form = post_forms.answering(uow, scene.thread, scene.reply.public_id)
    assert form is not None
    assert (form.name, form.excerpt) == ("someone you blocked", "")


def test_the_blocked_person_sees_what_everybody_sees(scene: Scene, people: People) -> None:
    def plain(page: thread_page.ThreadPage) -> dict[str, object]:
        posts = [dataclasses.replace(post, own=False) for post in page.posts]
        return dataclasses.asdict(dataclasses.replace(page, posts=posts))

    for post in (scene.adas, scene.bobs):
        assert plain(scene.page(scene.bob, post)) == plain(scene.page(scene.cleo, post))
    assert scene.space(scene.bob) == scene.space(scene.cleo)
    assert scene.spaces(scene.bob) == scene.spaces(scene.cleo)
    sent = reply(scene.database, scene.bob, scene.thread, "Another", reply_to=scene.adas.public_id)
    assert (sent.state, sent.seq) == ("published", 4)
