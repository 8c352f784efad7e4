"""Capture: only what consent covers, both sides of an exchange, never a word, never in the way of an act."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, inspect, select

from peerspace.accounts.blocks import block
from peerspace.accounts.events import Blocked
from peerspace.chat.service import react
from peerspace.community.models import SettingValue
from peerspace.community.settings import set_setting
from peerspace.consent import service as consent
from peerspace.consent.scopes import NAMES
from peerspace.forum.events import ThreadOpened
from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import to_us
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.moderation import desk
from peerspace.moderation.decisions import decide
from peerspace.moderation.models import Item
from peerspace.moderation.reports import report
from peerspace.research import capture, harm
from peerspace.research.disclosure.levels import NEGATIVE
from peerspace.research.measures.engine import codebook
from peerspace.research.models import CaptureGap, UsageEvent
from peerspace.streams.service import publish_held
from tests.people import People
from tests.research.community import Community


@pytest.mark.invariant(3)
def test_nobody_without_consent_leaves_a_row(community: Community) -> None:
    ash, bo = community.member("ash", None), community.member("bo", None)
    first = community.thread(ash)
    community.reply(bo, first)
    community.say(bo, to=community.say(ash))
    community.enter(ash)
    community.clock.move(600)
    community.leave(ash)
    with community.database.write(ash) as uow:
        block(uow, bo.public_id)
    assert community.rows() == []


def test_a_thread_and_a_reply_have_two_sides(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo", training="trained", pay="volunteer")
    first = community.thread(ash, body="Anybody up?")
    community.clock.move(90)
    answer = community.reply(bo, first, "Yes, here.")
    started, received = community.rows(ash)
    (written,) = community.rows(bo)
    assert (started.kind, started.place, started.item) == (
        "thread_started",
        f"thread:{first.stream_id}",
        f"post:{first.id}",
    )
    assert (started.length_chars, started.other_class, started.reply_to) == (11, "none", "")
    assert (started.modality, started.synchrony, started.scope) == ("forum", "asynchronous", "usage")
    assert (written.kind, written.item, written.length_chars) == ("post_written", f"post:{answer.id}", 10)
    assert (written.other_participant, written.other_class) == (community.participant(ash), "participant")
    assert written.reply_to == ""  # it named nobody: the opener is meant
    assert (received.kind, received.scope, received.length_chars) == ("reply_received", "interactions", 0)
    assert (received.reply_to, received.item) == (f"post:{first.id}", f"post:{answer.id}")
    assert received.other_participant == community.participant(bo)
    assert (received.giver_role, received.giver_training, received.giver_pay) == (
        "member",
        "trained",
        "volunteer",
    )
    assert received.at_us - started.at_us == 90_000_000


def test_a_reply_answers_the_post_it_names(community: Community) -> None:
    ash, bo, cay = (community.member(name) for name in ("ash", "bo", "cay"))
    first = community.thread(ash)
    second = community.reply(bo, first)
    community.reply(cay, second, named=True)
    assert [row.kind for row in community.rows(ash)] == ["thread_started", "reply_received"]
    assert [row.kind for row in community.rows(bo)] == ["post_written", "reply_received"]
    (written,) = community.rows(cay)
    assert (written.reply_to, written.other_participant) == (f"post:{second.id}", community.participant(bo))


def test_nobody_answers_themselves(community: Community) -> None:
    ash = community.member("ash")
    first = community.thread(ash)
    community.reply(ash, first)
    community.reply(ash, first, named=True)
    rows = community.rows(ash)
    assert [row.kind for row in rows] == ["thread_started", "post_written", "post_written"]
    assert [row.other_class for row in rows] == ["none", "self", "self"]
    assert {row.other_participant for row in rows} == {""}


def test_a_room_message_without_a_target_is_a_contribution_only(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo")
    said = community.say(ash)
    community.say(bo)
    answer = community.say(bo, to=said)
    assert [row.kind for row in community.rows(ash)] == ["message_written", "reply_received"]
    plain, reply = community.rows(bo)
    assert (plain.other_class, plain.reply_to) == ("none", "")
    assert (reply.reply_to, reply.item) == (f"message:{said.id}", f"message:{answer.id}")
    assert (reply.modality, reply.synchrony) == ("room", "synchronous")


@pytest.mark.invariant(3)
@pytest.mark.parametrize(
    ("asker", "answerer"),
    [(None, ("usage", "interactions")), (("usage",), ("usage", "interactions")),
     (("usage", "interactions"), ("usage",)), (("usage", "interactions"), None)],
)  # fmt: skip
def test_the_other_party_is_named_only_if_both_consent_to_interactions(
    community: Community, asker: tuple[str, ...] | None, answerer: tuple[str, ...] | None
) -> None:
    ash, bo = community.member("ash", asker), community.member("bo", answerer)
    first = community.thread(ash)
    second = community.reply(bo, first, named=True)
    rows = community.rows()
    assert rows
    assert {row.other_participant for row in rows} == {""}
    for row in rows:
        if row.kind == "post_written":
            named = ("non_participant", "post:0") if "interactions" in (answerer or ()) else ("none", "")
            assert (row.other_class, row.reply_to) == named
        if row.kind == "reply_received":
            assert (row.other_class, row.item, row.length_chars) == ("non_participant", "", 0)
            assert row.giver_role == "not_recorded"
    expected = []
    if asker:
        expected.append("thread_started")
    if answerer:
        expected.append("post_written")
    if asker and "interactions" in asker:
        expected.append("reply_received")
    assert [row.kind for row in rows] == expected
    assert second.id


def test_staff_are_a_class_and_count_only_with_their_own_consent(community: Community) -> None:
    ash = community.member("ash")
    silent = community.member("silent", None, Role.SUPERVISOR)
    open_ = community.member("open", ("usage", "interactions"), Role.SUPERVISOR, pay="paid")
    first = community.thread(ash)
    community.reply(silent, first)
    community.reply(open_, first)
    own, *received = community.rows(ash)
    assert own.kind == "thread_started"
    assert [(r.other_class, r.other_participant, r.giver_role) for r in received] == [
        ("staff", "", "supervisor")
    ] * 2
    assert {(r.giver_training, r.giver_pay) for r in received} == {("not_recorded", "not_recorded")}
    (theirs,) = community.rows(open_)
    assert (theirs.giver_role, theirs.giver_pay, theirs.other_participant) == ("supervisor", "paid", "")
    worker = community.member("worker", ("usage", "interactions"), Role.PEER_WORKER, pay="paid")
    community.reply(worker, first)
    last = community.rows(ash)[-1]
    assert (last.other_class, last.giver_role, last.giver_pay) == ("participant", "peer_worker", "paid")


@pytest.mark.invariant(9)
def test_blocks_given_are_counted_received_never(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo")
    first = community.thread(ash)
    with community.database.write(ash) as uow:
        block(uow, bo.public_id)
    before = [row.kind for row in community.rows(bo)]
    community.reply(bo, first)
    assert [row.kind for row in community.rows(bo)] == [*before, "post_written"]
    kinds = [row.kind for row in community.rows(ash)]
    assert kinds == ["thread_started", "block_given"]  # and no answer received: it never reached them
    given = community.rows(ash)[1]
    assert (given.other_participant, given.other_class, given.item) == ("", "none", "")


@pytest.mark.invariant(3)
def test_consent_looks_forward_only(community: Community) -> None:
    ash = community.member("ash", None, Role.MEMBER)
    first = community.thread(ash)
    community.clock.move(60)
    with community.database.write(community.keeper) as uow:
        uow.session.get_one(Post, first.id).state = "published"
    held = community.people.space("held", hold_first_posts="always")
    new = community.people.add("new", established=False)
    community.space = held
    waiting = community.thread(new)
    assert waiting.state == "held"
    community.clock.move(60)
    community.consent(new)
    with community.database.write(community.keeper) as uow:
        publish_held(uow, waiting.id)
    assert community.rows() == []  # written before the yes, shown after it
    community.clock.move(60)
    late = community.thread(new)
    assert late.state == "held"
    written = community.clock.now()
    community.clock.move(3600)
    with community.database.write(community.keeper) as uow:
        publish_held(uow, late.id)
    assert [(row.kind, row.at_us) for row in community.rows()] == [("thread_started", to_us(written))]


@pytest.mark.invariant(3)
def test_withdrawing_a_scope_ends_its_rows_and_only_those(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo")
    first = community.thread(ash)
    with community.database.write(ash) as uow:
        consent.withdraw(uow, ["interactions"])
    community.reply(bo, first)
    assert [row.kind for row in community.rows(ash)] == ["thread_started"]
    with community.database.write(ash) as uow:
        consent.stop(uow)
    community.thread(ash)
    assert [row.kind for row in community.rows(ash)] == ["thread_started"]  # kept, and nothing more


def test_time_in_a_room_counts_from_consent_on(community: Community) -> None:
    ash = community.member("ash", None)
    community.enter(ash)
    community.clock.move(600)
    community.consent(ash, ("usage", "time"))
    community.clock.move(300)
    community.leave(ash)
    (row,) = community.rows(ash)
    assert (row.kind, row.duration_us, row.place) == ("room_left", 300_000_000, f"room:{community.room.id}")


@pytest.mark.invariant(3)
def test_a_scope_given_later_counts_from_then_on(community: Community) -> None:
    ash = community.member("ash", ("usage",))
    community.enter(ash)
    community.clock.move(600)
    community.consent(ash, ("usage", "time"))
    community.clock.move(300)
    community.leave(ash)
    joined, left = community.rows(ash)
    assert (joined.kind, left.kind, left.duration_us) == ("room_joined", "room_left", 300_000_000)


@pytest.mark.invariant(3)
@pytest.mark.parametrize("later", ["author", "answered"])
def test_what_was_written_before_exchanges_were_agreed_to_tells_nobody(
    community: Community, later: str
) -> None:
    both = ("usage", "interactions")
    ash = community.member("ash", ("usage",) if later == "answered" else both)
    first = community.thread(ash)
    community.people.space("held", hold_first_posts="always")
    new = community.people.add("new", established=False)
    community.consent(new, ("usage",) if later == "author" else both)
    with community.database.write(community.keeper) as uow:
        uow.session.get_one(
            Space, uow.session.get_one(Thread, first.stream_id).space_id
        ).hold_first_posts = "always"
    answer = community.reply(new, first, named=True)
    assert answer.state == "held"
    community.clock.move(60)
    community.consent(new if later == "author" else ash, both)
    community.clock.move(60)
    with community.database.write(community.keeper) as uow:
        publish_held(uow, answer.id)
    (written,) = community.rows(new)
    told = (written.other_participant, written.other_class, written.reply_to)
    assert told == (("", "none", "") if later == "author" else ("", "non_participant", "post:0"))
    (received,) = [row for row in community.rows(ash) if row.kind == "reply_received"]
    assert (received.other_participant, received.other_class) == ("", "non_participant")


@pytest.mark.invariant(3)
def test_under_usage_alone_no_row_tells_that_somebody_was_answered(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo", ("usage",))
    first, said = community.thread(ash), community.say(ash)
    community.reply(bo, first)
    own = community.reply(bo, first, named=True)
    community.reply(bo, own, named=True)
    community.say(bo, to=said)
    with community.database.write(bo) as uow:
        react(uow, said.public_id, "with_you")
    rows = community.rows(bo)
    assert [row.kind for row in rows] == ["post_written"] * 3 + ["message_written", "reaction_given"]
    assert {(row.other_participant, row.other_class, row.reply_to) for row in rows} == {("", "none", "")}


def test_reactions_have_two_sides(community: Community) -> None:
    ash, bo = community.member("ash"), community.member("bo")
    said = community.say(ash)
    with community.database.write(bo) as uow:
        react(uow, said.public_id, "with_you")
    assert [row.kind for row in community.rows(ash)] == ["message_written", "reaction_received"]
    (given,) = community.rows(bo)
    assert (given.kind, given.other_participant) == ("reaction_given", community.participant(ash))


def test_reads_come_in_batches_and_skip_those_before_consent(community: Community) -> None:
    ash, bo, cay = community.member("ash"), community.member("bo", None), community.member("cay", None)
    first = community.thread(ash)
    at = to_us(community.clock.now())
    community.clock.move(60)
    community.consent(cay)
    later = to_us(community.clock.now()) + 1
    reads = [
        ThreadOpened(first.stream_id, actor.require_account(), 1, 20, when)
        for actor, when in ((ash, at), (bo, at), (cay, at), (cay, later))
    ]
    with community.database.write(community.keeper) as uow:
        assert capture.capture_reads(uow, reads) == 2
    (row,) = community.rows(cay)
    assert (row.kind, row.position_from, row.position_to, row.at_us) == ("thread_opened", 1, 20, later)


def _decided(community: Community, reporter: Actor, post: Post, kind: str) -> None:
    with community.database.write(reporter) as uow:
        made = report(uow, "post", post.public_id, reason="harassment", client_id=new_client_id())
        ref = uow.session.get_one(Item, made.item_id).public_id
    with community.database.write(community.keeper) as uow:
        desk.claim(uow, ref, 1)
    with community.database.write(community.keeper) as uow:
        decide(uow, ref, 2, kind=kind, reason="It hurts.", days="7" if kind == "suspend" else "")


def test_moderation_is_counted_for_whom_it_concerns_and_for_those_who_met_it(community: Community) -> None:
    rude, met, away = community.member("rude"), community.member("met"), community.member("away")
    asker, teller = community.member("asker"), community.member("teller")
    first = community.thread(asker)
    bad = community.reply(rude, first)
    with community.database.write(community.keeper) as uow:
        reads = [ThreadOpened(bad.stream_id, actor.require_account(), 1, 20) for actor in (met, teller)]
        reads.append(ThreadOpened(bad.stream_id, away.require_account(), 1, 1))
        capture.capture_reads(uow, reads)
    community.clock.move(60)
    _decided(community, teller, bad, "hide")
    (removed,) = [row for row in community.rows(rude) if row.scope == "experience"]
    assert (removed.kind, removed.item) == ("content_removed", f"post:{bad.id}")
    for actor, expected in (
        (met, ["report_upheld_met"]),
        (asker, ["report_upheld_met"]),  # it answered them
        (teller, ["report_made", "report_upheld_met"]),
        (away, []),
    ):
        assert [row.kind for row in community.rows(actor) if row.scope == "experience"] == expected
    made = next(row for row in community.rows(teller) if row.kind == "report_made")
    assert (made.item, made.other_participant, made.place) == ("", "", "")


def test_whoever_was_in_the_room_met_the_message(community: Community) -> None:
    rude, there, gone, late = (community.member(name) for name in ("rude", "there", "gone", "late"))
    asker = community.member("asker")
    asked = community.say(asker)
    community.enter(there)
    community.enter(gone)
    community.clock.move(60)
    bad = community.say(rude, "Go away.", to=asked)
    community.clock.move(60)
    community.leave(gone)
    community.enter(late)
    community.clock.move(60)
    with community.database.write(community.member("teller", None)) as uow:
        made = report(uow, "message", bad.public_id, reason="harassment", client_id=new_client_id())
        ref = uow.session.get_one(Item, made.item_id).public_id
    with community.database.write(community.keeper) as uow:
        desk.claim(uow, ref, 1)
    with community.database.write(community.keeper) as uow:
        decide(uow, ref, 2, kind="warn", reason="It hurts.")
    kinds = {actor: [row.kind for row in community.rows(actor)] for actor in (rude, there, gone, late, asker)}
    assert "warned" in kinds[rude]
    assert [actor for actor in (there, gone, late, asker) if "report_upheld_met" in kinds[actor]] == [
        there,
        gone,
        asker,
    ]


def test_a_suspension_is_counted_though_it_ends_the_period(community: Community) -> None:
    rude, teller = community.member("rude"), community.member("teller")
    bad = community.thread(rude)
    _decided(community, teller, bad, "suspend")
    assert [row.kind for row in community.rows(rude)] == ["thread_started", "restricted"]
    community.clock.move(1)
    community.reply(teller, bad)
    assert len(community.rows(rude)) == 2


def test_no_action_and_held_items_uphold_nothing(community: Community) -> None:
    ash, teller = community.member("ash"), community.member("teller")
    post = community.thread(ash)
    _decided(community, teller, post, "no_action")
    assert [row.kind for row in community.rows() if row.scope == "experience"] == ["report_made"]


def test_a_capture_that_fails_leaves_the_act_and_a_gap(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    ash = community.member("ash")

    def failing(uow, *_: object, **__: object) -> dict[int, object]:
        # A statement that the database refuses: on PostgreSQL it would spoil the whole transaction.
        uow.session.execute(select(func.no_such_function_here()))
        return {}

    monkeypatch.setattr(capture, "sides_of", failing)
    post = community.thread(ash)
    monkeypatch.undo()
    with community.database.read(ash) as uow:
        assert uow.session.get_one(Post, post.id).state == "published"
        (gap,) = uow.session.scalars(select(CaptureGap))
        assert gap.event == "ContributionPublished"
        assert gap.error in ("OperationalError", "ProgrammingError")
        uow.session.expunge_all()
    assert community.rows() == []
    community.thread(ash)
    assert [row.kind for row in community.rows()] == ["thread_started"]


def test_capture_asks_little(community: Community) -> None:
    """Statements that capture adds to a message, by who takes part: one look where nobody does."""
    ash, bo = community.member("ash"), community.member("bo")
    cay, dee = community.member("cay", None), community.member("dee", None)

    def statements(author: Actor, answered: Actor) -> int:
        first = community.say(answered)
        seen: list[str] = []
        watch = community.database.engine

        def note(_c, _cursor, statement: str, *_: object) -> None:
            if "participant" in statement or "usage_event" in statement or "role_grant" in statement:
                seen.append(statement)

        sqlalchemy_event.listen(watch, "before_cursor_execute", note)
        community.say(author, to=first)
        sqlalchemy_event.remove(watch, "before_cursor_execute", note)
        return len([s for s in seen if "message" not in s])

    nobody, both = statements(dee, cay), statements(bo, ash)
    assert both - nobody <= 2


@pytest.mark.invariant(5)
def test_no_word_of_anybody_stands_in_a_captured_row(community: Community) -> None:
    actors = [community.member(f"person-{number:02d}", NAMES if number % 2 else None) for number in range(12)]
    community.live_through(actors, days=4)
    with community.database.read(community.keeper) as uow:
        columns = [column.name for column in inspect(UsageEvent).columns]
        cells = {
            str(getattr(row, column)) for row in uow.session.scalars(select(UsageEvent)) for column in columns
        }
    assert len(cells) > 50
    told = " ".join(cells).lower()
    for text in community.written:
        words = text.lower().split()
        for start in range(max(1, len(words) - 3)):
            run = " ".join(words[start : start + 4])
            assert run not in told, run
    for actor in actors:
        assert actor.public_id not in cells
    assert not any(cell.startswith("person-") for cell in cells)


def test_a_capture_that_fails_takes_nothing_with_it_that_others_left_pending(
    database: Database, people: People
) -> None:
    def leaves_pending(uow: UnitOfWork, _: Blocked) -> None:
        uow.session.add(SettingValue(key="left_pending", value=1, set_at=uow.now))

    def fails_after_reading(uow: UnitOfWork, _: Blocked) -> list[dict[str, object]]:
        uow.session.scalars(select(SettingValue.id)).all()  # reading makes the session write what is pending
        raise ZeroDivisionError

    database.listeners.with_transaction(Blocked, leaves_pending)
    database.listeners.with_transaction(Blocked, capture.guarded(fails_after_reading))
    one, other = people.add(), people.add()
    with database.write(one) as uow:
        uow.emit(Blocked(one.require_account(), other.require_account()))
    with database.read(one) as uow:
        assert uow.session.scalars(select(SettingValue.key)).all() == ["left_pending"]


def test_the_open_tables_count_nothing_that_nothing_captures() -> None:
    """A measure of what no page can make happen would be a zero that means "not counted"."""
    written = "".join(Path(module.__file__).read_text() for module in (capture, harm))
    measures = {measure.name: measure.sql for measure in codebook()}
    for name in NEGATIVE:
        kinds = re.findall(r"kind = '([a-z_]+)'", measures[name])
        assert kinds, name
        assert [kind for kind in kinds if f'"{kind}"' not in written] == [], name


@pytest.mark.invariant(4)
@pytest.mark.parametrize("supervisor", ["writes", "is answered"])
def test_nothing_of_an_exchange_with_a_supervisor_is_left_after_an_erasure(
    community: Community, supervisor: str
) -> None:
    """No random id stands in such rows, so that no number of an item may either: the erasure would not find them."""
    ash = community.member("ash")
    guard = community.member("guard", NAMES, Role.SUPERVISOR, training="trained", pay="paid")
    first, second = (ash, guard) if supervisor == "writes" else (guard, ash)
    opening = community.thread(first)
    answer = community.reply(second, opening, named=True)
    theirs = {f"post:{post.id}" for post, who in ((opening, first), (answer, second)) if who is ash}
    with community.database.write(ash) as uow:
        consent.stop_and_erase(uow)
    left = community.rows(guard)
    assert left
    assert [row for row in left if row.item in theirs or row.reply_to in theirs] == []
    assert {row.giver_role for row in left if row.kind == "reply_received"} <= {"not_recorded", "supervisor"}


def test_a_report_on_what_software_brought_first_is_upheld_too(community: Community) -> None:
    """What came to the desk for human eyes, and was reported there, was met all the same."""
    rude, met, teller = (community.member(name) for name in ("rude", "met", "teller"))
    with community.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", [{"text": "pills", "action": "flag"}])
    bad = community.thread(rude, body="Take two pills.")
    with community.database.write(community.keeper) as uow:
        capture.capture_reads(uow, [ThreadOpened(bad.stream_id, met.require_account(), 1, 20)])
    with community.database.write(teller) as uow:
        made = report(uow, "post", bad.public_id, reason="harassment", client_id=new_client_id())
        item = uow.session.get_one(Item, made.item_id)
        assert item.kind == "held"
        ref, version = item.public_id, item.version
    with community.database.write(community.keeper) as uow:
        desk.claim(uow, ref, version)
    with community.database.write(community.keeper) as uow:
        decide(uow, ref, version + 1, kind="hide", reason="It hurts.")
    assert "report_upheld_met" in [row.kind for row in community.rows(met)]


def test_whoever_had_blocked_its_author_did_not_meet_it(community: Community) -> None:
    rude, met, teller = (community.member(name) for name in ("rude", "met", "teller"))
    community.people.block(met, rude)
    community.clock.move(60)
    bad = community.reply(rude, community.thread(met))
    with community.database.write(community.keeper) as uow:
        capture.capture_reads(uow, [ThreadOpened(bad.stream_id, met.require_account(), 1, 20)])
    _decided(community, teller, bad, "hide")
    assert "report_upheld_met" not in [row.kind for row in community.rows(met)]


def test_words_that_any_decision_hides_are_counted_as_removed(community: Community) -> None:
    ash = community.member("ash")
    with community.database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "watch_phrases", ["nightshade"])
    waiting = community.thread(ash, body="nightshade")
    with community.database.write(community.keeper) as uow:
        ref = uow.session.scalars(select(Item.public_id)).one()
        desk.claim(uow, ref, 1)
    with community.database.write(community.keeper) as uow:
        decide(uow, ref, 2, kind="private_word", reason="A plant.")
    assert [(row.kind, row.item) for row in community.rows(ash) if row.scope == "experience"] == [
        ("content_removed", f"post:{waiting.id}")
    ]
