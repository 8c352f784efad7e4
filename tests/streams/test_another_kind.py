"""A kind of stream that only this test knows: held, edited, reported, hidden, captured, erased, blocked all the same.

It declares itself as a feature does, in its manifest, and touches nothing else.
"""

from __future__ import annotations

from collections.abc import Collection

import pytest
from sqlalchemy import Select, select

from peerspace import features
from peerspace.community.review import Review
from peerspace.community.settings import set_setting
from peerspace.consent import service as consent
from peerspace.consent.scopes import NAMES
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.catalogue import Catalogue
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.moderation import desk
from peerspace.moderation.decisions import choices_for, decide
from peerspace.moderation.item_page import item_page
from peerspace.moderation.models import Item
from peerspace.moderation.own import my_decisions
from peerspace.moderation.queue import desk as queue
from peerspace.moderation.reports import report
from peerspace.notifications.models import Notice
from peerspace.research.models import UsageEvent
from peerspace.streams import reactions, service
from peerspace.streams.access import contribution_for, require_reader, require_writer
from peerspace.streams.kinds import Description, StreamKind
from peerspace.streams.models import Contribution, Stream
from peerspace.streams.subject import subject_of_kind
from tests.people import People
from tests.saying import said


class Anthology(Stream):
    """Where poems stand."""

    __mapper_args__ = {"polymorphic_identity": "poem"}


class Poem(Contribution):
    """A contribution to an anthology."""

    __mapper_args__ = {"polymorphic_identity": "poem"}


def _readable(uow: UnitOfWork) -> Select[int]:
    require_reader(uow)
    return select(Anthology.id)


def _describe(_uow: UnitOfWork, poem_ids: Collection[int]) -> dict[int, Description]:
    return {poem_id: Description("The anthology", f"/poems/{poem_id}") for poem_id in poem_ids}


POEM = StreamKind(
    name="poem",
    contribution="verse",
    modality="forum",
    written="post_written",
    opened="post_written",
    first_ones="first_posts",
    readable=_readable,
    describe=_describe,
    refusal=lambda _stream: Conflict("thread_closed"),
    about="A poem by %(name)s",
    about_in="A poem by %(name)s in %(place)s",
    history_href=lambda public_id: f"/poems/{public_id}/history",
    gone="post_gone",
)


class Reading:
    """Two poets, a reader and a supervisor, with consent, and an anthology."""

    def __init__(self, database: Database, people: People) -> None:
        self.database = database
        self.ash, self.bo = people.add("Ash"), people.add("Bo")
        self.ines = people.add("Ines", Role.SUPERVISOR)
        self.people = people
        for actor in (self.ash, self.bo):
            with database.write(actor) as uow:
                consent.choose(uow, list(NAMES), shown=consent.Shown(1), old_enough=True)
        with database.write(installation(Origin.COMMAND)) as uow:
            anthology = Anthology()
            uow.session.add(anthology)
            uow.session.flush()
            self.stream_id = anthology.id

    def write(self, who: Actor, words: str, answers: Poem | None = None, client_id: str = "") -> Poem:
        with self.database.write(who) as uow:

            def find() -> service.Writing:
                stream = uow.session.get_one(Stream, self.stream_id)
                return service.Writing(require_writer(uow), stream, _review(uow), answers)

            return service.contribute(
                uow, Poem, said(uow, words), client_id=client_id or new_client_id(), find=find
            )

    def edit(self, who: Actor, poem: Poem, words: str) -> Poem:
        with self.database.write(who) as uow:
            return service.edit(uow, poem.public_id, Poem, said(uow, words), review=lambda _: _review(uow))

    def now(self, poem: Poem) -> Poem:
        with self.database.read(self.ines) as uow:
            return uow.session.get_one(Poem, poem.id)

    def rows(self) -> list[tuple[str, str, str, str]]:
        with self.database.read(self.ines) as uow:
            found = uow.session.scalars(select(UsageEvent).order_by(UsageEvent.id))
            return [(row.kind, row.modality, row.place, row.item) for row in found]


def _review(uow: UnitOfWork) -> service.Reviewer:
    def review(_author: object, draft: object) -> Review:
        return Review(held="phrase") if "hold" in draft.actions("anthology") else Review()  # type: ignore[attr-defined]

    return review


@pytest.fixture
def reading(database: Database, people: People) -> Reading:
    database.catalogue = Catalogue(
        [*(feature.brings for feature in features.FEATURES), (POEM, subject_of_kind(POEM))]
    )
    return Reading(database, people)


@pytest.mark.invariant(11)
def test_it_is_written_once_and_takes_its_place(reading: Reading) -> None:
    client_id = new_client_id()
    first = reading.write(reading.ash, "Rain, again.", client_id=client_id)
    again = reading.write(reading.ash, "Rain, again.", client_id=client_id)
    second = reading.write(reading.bo, "And then none.")
    assert (first.id, first.seq, second.seq, first.kind) == (again.id, 1, 2, "poem")


def test_it_waits_is_published_edited_and_removed(reading: Reading) -> None:
    with reading.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", ["nightshade"])
    held = reading.write(reading.ash, "Nightshade by the gate.")
    assert (held.state, held.seq) == ("held", None)
    with reading.database.read(reading.bo) as uow, pytest.raises(NotFound):
        contribution_for(uow, held.public_id, Poem)
    ref = _claim(reading)
    with reading.database.write(reading.ines) as uow:
        decide(uow, ref, 2, kind="publish", reason="A plant.")
    assert (reading.now(held).state, reading.now(held).seq) == ("published", 1)
    edited = reading.edit(reading.ash, held, "A flower by the gate.")
    assert (edited.version, edited.state) == (2, "published")
    with reading.database.write(reading.ash) as uow:
        service.remove(uow, held.public_id, Poem)
    with pytest.raises(Conflict):
        reading.edit(reading.ash, held, "Back again.")


@pytest.mark.invariant(10)
def test_it_is_reported_hidden_and_shown_again(reading: Reading, clock: HeldClock) -> None:
    poem = reading.write(reading.ash, "I know where you live.")
    clock.move(60)
    reading.edit(reading.ash, poem, ".")
    with reading.database.write(reading.bo) as uow:
        report(uow, "verse", poem.public_id, reason="harassment", client_id=new_client_id())
    ref = _claim(reading)
    with reading.database.write(reading.ines) as uow:
        page = item_page(uow, ref)
        assert [line.body for line in page.versions] == ["I know where you live.", "."]
        assert page.item.place == "The anthology"
        item = uow.session.scalars(select(Item)).one()
        offered = {choice.kind for choice in choices_for(uow, item)}
        assert "hide" in offered
        assert not offered & {"lock", "hide_and_lock"}  # an anthology cannot be locked
        decide(uow, ref, 2, kind="hide", reason="It frightens.")
    assert reading.now(poem).state == "hidden"
    with reading.database.read(reading.ash) as uow:
        assert [line.kind for line in my_decisions(uow)] == ["hide"]
    with reading.database.write(reading.ines) as uow:
        service.set_state(uow, poem.id, "published")
    assert reading.now(poem).state == "published"


@pytest.mark.invariant(3)
def test_it_is_captured_and_erased(reading: Reading) -> None:
    first = reading.write(reading.ash, "One.")
    reading.write(reading.bo, "Two.", answers=first)
    place = f"poem:{reading.stream_id}"
    assert [row[:3] for row in reading.rows()] == [
        ("post_written", "forum", place),
        ("post_written", "forum", place),
        ("reply_received", "forum", place),
    ]
    assert reading.rows()[0][3] == f"verse:{first.id}"
    with reading.database.write(reading.ash) as uow:
        consent.stop_and_erase(uow)
    with reading.database.read(reading.ines) as uow:
        (left,) = uow.session.scalars(select(UsageEvent))
        assert (left.kind, left.reply_to, left.other_participant) == ("post_written", "verse:0", "")


@pytest.mark.invariant(9)
def test_whoever_blocked_its_author_is_not_told_of_an_answer(reading: Reading) -> None:
    poem = reading.write(reading.ash, "One.")
    reading.write(reading.bo, "Two.", answers=poem)

    def told() -> int:
        with reading.database.read(reading.ash) as uow:
            return len(uow.session.scalars(select(Notice)).all())

    assert told() == 1
    reading.people.block(reading.ash, reading.bo)
    reading.write(reading.bo, "Three.", answers=poem)
    assert told() == 1


@pytest.mark.invariant(6)
def test_a_phrase_reaches_its_author_only(reading: Reading) -> None:
    poem = reading.write(reading.ash, "One.")
    with reading.database.write(reading.bo) as uow:
        reactions.react(uow, poem.public_id, "with_you", Poem)
    with reading.database.write(reading.ash) as uow:
        assert reactions.reactions_to(uow, [poem]) == {poem.id: (("with_you", 1),)}
        with pytest.raises(NotAllowed):
            reactions.react(uow, poem.public_id, "with_you", Poem)


def _claim(reading: Reading) -> str:
    with reading.database.write(reading.ines) as uow:
        (row,) = queue(uow, "all").rows
        desk.claim(uow, row.public_id, 1)
    return row.public_id
