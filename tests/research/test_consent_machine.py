"""People choose, write and read in any order while the clock is held, moved or set back: who is counted, act by act."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from peerspace.chat.models import Message
from peerspace.consent import service as consent
from peerspace.consent.notices import Shown
from peerspace.forum.events import ThreadOpened
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.clock import HeldClock, from_us, to_us
from peerspace.kernel.uow import Database
from peerspace.research.capture import capture_reads
from tests.people import People
from tests.research.community import Community
from tests.research.consented import Stored

SCOPES = ((), ("usage",), ("usage", "interactions"), ("usage", "time", "interactions"))
WHO = st.integers(0, 2)
MOVES = st.sampled_from((-3600.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 3600.0))
NUMBERS = count()


class Choosing(RuleBasedStateMachine):
    """Three people in a room. `expected`: of each message, whose rows there should be and whether they name another."""

    community: Community

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Actor] = [self.community.people.add(f"wren{next(NUMBERS)}") for _ in range(3)]
        self.in_force: list[set[str]] = [set(), set(), set()]
        self.messages: list[tuple[int, Message]] = []
        self.expected: dict[tuple[str, int], tuple[int, bool]] = {}
        self.reads = [0, 0, 0]

    @rule(by=MOVES)
    def move(self, by: float) -> None:
        self.community.clock.move(by)

    @rule(who=WHO, scopes=st.sampled_from(SCOPES))
    def choose(self, who: int, scopes: tuple[str, ...]) -> None:
        with self.community.database.write(self.people[who]) as uow:
            made = consent.choose(uow, scopes, shown=Shown(1), old_enough=True)
        assert len(made.records) <= 1
        self.in_force[who] = set(scopes)

    @rule(who=WHO)
    def erase(self, who: int) -> None:
        with self.community.database.write(self.people[who]) as uow:
            consent.stop_and_erase(uow)
        self.in_force[who], self.reads[who] = set(), 0
        authors = {message.id: author for author, message in self.messages}
        answered = {message.id: authors.get(message.reply_to_id or 0) for _, message in self.messages}
        for (kind, number), (about, _) in list(self.expected.items()):
            if about == who:
                del self.expected[kind, number]
            elif who in (authors[number], answered[number]):
                self.expected[kind, number] = about, False

    @rule(who=WHO, to=st.none() | st.integers(0, 30))
    def write(self, who: int, to: int | None) -> None:
        other, answered = (
            self.messages[to % len(self.messages)] if to is not None and self.messages else (None, None)
        )
        message = self.community.say(self.people[who], to=answered)
        self.messages.append((who, message))
        both = other not in (None, who) and all("interactions" in self.in_force[one] for one in (who, other))
        if "usage" in self.in_force[who]:
            self.expected["message_written", message.id] = who, both
        if other not in (None, who) and "interactions" in self.in_force[other]:
            self.expected["reply_received", message.id] = other, both

    @rule(who=WHO)
    def read(self, who: int) -> None:
        """A page is read and its event written with the next batch, before anything else happens."""
        with self.community.database.write(installation(Origin.JOB)) as uow:
            at = to_us(uow.now)
            account = self.people[who].require_account()
            written = capture_reads(uow, [ThreadOpened(1, account, 1, 1, at)])
        with self.community.database.read(self.people[who]) as uow:
            last = max((r.at for r in consent.records_of(uow, account)), default=from_us(0))
        # With the clock set back behind the last choice nobody can say under which of them it was read.
        if from_us(at) > last:
            assert written == ("usage" in self.in_force[who])
        self.reads[who] += written

    def teardown(self) -> None:
        stored = Stored(self.community.database)
        assert stored.backwards() == []
        assert stored.uncovered() == []
        accounts = {actor.require_account(): who for who, actor in enumerate(self.people)}
        mine = [
            (row, accounts[stored.periods[row.participant_id].account_id])
            for row in stored.rows
            if stored.periods[row.participant_id].account_id in accounts
        ]
        written = [(row, who) for row, who in mine if row.kind == "message_written"]
        assert len({row.item for row, _ in written}) == len(written)
        found = {
            ("message_written", int(row.item.partition(":")[2])): (who, bool(row.other_participant))
            for row, who in written
        }
        assert found == {key: value for key, value in self.expected.items() if key[0] == "message_written"}
        # A received row names its message only where both are named: the others are told by their number.
        for who in range(3):
            rows = [row for row, about in mine if about == who and row.kind == "reply_received"]
            wanted = [v for (kind, _), v in self.expected.items() if kind == "reply_received" and v[0] == who]
            assert sorted(bool(row.other_participant) for row in rows) == sorted(named for _, named in wanted)
            assert sum(row.kind == "thread_opened" for row, about in mine if about == who) == self.reads[who]


@pytest.mark.invariant(3)
@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_whatever_is_chosen_in_whatever_order(
    database: Database, people: People, clock: HeldClock, examples: int
) -> None:
    community = Community(database, people, clock)
    machine = type("Machine", (Choosing,), {"community": community})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.invariant(3)
def test_a_clock_set_back_loses_no_act_and_lets_none_outlast_a_no(
    database: Database, people: People, clock: HeldClock
) -> None:
    community = Community(database, people, clock)
    wren, ash = community.member("wren"), community.member("ash")
    clock.move(-3600)
    first = community.thread(wren)
    community.reply(ash, first)
    community.say(ash, to=community.say(wren))
    clock.move(-3600)
    with database.write(wren) as uow:
        consent.stop(uow)
    community.say(wren)
    kinds = ["thread_started", "reply_received", "message_written", "reply_received"]
    assert [row.kind for row in community.rows(wren)] == kinds
    stored = Stored(database)
    assert stored.backwards() == stored.uncovered() == stored.undated() == []
