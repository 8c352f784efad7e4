"""Starting threads and replying: what is kept, what is refused, and that a form sent twice makes one post."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.community.settings import set_setting
from peerspace.duty.models import Duty
from peerspace.forum import service
from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, TooLong
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.sentences import say
from peerspace.streams import service as life
from peerspace.streams.events import ContributionHeld, ContributionPublished
from tests import saying
from tests.forum.acts import reply, start, thread_of
from tests.people import People


@pytest.fixture
def wren(people: People) -> Actor:
    people.space()
    return people.add("wren")


@pytest.fixture
def heard(database: Database) -> list[DomainEvent]:
    events: list[DomainEvent] = []
    for kind in (ContributionPublished, ContributionHeld):
        database.listeners.after_commit(kind, events.append)
    return events


def test_a_thread_begins_with_its_first_post(
    database: Database, wren: Actor, heard: list[DomainEvent]
) -> None:
    post = start(database, wren, body="**Hello**\nthere", wish="listening", content_note=" hospital ")
    thread = thread_of(database, post)
    assert (post.seq, post.state, post.version) == (1, "published", 1)
    assert post.body_html == "<p><strong>Hello</strong><br>\nthere</p>"
    assert post.content_note == "hospital"
    assert (thread.title, thread.wish, thread.seq, thread.state) == (
        "A quiet title",
        "listening",
        1,
        "published",
    )
    assert heard == [
        ContributionPublished(post.id, thread.id, "thread", wren.account_id, True, None, None, names_it=False)
    ]


def test_replies_get_places_in_order(
    database: Database, people: People, wren: Actor, clock: HeldClock, heard: list[DomainEvent]
) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener)
    clock.move(60)
    other = people.add()
    first = reply(database, other, thread.public_id, reply_to=opener.public_id)
    second = reply(database, wren, thread.public_id)
    assert (first.seq, first.reply_to_id) == (2, opener.id)
    assert (second.seq, second.reply_to_id) == (3, None)
    after = thread_of(database, opener)
    assert (after.seq, after.last_post_at) == (3, clock.now())
    assert [(event.answers_id, event.names_it) for event in heard] == [
        (None, False),
        (opener.id, True),
        (opener.id, False),
    ]


@pytest.mark.invariant(11)
def test_the_same_form_sent_twice_makes_one_post(
    database: Database, wren: Actor, heard: list[DomainEvent]
) -> None:
    twice = new_client_id()
    first = start(database, wren, client_id=twice)
    again = start(database, wren, client_id=twice.upper(), body="Other words")
    assert again.id == first.id
    thread = thread_of(database, first)
    once = new_client_id()
    assert (
        reply(database, wren, thread.public_id, client_id=once).id
        == reply(database, wren, thread.public_id, client_id=once).id
    )
    with database.read(wren) as uow:
        assert uow.session.scalar(select(func.count(Post.id))) == 2
        assert uow.session.scalar(select(func.count(Thread.id))) == 1
    assert len(heard) == 2
    assert thread_of(database, first).seq == 2


@pytest.mark.invariant(11)
def test_the_same_form_sent_at_once_from_many_places_makes_one_post(database: Database, wren: Actor) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    once, new = new_client_id(), new_client_id()
    made: list[tuple[str, int]] = []
    ready = threading.Barrier(6)

    def send(kind: str) -> None:
        ready.wait()
        if kind == "reply":
            made.append((kind, reply(database, wren, thread, client_id=once).id))
        else:
            made.append((kind, start(database, wren, client_id=new).id))

    threads = [threading.Thread(target=send, args=("reply" if n % 2 else "start",)) for n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 6
    assert len(set(made)) == 2
    with database.read(wren) as uow:
        assert uow.session.scalar(select(func.count(Post.id))) == 3
        assert uow.session.scalar(select(func.count(Thread.id))) == 2
        assert uow.session.scalar(select(Thread.seq).where(Thread.public_id == thread)) == 2


def test_places_have_no_holes_when_many_reply_at_once(
    database: Database, people: People, wren: Actor
) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener).public_id
    crowd = [people.add() for _ in range(5)]
    failures: list[Exception] = []

    def talk(who: Actor) -> None:
        try:
            for n in range(8):
                reply(database, who, thread, f"Answer {n}")
        except Exception as error:  # noqa: BLE001 -- shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=talk, args=(who,)) for who in crowd]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    with database.read(wren) as uow:
        places = list(uow.session.scalars(select(Post.seq).order_by(Post.seq)))
    assert places == list(range(1, 42))
    assert thread_of(database, opener).seq == 41


def test_last_activity_never_goes_back(database: Database, wren: Actor, clock: HeldClock) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener).public_id
    clock.move(60)
    late = clock.now()
    reply(database, wren, thread)
    clock.move(-30)  # a transaction that began earlier and commits later
    reply(database, wren, thread)
    assert thread_of(database, opener).last_post_at == late


@pytest.mark.parametrize(
    ("options", "error", "key"),
    [
        ({"title": ""}, Invalid, "empty"),
        ({"title": None}, Invalid, "empty"),
        ({"title": "Hi"}, Invalid, "title_short"),
        ({"title": "x" * 201}, TooLong, "too_long"),
        ({"title": "with \x07 bell"}, Invalid, "bad_characters"),
        ({"body": " \n "}, Invalid, "empty"),
        ({"body": "x" * 20_001}, TooLong, "too_long"),
        ({"body": "caf\udce9"}, Invalid, "bad_utf8"),
        ({"body": "a\x00b"}, Invalid, "bad_characters"),
        ({"body": ["words"]}, Invalid, "bad_request"),
        ({"content_note": "x" * 121}, TooLong, "too_long"),
        ({"wish": "attention"}, Invalid, "wish_unknown"),
        ({"wish": None}, Invalid, "wish_unknown"),
        ({"client_id": "7"}, BadRequest, "client_id_bad"),
        ({"client_id": None}, BadRequest, "client_id_bad"),
        ({"space_slug": "nowhere"}, NotFound, "not_found"),
        ({"space_slug": "a\x00"}, NotFound, "not_found"),
        ({"space_slug": "x" * 500}, NotFound, "not_found"),
        ({"space_slug": None}, NotFound, "not_found"),
    ],
)
def test_a_thread_that_cannot_be_kept_is_refused_whole(
    database: Database, wren: Actor, options: dict[str, object], error: type[Exception], key: str
) -> None:
    with pytest.raises(error) as refused:
        start(database, wren, **options)
    assert refused.value.key == key  # type: ignore[attr-defined]
    assert "?" not in say(refused.value)  # type: ignore[arg-type]
    with database.read(wren) as uow:
        assert uow.session.scalar(select(func.count(Thread.id))) == 0


def test_the_limits_themselves_are_fine(database: Database, wren: Actor) -> None:
    post = start(database, wren, title="x" * 200, body="é" * 20_000, content_note="n" * 120)
    assert len(post.body) == 20_000
    assert start(database, wren, title="  five5 ").seq == 1


def test_a_reply_answers_a_post_of_the_same_thread_that_stands_there(
    database: Database, people: People, wren: Actor
) -> None:
    opener, elsewhere = start(database, wren), start(database, wren)
    thread = thread_of(database, opener).public_id
    removed = reply(database, wren, thread)
    with database.write(wren) as uow:
        service.remove_post(uow, removed.public_id)
    for bad in (elsewhere.public_id, removed.public_id, "nothing", "x" * 400, "\x00", 7, thread):
        with pytest.raises(Invalid) as refused:
            reply(database, people.add(), thread, reply_to=bad)
        assert refused.value.fields == {"reply_to": "reply_to_gone"}


def test_a_reply_to_a_thread_that_is_not_there(database: Database, wren: Actor) -> None:
    opener = start(database, wren)
    for bad in ("nothing", "", None, "x" * 300, "\x00", opener.public_id, str(opener.stream_id)):
        with pytest.raises(NotFound):
            reply(database, wren, bad)  # type: ignore[arg-type]


@pytest.mark.invariant(1)
@pytest.mark.parametrize("origin", [Origin.COMMAND, Origin.JOB, Origin.BENCH])
def test_only_humans_at_an_interactive_door_write(
    database: Database, people: People, wren: Actor, origin: Origin
) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    automaton = people.add(origin=origin)
    for actor in (automaton, installation(origin)):
        for act in (
            lambda who: start(database, who),
            lambda who: reply(database, who, thread),
            lambda who: _edit(database, who, thread),
        ):
            with pytest.raises(NotAllowed) as refused:
                act(actor)
            assert refused.value.key == "humans_only"


def _edit(database: Database, who: Actor, post_id: str) -> Post:
    with database.write(who) as uow:
        return saying.edit_post(uow, post_id, "other words", version=1)


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.PANEL, Role.ADMINISTRATOR])
def test_roles_outside_the_community_do_not_write(
    database: Database, people: People, wren: Actor, role: Role
) -> None:
    other = people.add()
    alone = Actor(Origin.WEB, other.account_id, other.public_id, frozenset({role}))
    with pytest.raises(NotAllowed) as refused:
        start(database, alone)
    assert refused.value.key == "role_needed"


@pytest.mark.parametrize("status", ["suspended", "waiting", "ended"])
def test_an_account_that_is_not_active_is_told_so(
    database: Database, people: People, wren: Actor, status: str
) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    for act in (lambda who: start(database, who), lambda who: reply(database, who, thread)):
        with pytest.raises(NotAllowed) as refused:
            act(people.add(status=status))
        assert refused.value.key == "account_not_active"


def test_a_restricted_account_reads_until_a_day_it_is_told(
    database: Database, wren: Actor, clock: HeldClock
) -> None:
    thread = thread_of(database, start(database, wren)).public_id
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.get_one(Account, wren.account_id).read_only_until = uow.now + timedelta(days=2)
    with pytest.raises(NotAllowed) as refused:
        reply(database, wren, thread)
    assert refused.value.key == "account_read_only"
    assert "4 March 2026" in say(refused.value)
    clock.move(timedelta(days=2))
    assert reply(database, wren, thread).seq == 2


def test_locked_threads_and_archived_spaces_take_nothing_new(
    database: Database, people: People, wren: Actor
) -> None:
    opener = start(database, wren)
    thread = thread_of(database, opener).public_id
    guard = people.add("guard", Role.SUPERVISOR)
    with database.write(guard) as uow:
        service.lock_thread_of(uow, opener.id)
    with pytest.raises(Conflict) as refused:
        reply(database, wren, thread)
    assert refused.value.key == "thread_closed"
    with database.write(guard) as uow:
        service.unlock_thread_of(uow, opener.id)
    assert reply(database, wren, thread).seq == 2
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.scalars(select(Space)).one().archived_at = uow.now
    with pytest.raises(Conflict) as refused:
        reply(database, wren, thread)
    assert refused.value.key == "thread_closed"
    with pytest.raises(Conflict) as refused:
        start(database, wren)
    assert refused.value.key == "space_closed"


class TestHolding:
    """A new member's first posts, and watch phrases."""

    def desk(self, database: Database, who: Actor) -> None:
        with database.write(installation(Origin.COMMAND)) as uow:
            uow.session.add(Duty(stream_id=None, account_id=who.account_id, from_at=uow.now))

    @pytest.mark.parametrize(
        ("setting", "desk", "held"),
        [
            ("never", False, False),
            ("off_shift", False, True),
            ("off_shift", True, False),
            ("always", True, True),
        ],
    )
    def test_first_posts_wait_where_the_space_says_so(
        self,
        database: Database,
        people: People,
        heard: list[DomainEvent],
        setting: str,
        desk: bool,
        held: bool,
    ) -> None:
        people.space(hold_first_posts=setting)
        new = people.add(established=False)
        if desk:
            self.desk(database, people.add("guard", Role.SUPERVISOR))
        post = start(database, new)
        assert post.state == ("held" if held else "published")
        assert post.seq == (None if held else 1)
        thread = thread_of(database, post)
        assert (thread.state, thread.seq) == ((post.state, 0) if held else (post.state, 1))
        assert [type(event) for event in heard] == [ContributionHeld if held else ContributionPublished]
        if held:
            assert heard == [ContributionHeld(post.id, thread.id, "thread", new.account_id, "first_posts")]

    def test_established_members_and_those_with_enough_posts_do_not_wait(
        self, database: Database, people: People
    ) -> None:
        people.space(hold_first_posts="always")
        open_space = people.space("days")
        assert start(database, people.add()).state == "published"
        new = people.add(established=False)
        for _ in range(3):
            assert start(database, new, space_slug=open_space.slug).state == "published"
        assert start(database, new).state == "published"

    def test_a_held_reply_takes_no_place_until_a_supervisor_publishes_it(
        self, database: Database, people: People, heard: list[DomainEvent]
    ) -> None:
        people.space(hold_first_posts="always")
        old, new = people.add(), people.add(established=False)
        opener = start(database, old)
        thread = thread_of(database, opener).public_id
        held = reply(database, new, thread, reply_to=opener.public_id)
        assert (held.state, held.seq) == ("held", None)
        assert reply(database, old, thread).seq == 2
        del heard[:]
        for _ in range(2):
            with database.write(people.add("", Role.SUPERVISOR)) as uow:
                published = life.publish_held(uow, held.id)
        assert (published.state, published.seq, published.published_at is not None) == (
            "published",
            3,
            True,
        )
        assert heard == [
            ContributionPublished(
                held.id,
                held.stream_id,
                "thread",
                new.account_id,
                is_opening=False,
                answers_id=opener.id,
                answers_author_id=opener.author_id,
                names_it=True,
            )
        ]
        assert thread_of(database, opener).seq == 3

    @pytest.mark.parametrize("where", ["title", "body", "content_note"])
    def test_a_watch_phrase_holds_whoever_writes_it(
        self, database: Database, wren: Actor, heard: list[DomainEvent], where: str
    ) -> None:
        with database.write(installation(Origin.COMMAND)) as uow:
            set_setting(uow, "watch_phrases", ["message me on", {"text": "pills", "action": "flag"}])
        post = start(database, wren, **{where: "please MESSAGE me on Signal"})
        assert post.state == "held"
        assert heard == [ContributionHeld(post.id, post.stream_id, "thread", wren.account_id, "phrase")]
        assert start(database, wren, **{where: "some pills"}).state == "published"

    @pytest.mark.invariant(11)
    def test_a_held_form_sent_twice_is_one_post(
        self, database: Database, people: People, heard: list[DomainEvent]
    ) -> None:
        people.space(hold_first_posts="always")
        new, twice = people.add(established=False), new_client_id()
        assert start(database, new, client_id=twice).id == start(database, new, client_id=twice).id
        assert len(heard) == 1

    def test_nobody_replies_to_a_thread_that_waits(self, database: Database, people: People) -> None:
        people.space(hold_first_posts="always")
        new = people.add(established=False)
        thread = thread_of(database, start(database, new)).public_id
        with pytest.raises(NotFound):
            reply(database, people.add(), thread)
        with pytest.raises(Conflict):
            reply(database, new, thread)
