"""An invented community for tests of releases: people, what they did, and the measures made of it. No real data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from peerspace.research.captured_kinds import SCOPE_OF
from peerspace.research.measures.engine import (
    Enrolment,
    StudyWindow,
    UsageEvent,
    codebook,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from peerspace.research.package.inputs import StudyMeta, T0Input, TimelineEntry

DAY = 86_400_000_000
FROM = 1_700_000_000_000_000
CUT = FROM + 3 * 28 * DAY
OPEN = {"forum": ((0, CUT),), "room": ((0, CUT),)}
"""Nobody can talk one to one in the invented community."""
STUDY = StudyMeta(
    slug="invented",
    title="Invented study & its <releases>",
    release_id="r1",
    citation="Invented study (2025). Open aggregates, release r1. PeerSpace.",
    involvement="Two members of the panel took part in the design.",
    panel_decision="Approved, since only aggregates are released.",
    definition="Support between people with lived experience, written by humans, over forum, room or one-to-one.",
    released_on="2025-06-01",
)
TIMELINE = (
    TimelineEntry(date(2023, 11, 20), "room", "room_opened:1"),
    TimelineEntry(date(2023, 11, 15), "rules", "rules_version:2"),
)


def events(people: list[str], seed: int) -> list[UsageEvent]:
    """Threads with replies in the forum and talk in a room: some write much, many little, some nothing."""
    dice = random.Random(seed)
    found: list[UsageEvent] = []

    def add(person: str, kind: str, at: int, **rest: object) -> None:
        known = {
            "id": len(found) + 1,
            "participant_id": person,
            "kind": kind,
            "at_us": at,
            "scope": SCOPE_OF[kind],
        }
        found.append(UsageEvent(**known, **rest))  # type: ignore[arg-type]

    def written(
        person: str, kind: str, at: int, channel: str, place: str, to: str = "", reply_to: str = ""
    ) -> str:
        item = f"i{len(found)}"
        other = {"other_participant": to, "other_class": "participant"} if to else {}
        add(person, kind, at, modality=channel, place=place, item=item, reply_to=reply_to, **other)
        if reply_to and to != person:
            given = {"giver_role": dice.choice(["member"] * 4 + ["peer_worker"]), "giver_training": "trained"}
            add(
                to, "reply_received", at, modality=channel, place=place, item=item,
                reply_to=reply_to, other_participant=person, other_class="participant", giver_pay="volunteer", **given,
            )  # fmt: skip
        return item

    eager = {person: dice.paretovariate(1.1) for person in people}
    writers = [person for person in people if dice.random() < 0.8]
    weights = [min(eager[person], 12) for person in writers]
    for thread in range(len(people)):
        at = FROM + dice.randrange(70 * DAY)
        opener = dice.choices(writers, weights)[0]
        item = written(opener, "thread_started", at, "forum", f"t{thread}")
        for answerer in dice.choices(writers, weights, k=dice.randrange(5)):
            at += dice.randrange(1, 2 * DAY)
            written(answerer, "post_written", at, "forum", f"t{thread}", opener, item)
    for evening in range(80):
        at = FROM + evening * DAY + dice.randrange(DAY // 2)
        last: tuple[str, str] | None = None
        for _ in range(dice.randrange(len(people) // 6)):
            speaker = dice.choices(writers, weights)[0]
            at += dice.randrange(1_000_000, 120_000_000)
            to, reply_to = last if last and last[0] != speaker and dice.random() < 0.4 else ("", "")
            last = (speaker, written(speaker, "message_written", at, "room", "r1", to, reply_to))
    for person in people:
        at = FROM + dice.randrange(80 * DAY)
        if dice.random() < 0.3:
            add(person, "upset_marked", at)
        for _ in range(dice.randrange(30)):
            add(person, "item_displayed", at, other_class="participant")
    return found


def people_of(number: int) -> list[str]:
    """Invented participant ids."""
    return [f"person{n:04d}" for n in range(number)]


@contextmanager
def invented(spill: Path, number: int = 146, seed: int = 7) -> Iterator[T0Input]:
    """The input of a release of a community of `number` participants over three periods."""
    people = people_of(number)
    scopes = ("usage", "time", "interactions", "experience")
    with open_engine(spill) as con:
        load_enrolment(con, [Enrolment(person, person, FROM, CUT, "cut", scopes) for person in people])
        load_rows(con, events(people, seed))
        run_all(con, StudyWindow(FROM, CUT))
        yield input_of(con, number)


def input_of(con: duckdb.DuckDBPyConnection, number: int) -> T0Input:
    """The input of a release from an engine whose measures are made."""
    flow = [
        ("registered", number + 61), ("eligible", number + 60), ("asked", number + 40), ("consented", number + 18),
        ("consented:usage", number + 18), ("consented:experience", number), ("included", number),
        ("withdrew", 3), ("excluded:withdrawn", 3), ("excluded:staff", 4), ("excluded:not_exposed", 11),
    ]  # fmt: skip
    return T0Input(con, FROM, CUT, 28 * DAY, STUDY, flow, TIMELINE, codebook(), OPEN)
