"""People choose while they write: by the tables, every row was consented to at its moment, and none is missing."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from peerspace import features
from peerspace.chat.models import Message
from peerspace.consent import service as consent
from peerspace.consent.notices import Shown, ensure_defaults
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.clock import SystemClock
from peerspace.kernel.events import Listeners
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.wiring import wire
from tests.people import People
from tests.research.consented import Stored
from tests.saying import send_message

POSTERS, CHOOSERS, LEAST = 8, 4, 60
CHOICES = ((), ("usage",), ("usage", "interactions"), ("usage", "interactions", "time"))


@pytest.fixture
def live(engine: Engine, tmp_path: Path) -> Database:
    """The wired database under the machine's own clock."""
    audit_log = AuditLog(b"k" * 32, tmp_path / "audit.head")
    listeners = Listeners()
    wire(listeners, audit_log)
    database = Database(engine, audit_log, SystemClock(), listeners, features.CATALOGUE)
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    return database


class Evening:
    """Eight people who keep writing to one another in a room, and four hands that keep changing their choices."""

    def __init__(self, database: Database) -> None:
        people = People(database)
        self.database = database
        keeper = people.add("keeper", Role.SUPERVISOR)
        self.actors = [people.add(f"poster{number}") for number in range(POSTERS)]
        self.room = people.room("quiet-corner", kept_by=keeper)
        self.lately: list[str] = []
        self.sent = self.chosen = 0
        self.over = threading.Event()

    def play(self, seconds: float) -> None:
        hands: list[Callable[[random.Random], None]] = []
        for number, actor in enumerate(self.actors):
            hands.append(lambda dice, actor=actor: self.write(actor, dice))
            if number < CHOOSERS:
                hands.append(
                    lambda dice, mine=self.actors[number::CHOOSERS]: self.choose(dice.choice(mine), dice)
                )
        with ThreadPoolExecutor(len(hands)) as pool:
            running = [pool.submit(self._repeat, hand, seed) for seed, hand in enumerate(hands)]
            # However busy the machine is, enough has happened before it ends.
            begun = time.monotonic()
            while not self.over.wait(0.05):
                if time.monotonic() - begun > seconds and min(self.sent, self.chosen) >= LEAST:
                    self.over.set()
            for hand in running:
                hand.result()

    def _repeat(self, hand: Callable[[random.Random], None], seed: int) -> None:
        dice = random.Random(seed)
        while not self.over.is_set():
            try:
                hand(dice)
            except BaseException:
                self.over.set()
                raise

    def write(self, actor: Actor, dice: random.Random) -> None:
        to = dice.choice(self.lately[-8:]) if self.lately and dice.random() < 0.7 else None
        with self.database.write(actor) as uow:
            sent = send_message(uow, self.room.slug, "Still up.", client_id=new_client_id(), reply_to=to)
        self.lately.append(sent.public_id)
        self.sent += 1

    def choose(self, actor: Actor, dice: random.Random) -> None:
        scopes = dice.choice(CHOICES)
        with self.database.write(actor) as uow:
            if scopes:
                consent.choose(uow, scopes, shown=Shown(1), old_enough=True)
            else:
                consent.stop(uow)
        self.chosen += 1


def _race(database: Database, seconds: float) -> None:
    Evening(database).play(seconds)
    stored = Stored(database)
    assert {row.kind for row in stored.rows} == {"message_written", "reply_received"}
    assert stored.backwards() == []
    assert stored.uncovered() == []
    assert stored.undated() == []
    assert stored.miscounted() == []
    assert stored.answers_miscounted() == {}


@pytest.mark.invariant(3)
def test_choosing_and_writing_at_once(live: Database) -> None:
    _race(live, 1.5)


@pytest.mark.slow
@pytest.mark.invariant(3)
def test_choosing_and_writing_at_once_for_a_minute(live: Database) -> None:
    _race(live, 60)


@pytest.mark.postgres
@pytest.mark.invariant(3)
def test_nobody_waits_long_for_their_no_while_others_keep_answering(live: Database) -> None:
    """Shared row locks starve a withdrawal; these queue in order."""
    if live.is_sqlite:
        pytest.skip("SQLite has one writer at a time, and its turn is another matter")
    evening = Evening(live)
    popular = evening.actors[0]
    with live.write(popular) as uow:
        consent.choose(uow, ("usage", "interactions"), shown=Shown(1), old_enough=True)
    evening.write(popular, random.Random(1))
    with live.read(popular) as uow:
        first = uow.session.scalar(select(Message.public_id))

    def answer(actor: Actor) -> None:
        while not evening.over.is_set():
            with live.write(actor) as uow:
                send_message(uow, evening.room.slug, "Me too.", client_id=new_client_id(), reply_to=first)

    with ThreadPoolExecutor(POSTERS) as pool:
        answering = [pool.submit(answer, actor) for actor in evening.actors[1:]]
        waited = []
        try:
            for _ in range(10):
                for act in (consent.stop, _again):
                    begun = time.monotonic()
                    with live.write(popular) as uow:
                        act(uow)
                    waited.append(time.monotonic() - begun)
        finally:
            evening.over.set()
        for one in answering:
            one.result()
    assert max(waited) < 5, waited


def _again(uow: UnitOfWork) -> None:
    consent.give(uow, ("usage", "interactions"), shown=Shown(1), old_enough=True)
