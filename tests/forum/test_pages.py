"""What pages show to whom: lists, a thread's pages, stubs, what waits, history; in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from peerspace.forum import post_forms, queries, thread_page
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from peerspace.streams.history import history
from tests.forum.acts import edit, remove, reply, set_state, start, thread_of
from tests.people import People


@pytest.fixture
def wren(people: People) -> Actor:
    people.space()
    return people.add("wren")


def page_of(
    database: Database, who: Actor, post: Post, page: int = 1, show: str = ""
) -> thread_page.ThreadPage:
    thread = thread_of(database, post).public_id
    with database.read(who) as uow:
        return thread_page.thread_page(uow, thread, page, show=show)


def titles(database: Database, who: Actor, page: int = 1) -> list[str]:
    with database.read(who) as uow:
        return [line.title for line in queries.space_page(uow, "nights", page).threads]


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements run inside the block."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_spaces_tell_how_many_threads_and_when_something_was_last_said(
    database: Database, people: People, wren: Actor, clock: HeldClock
) -> None:
    people.space("attic")
    with database.read(wren) as uow:
        assert [(card.slug, card.threads, card.last_at) for card in queries.spaces(uow)] == [
            ("attic", 0, None),
            ("nights", 0, None),
        ]
    opener = start(database, wren)
    start(database, wren)
    clock.move(60)
    reply(database, wren, thread_of(database, opener).public_id)
    with database.read(wren) as uow:
        cards = {card.slug: (card.threads, card.last_at) for card in queries.spaces(uow)}
    assert cards == {"attic": (0, None), "nights": (2, clock.now())}


def test_threads_are_listed_by_newest_activity_in_pages(
    database: Database, wren: Actor, clock: HeldClock
) -> None:
    posts = []
    for number in range(27):
        clock.move(60)
        posts.append(start(database, wren, title=f"Thread {number:02}"))
    clock.move(60)
    reply(database, wren, thread_of(database, posts[3]).public_id)
    first = titles(database, wren)
    assert first[:3] == ["Thread 03", "Thread 26", "Thread 25"]
    assert len(first) == 25
    assert titles(database, wren, 2) == ["Thread 01", "Thread 00"]
    with database.read(wren) as uow:
        page = queries.space_page(uow, "nights")
        assert (page.page, page.pages) == (1, 2)
        assert (page.threads[0].posts, page.threads[0].author.name) == (2, "wren")
        assert page.threads[0].href == f"/threads/{page.threads[0].id}/thread-03"
        for missing in (0, -1, 3, 10**6):
            with pytest.raises(NotFound):
                queries.space_page(uow, "nights", missing)


def test_a_thread_is_paged_by_place_and_stubs_keep_theirs(
    database: Database, people: People, wren: Actor
) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener).public_id
    posts = [opener] + [reply(database, wren, thread, f"Answer {n}") for n in range(2, 42)]
    guard = people.add("guard", Role.SUPERVISOR)
    remove(database, wren, posts[1])
    set_state(database, guard, posts[2], "hidden")
    first, last = page_of(database, wren, opener), page_of(database, wren, opener, 3)
    assert (first.pages, first.posts_total) == (3, 41)
    assert [post.position for post in first.posts] == list(range(1, 21))
    assert (first.position_from, first.position_to) == (1, 20)
    assert [post.position for post in last.posts] == [41]
    assert (last.position_from, last.position_to) == (41, 41)
    assert [(post.state, post.html) for post in first.posts[1:3]] == [("removed", ""), ("hidden", "")]
    assert first.posts[3].html == "<p>Answer 4</p>"
    for missing in (0, 4, -3):
        with pytest.raises(NotFound):
            page_of(database, wren, opener, missing)
    with database.read(wren) as uow:
        assert thread_page.place_of(uow, posts[0].public_id).endswith(
            f"/a-quiet-title#post-{opener.public_id}"
        )
        assert thread_page.place_of(uow, posts[40].public_id).endswith(f"?page=3#post-{posts[40].public_id}")


def test_an_answer_says_what_it_answers(database: Database, people: People, wren: Actor) -> None:
    opener = start(database, wren, body="**Long** " + "words " * 40)
    thread = thread_of(database, opener).public_id
    noted = reply(database, wren, thread, "Quiet words", content_note="loss")
    reply(database, people.add("finch"), thread, reply_to=opener.public_id)
    reply(database, people.add(), thread, reply_to=noted.public_id)
    third, fourth = page_of(database, wren, opener).posts[2:]
    assert third.answers is not None
    assert fourth.answers is not None
    assert (third.answers.name, third.answers.href) == ("wren", f"#post-{opener.public_id}")
    assert third.answers.excerpt.startswith("Long words words")
    assert third.answers.excerpt.endswith("words…")
    assert len(third.answers.excerpt) <= 90
    assert fourth.answers.excerpt == ""
    far = [reply(database, wren, thread) for _ in range(20)][-1]
    reply(database, wren, thread, reply_to=opener.public_id)
    assert far.seq == 24
    (*_, newest) = page_of(database, wren, opener, 2).posts
    assert newest.answers is not None
    assert newest.answers.href == f"/threads/{thread}/a-quiet-title#post-{opener.public_id}"


def test_reading_costs_the_same_however_much_there_is(
    database: Database, people: People, wren: Actor
) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener).public_id
    reply(database, wren, thread, reply_to=opener.public_id)
    start(database, people.add())
    with counting(database) as few:
        page_of(database, wren, opener)
        titles(database, wren)
    for _ in range(18):
        reply(database, people.add(), thread, reply_to=opener.public_id)
        start(database, people.add())
    with counting(database) as many:
        assert len(page_of(database, wren, opener).posts) == 20
        assert len(titles(database, wren)) == 20
    assert len(many) == len(few)
    assert len(many) <= 1 + 7 + 5  # the test's own look for the id, the thread's page, the space's page


class TestWaiting:
    """Held posts: theirs to see who wrote them."""

    def test_a_held_thread_is_there_for_its_author_and_supervisors_only(
        self, database: Database, people: People
    ) -> None:
        people.space(hold_first_posts="always")
        new, other, guard = people.add(established=False), people.add(), people.add("", Role.SUPERVISOR)
        held = start(database, new)
        (post,) = page_of(database, new, held).posts
        assert (post.state, post.html, post.position, post.own) == ("held", "<p>Words</p>", None, True)
        assert not page_of(database, new, held).takes_replies
        assert titles(database, new) == ["A quiet title"]
        assert titles(database, other) == []
        assert page_of(database, guard, held).title == "A quiet title"
        with pytest.raises(NotFound):
            page_of(database, other, held)
        with database.read(other) as uow, pytest.raises(NotFound):
            thread_page.place_of(uow, held.public_id)
        remove(database, new, held)
        with pytest.raises(NotFound):
            page_of(database, new, held)
        assert titles(database, new) == []

    def test_a_held_reply_stands_at_the_end_for_its_author(self, database: Database, people: People) -> None:
        people.space(hold_first_posts="always")
        old, new = people.add(), people.add(established=False)
        opener = start(database, old)
        thread = thread_of(database, opener).public_id
        held = reply(database, new, thread, "Waiting words")
        for _ in range(20):
            reply(database, old, thread)
        assert [post.id for post in page_of(database, new, opener, 2).posts][-1] == held.public_id
        assert held.public_id not in [post.id for post in page_of(database, new, opener, 1).posts]
        assert len(page_of(database, old, opener, 2).posts) == 1
        with database.read(new) as uow:
            assert thread_page.place_of(uow, held.public_id).endswith(f"?page=2#post-{held.public_id}")

    def test_an_edit_that_waits_shows_its_words_to_its_author_only(
        self, database: Database, people: People
    ) -> None:
        people.space(hold_first_posts="always")
        people.space("days")
        new, other = people.add(established=False), people.add()
        opener = start(database, new, space_slug="days")
        with database.write(installation(Origin.COMMAND)) as uow:
            from peerspace.community.settings import set_setting

            set_setting(uow, "watch_phrases", ["secret plan"])
        edit(database, new, opener, "A secret plan")
        assert page_of(database, new, opener).posts[0].html == "<p>A secret plan</p>"
        (stub,) = page_of(database, other, opener).posts
        assert (stub.state, stub.html) == ("hidden", "")
        assert stub.state_text == "This waits until a supervisor has read it."


class TestTitles:
    """A title is its author's words: it goes with the first post."""

    def test_removed(self, database: Database, people: People, wren: Actor) -> None:
        alone, answered = (
            start(database, wren, title="Alone title"),
            start(database, wren, title="Answered title"),
        )
        reply(database, people.add(), thread_of(database, answered).public_id)
        remove(database, wren, alone)
        remove(database, wren, answered)
        assert titles(database, wren) == [queries.REMOVED_TITLE]
        page = page_of(database, people.add(), answered)
        assert page.title == queries.REMOVED_TITLE
        assert "answered" not in page.href.lower()

    def test_hidden(self, database: Database, people: People, wren: Actor) -> None:
        opener = start(database, wren)
        set_state(database, people.add("", Role.SUPERVISOR), opener, "hidden")
        assert titles(database, wren) == []
        page = page_of(database, wren, opener)
        assert (page.title, page.takes_replies) == (queries.HIDDEN_TITLE, True)
        reply(database, people.add(), thread_of(database, opener).public_id)
        assert titles(database, wren) == [queries.HIDDEN_TITLE]

    @pytest.mark.parametrize(
        ("title", "slug"),
        [
            ("Does it ever get quieter?", "does-it-ever-get-quieter"),
            ("Ça va & à bientôt", "ca-va-a-bientot"),
            ("夜が長い", ""),
            ("../../etc/passwd", "etc-passwd"),
            ("x" * 199, "x" * 60),
            ("?page=2#post-1", "page-2-post-1"),
        ],
    )
    def test_addresses_are_plain(self, title: str, slug: str) -> None:
        assert queries.slug_of(title) == slug
        assert queries.thread_href("abc", title) == f"/threads/abc/{slug}".rstrip("/")


def test_history_is_for_the_author_and_for_supervisors_once_they_opened_it(
    database: Database, people: People, wren: Actor, clock: HeldClock
) -> None:
    post = start(database, wren, body="One", content_note="loss")
    clock.move(60)
    edit(database, wren, post, "Two")
    with database.read(wren) as uow:
        own = history(uow, post.public_id, Post, opened=False)
        assert [(v.number, v.html, v.content_note, v.until) for v in own.versions] == [
            (2, "<p>Two</p>", "", None),
            (1, "<p>One</p>", "loss", clock.now()),
        ]
    guard = people.add("", Role.SUPERVISOR)
    with database.read(guard) as uow:
        assert history(uow, post.public_id, Post, opened=False).versions == []
        assert len(history(uow, post.public_id, Post, opened=True).versions) == 2
    for other in (people.add(), people.add("", Role.PEER_WORKER)):
        with database.read(other) as uow, pytest.raises(NotFound):
            history(uow, post.public_id, Post, opened=True)
    remove(database, wren, post)
    with database.read(wren) as uow:
        assert [v.number for v in history(uow, post.public_id, Post, opened=False).versions] == [2, 1]


def test_own_forms(database: Database, people: People, wren: Actor) -> None:
    post = start(database, wren, body="One", content_note="loss")
    guard = people.add("", Role.SUPERVISOR)
    with database.read(wren) as uow:
        form = post_forms.own_post_form(uow, post.public_id, to_edit=True)
        assert (form.body, form.content_note, form.version) == ("One", "loss", 1)
    with database.read(guard) as uow, pytest.raises(NotAllowed):
        post_forms.own_post_form(uow, post.public_id, to_edit=True)
    set_state(database, guard, post, "hidden")
    with database.read(wren) as uow:
        assert post_forms.own_post_form(uow, post.public_id, to_edit=False).state == "hidden"
        with pytest.raises(Conflict):
            post_forms.own_post_form(uow, post.public_id, to_edit=True)


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.PANEL, Role.ADMINISTRATOR])
def test_roles_outside_the_community_read_nothing(
    database: Database, people: People, wren: Actor, role: Role
) -> None:
    post = start(database, wren)
    thread = thread_of(database, post).public_id
    alone = Actor(Origin.WEB, people.add().account_id, "x", frozenset({role}))
    with database.read(alone) as uow:
        for read in (
            lambda: queries.spaces(uow),
            lambda: queries.space_page(uow, "nights"),
            lambda: thread_page.thread_page(uow, thread),
            lambda: thread_page.place_of(uow, post.public_id),
            lambda: history(uow, post.public_id, Post, opened=True),
        ):
            with pytest.raises(NotAllowed):
                read()
