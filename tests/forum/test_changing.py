"""Editing, removing, hiding and publishing: what stays, who may, and what is kept for the desk."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.community.settings import set_setting
from peerspace.forum import service
from peerspace.forum.models import Post, Space
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import (
    BadRequest,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    PeerSpaceError,
    TooLong,
)
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from peerspace.streams import service as life
from peerspace.streams.events import ContributionChanged, ContributionHeld, ContributionPublished
from peerspace.streams.history import look_at_history
from peerspace.streams.models import Revision
from tests import saying
from tests.forum.acts import edit, post_now, remove, reply, set_state, start, thread_of
from tests.people import People


@pytest.fixture
def wren(people: People) -> Actor:
    people.space()
    return people.add("wren")


@pytest.fixture
def guard(people: People, wren: Actor) -> Actor:
    return people.add("guard", Role.SUPERVISOR)


@pytest.fixture
def post(database: Database, wren: Actor) -> Post:
    return start(database, wren, body="First words", content_note="hospital")


@pytest.fixture
def heard(database: Database, post: Post) -> list[DomainEvent]:
    events: list[DomainEvent] = []
    for kind in (ContributionPublished, ContributionHeld, ContributionChanged):
        database.listeners.after_commit(kind, events.append)
    return events


def revisions(database: Database, post: Post) -> list[tuple[int, str, str, int]]:
    with database.read(installation(Origin.COMMAND)) as uow:
        rows = uow.session.scalars(
            select(Revision).where(Revision.contribution_id == post.id).order_by(Revision.version)
        )
        return [(row.version, row.body, row.content_note, row.by_id) for row in rows]


def test_an_edit_keeps_what_stood_before(
    database: Database, wren: Actor, post: Post, heard: list[DomainEvent], clock: HeldClock
) -> None:
    clock.move(60)
    after = edit(database, wren, post, "Other *words*")
    assert (after.version, after.body_html, after.content_note) == (2, "<p>Other <em>words</em></p>", "")
    assert (after.edited_at, after.seq, after.state) == (clock.now(), 1, "published")
    assert revisions(database, post) == [(1, "First words", "hospital", wren.account_id)]
    assert heard == [
        ContributionChanged(post.id, post.stream_id, "thread", wren.account_id, "published", by_staff=False)
    ]


def test_the_same_words_again_change_nothing(
    database: Database, wren: Actor, post: Post, heard: list[DomainEvent]
) -> None:
    once = edit(database, wren, post, "Other words")
    again = edit(database, wren, post, "Other words")
    assert (once.version, again.version) == (2, 2)
    assert len(heard) == 1
    assert len(revisions(database, post)) == 1


def test_two_edits_never_overwrite_one_another(database: Database, wren: Actor, post: Post) -> None:
    edit(database, wren, post, "From one window")
    with pytest.raises(Conflict) as refused:
        edit(database, wren, post, "From another window")
    assert refused.value.key == "changed_meanwhile"
    assert post_now(database, post).body == "From one window"


def test_of_edits_at_once_exactly_one_stands(database: Database, wren: Actor, post: Post) -> None:
    ready = threading.Barrier(5)
    outcomes: list[str] = []

    def send(number: int) -> None:
        ready.wait()
        try:
            edit(database, wren, post, f"Words {number}", version=1)
            outcomes.append("kept")
        except Conflict as refused:
            outcomes.append(refused.key)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["changed_meanwhile"] * 4 + ["kept"]
    assert len(revisions(database, post)) == 1
    assert post_now(database, post).version == 2


@pytest.mark.parametrize(
    ("body", "error"), [("", Invalid), ("x" * 20_001, TooLong), ("a\x00", Invalid), ("a\ud800", Invalid)]
)
def test_an_edit_is_checked_like_a_post(
    database: Database, wren: Actor, post: Post, body: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        edit(database, wren, post, body)
    assert post_now(database, post).body == "First words"


def test_nobody_changes_what_somebody_else_wrote(
    database: Database, people: People, guard: Actor, post: Post
) -> None:
    for other in (people.add(), guard):
        for act in (lambda who: edit(database, who, post, "x"), lambda who: remove(database, who, post)):
            with pytest.raises(NotAllowed) as refused:
                act(other)
            assert refused.value.key == "own_only"


def test_unknown_posts_are_not_there(database: Database, wren: Actor, post: Post) -> None:
    thread = thread_of(database, post).public_id
    for bad in ("nothing", "", "x" * 300, "\x00", thread, str(post.id)):
        with database.write(wren) as uow, pytest.raises(NotFound):
            saying.edit_post(uow, bad, "x", version=1)
        with database.write(wren) as uow, pytest.raises(NotFound):
            service.remove_post(uow, bad)


@pytest.mark.invariant(10)
def test_a_removed_post_leaves_a_stub_and_its_words_for_the_desk(
    database: Database, wren: Actor, post: Post, heard: list[DomainEvent]
) -> None:
    for _ in range(2):
        remove(database, wren, post)
    gone = post_now(database, post)
    assert (gone.state, gone.body, gone.body_html, gone.content_note, gone.seq) == (
        "removed",
        "",
        "",
        "",
        1,
    )
    assert revisions(database, post) == [(1, "First words", "hospital", wren.account_id)]
    assert heard == [
        ContributionChanged(post.id, post.stream_id, "thread", wren.account_id, "removed", by_staff=False)
    ]
    assert thread_of(database, post).state == "removed"
    with pytest.raises(Conflict) as refused:
        edit(database, wren, gone, "back")
    assert refused.value.key == "post_gone"


def test_a_thread_goes_on_when_its_opening_is_removed(
    database: Database, people: People, wren: Actor, post: Post
) -> None:
    thread = thread_of(database, post).public_id
    answer = reply(database, people.add(), thread)
    remove(database, wren, post)
    assert reply(database, people.add(), thread, reply_to=answer.public_id).seq == 3


def test_a_restricted_member_may_remove_but_not_edit(database: Database, wren: Actor, post: Post) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.get_one(Account, wren.account_id).read_only_until = uow.now + timedelta(days=2)
    with pytest.raises(NotAllowed):
        edit(database, wren, post, "Other")
    assert remove(database, wren, post).state == "removed"


def test_in_a_locked_thread_words_can_be_removed_but_not_changed(
    database: Database, wren: Actor, guard: Actor, post: Post
) -> None:
    with database.write(guard) as uow:
        service.lock_thread_of(uow, post.id)
        service.lock_thread_of(uow, post.id)
    with pytest.raises(Conflict) as refused:
        edit(database, wren, post, "Other")
    assert refused.value.key == "thread_closed"
    assert remove(database, wren, post).state == "removed"
    with database.read(guard) as uow:
        assert uow.session.scalars(select(AuditEntry.action)).all().count("thread_locked") == 1


class TestStaff:
    """Hiding, showing again, publishing."""

    @pytest.mark.invariant(7)
    def test_only_a_supervisor_hides_publishes_and_locks(
        self, database: Database, people: People, wren: Actor, post: Post
    ) -> None:
        worker = people.add("", Role.PEER_WORKER)
        for actor in (wren, worker, installation(Origin.JOB), installation(Origin.COMMAND)):
            with database.write(actor) as uow:
                for act in (
                    lambda: life.set_state(uow, post.id, "hidden"),
                    lambda: life.publish_held(uow, post.id),
                    lambda: service.lock_thread_of(uow, post.id),
                    lambda: service.unlock_thread_of(uow, post.id),
                ):
                    with pytest.raises(NotAllowed):
                        act()
        assert post_now(database, post).state == "published"

    def test_a_hidden_post_keeps_its_place_and_comes_back(
        self, database: Database, wren: Actor, guard: Actor, post: Post, heard: list[DomainEvent]
    ) -> None:
        answer = reply(database, wren, thread_of(database, post).public_id)
        del heard[:]
        for state in ("hidden", "hidden", "published", "published"):
            changed = set_state(database, guard, answer, state)
            assert (changed.state, changed.seq, changed.body) == (state, 2, "An answer")
        assert heard == [
            ContributionChanged(answer.id, answer.stream_id, "thread", wren.account_id, state, by_staff=True)
            for state in ("hidden", "published")
        ]
        assert thread_of(database, post).state == "published"

    def test_hiding_the_opening_and_closing_the_thread_are_two_choices(
        self, database: Database, wren: Actor, guard: Actor, post: Post
    ) -> None:
        thread = thread_of(database, post).public_id
        set_state(database, guard, post, "hidden")
        assert reply(database, wren, thread).seq == 2  # those who talk under it go on
        with pytest.raises(Conflict) as refused:
            edit(database, wren, post, "Other")
        assert refused.value.key == "post_gone"
        with database.write(guard) as uow:
            service.lock_thread_of(uow, post.id)
        with pytest.raises(Conflict):
            reply(database, wren, thread)
        set_state(database, guard, post, "published")
        with pytest.raises(Conflict):
            reply(database, wren, thread)  # showing the words again opens nothing that was closed

    def test_what_its_author_removed_stays_removed(
        self, database: Database, wren: Actor, guard: Actor, post: Post
    ) -> None:
        remove(database, wren, post)
        for state in ("hidden", "published"):
            assert set_state(database, guard, post, state).state == "removed"
        with database.write(guard) as uow, pytest.raises(Conflict):
            life.publish_held(uow, post.id)

    def test_states_and_ids_are_checked(self, database: Database, guard: Actor, post: Post) -> None:
        for state in ("held", "removed", "", "drop table"):
            with pytest.raises(BadRequest):
                set_state(database, guard, post, state)
        with database.write(guard) as uow:
            for act in (
                lambda: life.set_state(uow, 999_999, "hidden"),
                lambda: life.publish_held(uow, 999_999),
                lambda: service.lock_thread_of(uow, 999_999),
            ):
                with pytest.raises(NotFound):
                    act()

    def test_a_held_opening_is_published_with_its_thread(
        self, database: Database, people: People, guard: Actor
    ) -> None:
        people.space("days", hold_first_posts="always")
        held = start(database, people.add(established=False), space_slug="days")
        with database.write(guard) as uow:
            life.publish_held(uow, held.id)
        thread = thread_of(database, held)
        assert (thread.state, thread.seq) == ("published", 1)
        assert post_now(database, held).seq == 1

    def test_a_held_post_that_is_hidden_can_still_be_published_later(
        self, database: Database, people: People, guard: Actor
    ) -> None:
        people.space("days", hold_first_posts="always")
        held = start(database, people.add(established=False), space_slug="days")
        assert set_state(database, guard, held, "hidden").seq is None
        assert thread_of(database, held).state == "hidden"
        with pytest.raises(Conflict):
            reply(database, guard, thread_of(database, held).public_id)  # it never stood anywhere
        assert set_state(database, guard, held, "published").seq == 1
        assert thread_of(database, held).state == "published"

    def test_a_held_post_goes_into_a_thread_that_was_locked_meanwhile(
        self, database: Database, people: People, wren: Actor, guard: Actor, post: Post
    ) -> None:
        with database.write(installation(Origin.COMMAND)) as uow:
            uow.session.get_one(Space, thread_of(database, post).space_id).hold_first_posts = "always"
        held = reply(database, people.add(established=False), thread_of(database, post).public_id)
        with database.write(guard) as uow:
            service.lock_thread_of(uow, post.id)
            life.publish_held(uow, held.id)
        assert post_now(database, held).seq == 2

    def test_an_edit_with_a_watch_phrase_waits_in_its_place(
        self, database: Database, wren: Actor, guard: Actor, post: Post, heard: list[DomainEvent]
    ) -> None:
        with database.write(installation(Origin.COMMAND)) as uow:
            set_setting(uow, "watch_phrases", ["message me"])
        waiting = edit(database, wren, post, "message me please")
        assert (waiting.state, waiting.seq) == ("held", 1)
        assert heard[0] == ContributionHeld(post.id, post.stream_id, "thread", wren.account_id, "phrase")
        del heard[:]
        again = edit(database, wren, waiting, "message me, or not")
        assert (again.state, [type(event) for event in heard]) == ("held", [ContributionChanged])
        with database.write(guard) as uow:
            life.publish_held(uow, post.id)
        assert post_now(database, post).seq == 1
        assert heard[-1] == ContributionChanged(
            post.id, post.stream_id, "thread", wren.account_id, "published", by_staff=True
        )
        assert thread_of(database, post).seq == 1


class TestSpaces:
    """Making spaces."""

    def test_an_administrator_and_the_installation_make_spaces(
        self, database: Database, people: People
    ) -> None:
        for number, actor in enumerate((people.add("", Role.ADMINISTRATOR), installation(Origin.DEMO))):
            with database.write(actor) as uow:
                space = service.create_space(uow, f"space-{number}", "Nights", "For when sleep stays away")
                assert (space.slug, space.hold_first_posts) == (f"space-{number}", "never")

    def test_two_who_make_the_same_at_once_are_told(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with database.write(installation(Origin.DEMO)) as uow:
            service.create_space(uow, "nights", "Nights")
            monkeypatch.setattr(uow.session, "scalar", lambda *_args, **_kwargs: None)
            with pytest.raises(Invalid) as refused:
                service.create_space(uow, "nights", "Nights")
        assert refused.value.fields == {"slug": "space_slug_taken"}

    def test_nobody_else_does(self, database: Database, people: People) -> None:
        for role in (Role.MEMBER, Role.SUPERVISOR, Role.RESEARCHER, Role.PANEL):
            with database.write(people.add("", role)) as uow, pytest.raises(NotAllowed):
                service.create_space(uow, "nights", "Nights")

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"slug": "Nights"}, "slug"),
            ({"slug": "n"}, "slug"),
            ({"slug": "-nights"}, "slug"),
            ({"slug": "a/b"}, "slug"),
            ({"slug": "x" * 49}, "slug"),
            ({"slug": "taken"}, "slug"),
            ({"name": ""}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"description": "x" * 301}, "description"),
            ({"hold_first_posts": "sometimes"}, "hold_first_posts"),
        ],
    )
    def test_fields_are_checked(
        self, database: Database, people: People, values: dict[str, str], field: str
    ) -> None:
        people.space("taken")
        with database.write(people.add("", Role.ADMINISTRATOR)) as uow, pytest.raises(Invalid) as refused:
            service.create_space(uow, **{"slug": "nights", "name": "Nights", **values})
        assert set(refused.value.fields) == {field}


@pytest.mark.invariant(8)
def test_a_supervisors_look_at_the_history_is_logged_and_the_authors_own_is_not(
    database: Database, people: People, wren: Actor, guard: Actor, post: Post
) -> None:
    for who in (wren, guard):
        with database.write(who) as uow:
            look_at_history(uow, post.public_id, Post)
    for who in (people.add(), people.add("", Role.PEER_WORKER)):
        with pytest.raises(PeerSpaceError), database.write(who) as uow:
            look_at_history(uow, post.public_id, Post)
    with database.read(guard) as uow:
        (entry,) = uow.session.scalars(select(AuditEntry).where(AuditEntry.action == "history_opened"))
        assert (entry.account_id, entry.concerns_id, entry.subject_id) == (
            guard.account_id,
            wren.account_id,
            str(post.id),
        )
