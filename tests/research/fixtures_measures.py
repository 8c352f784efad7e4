"""A little community worked out by hand, and the way tests read a measure.

Day 0 is 1 January 2024, 00:00 UTC; the window is 84 days in three periods of 28. Who takes part, and for what:

    Ann  days 0-84, every scope             Ben  days 0-84, every scope, a trained and paid peer worker
    Cat  days 0-84, usage and interactions  Dee  days 0-10 (stopped), again days 40-84 under another id; as Cat
    Eve  days 0-20 (left), usage only       Fay  days 0-84, every scope to day 28, then usage only; does nothing

In the thread Ann opens, Ben answers, Ann answers Ben, Cat answers Ann; two people outside research answer Ann as well.
In room 1, Cat says something and Dee answers her by name, while Ann and Ben are in the room for a while. In
conversation 1, Ann writes to Dee, who answers six weeks later; in conversation 2, Ben and Cat write to each other
within one second. What every measure has to make of it is worked out beside each test in test_measures_by_hand.py.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from peerspace.research.captured_kinds import SCOPE_OF
from peerspace.research.measures.engine import (
    Context,
    Enrolment,
    StudyWindow,
    UsageEvent,
    codebook,
)
from tests.conftest import without_data

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * SECOND
WINDOW = StudyWindow(START, START + 84 * DAY)

EVERY = ("usage", "time", "interactions", "experience")
EXCHANGE = ("usage", "interactions")


def moment(day: int, clock: str = "00:00:00") -> int:
    """The microsecond at which the clock shows hh:mm:ss on that day of the window."""
    hours, minutes, seconds = clock.split(":")
    return START + day * DAY + int(hours) * HOUR + int(minutes) * MINUTE + int(float(seconds) * SECOND)


def _enrolled(
    person: str, participant: str, days: tuple[int, int], end: str, scopes: tuple[str, ...]
) -> Enrolment:
    return Enrolment(person, participant, START + days[0] * DAY, START + days[1] * DAY, end, scopes)


ENROLMENTS = (
    _enrolled("Ann", "a1", (0, 84), "cut", EVERY),
    _enrolled("Ben", "b1", (0, 84), "cut", EVERY),
    _enrolled("Cat", "c1", (0, 84), "cut", EXCHANGE),
    _enrolled("Dee", "d1", (0, 10), "stopped", EXCHANGE),
    _enrolled("Dee", "d2", (40, 84), "cut", EXCHANGE),
    _enrolled("Eve", "e1", (0, 20), "left", ("usage",)),
    _enrolled("Fay", "f1", (0, 28), "cut", EVERY),
    _enrolled("Fay", "f1", (28, 84), "cut", ("usage",)),
)

CONTEXT = Context(
    # Two rooms open at once for half an hour: two hours of room in all, of which a quarter of an hour was an outage.
    availability=(
        ("room", moment(2, "10:00:00"), moment(2, "11:00:00")),
        ("room", moment(2, "10:30:00"), moment(2, "12:00:00")),
    ),
    outages=((moment(2, "11:30:00"), moment(2, "11:45:00")),),
    intended_use=("sessions", 8.0),
)


def _row(at_us: int, participant: str, kind: str, channel: str = "forum", **cells: Any) -> dict[str, Any]:
    synchrony = {"forum": "asynchronous", "room": "synchronous", "one_to_one": "synchronous", "site": "none"}[
        channel
    ]
    known = {"other_class": "participant"} if cells.get("other_participant") else {}
    return {
        "participant_id": participant,
        "kind": kind,
        "scope": SCOPE_OF[kind],
        "at_us": at_us,
        "modality": channel,
        "synchrony": synchrony,
        **known,
        **cells,
    }


PEER_WORKER = {"giver_role": "peer_worker", "giver_training": "trained", "giver_pay": "paid"}
MEMBER = {"giver_role": "member", "giver_training": "untrained", "giver_pay": "volunteer"}
UNSAID = {"giver_role": "not_recorded", "giver_training": "not_recorded", "giver_pay": "not_recorded"}
STAFF = {**UNSAID, "giver_role": "supervisor"}


def _forum() -> list[dict[str, Any]]:
    one: dict[str, Any] = {"place": "thread:1"}
    return [
        _row(moment(0), "a1", "thread_started", item="post:1", length_chars=100, **one),
        # Exactly 30 minutes before Ben's post: the same session, since only a longer pause parts two.
        _row(moment(0, "00:10:00"), "b1", "thread_opened", **one),
        _row(
            moment(0, "00:40:00"), "b1", "post_written",
            item="post:2", other_participant="a1", length_chars=50, **one,
        ),
        _row(
            moment(0, "00:40:00"), "a1", "reply_received",
            item="post:2", reply_to="post:1", other_participant="b1", **PEER_WORKER, **one,
        ),
        # Exactly 60 minutes after Ann's opener: another session by 30 minutes, the same by 60.
        _row(
            moment(0, "01:00:00"), "a1", "post_written",
            item="post:3", reply_to="post:2", other_participant="b1", length_chars=30, **one,
        ),
        _row(
            moment(0, "01:00:00"), "b1", "reply_received",
            item="post:3", reply_to="post:2", other_participant="a1", **MEMBER, **one,
        ),
        _row(
            moment(0, "02:00:00"), "c1", "post_written",
            item="post:4", reply_to="post:3", other_participant="a1", length_chars=20, **one,
        ),
        _row(
            moment(0, "02:00:00"), "a1", "reply_received",
            item="post:4", reply_to="post:3", other_participant="c1", **MEMBER, **one,
        ),
        _row(moment(1), "a1", "reply_received", reply_to="post:1", other_class="non_participant", **UNSAID, **one),
        _row(moment(1, "00:05:00"), "a1", "reply_received", reply_to="post:1", other_class="staff", **STAFF, **one),
        # In a thread whose opener is not a participant.
        _row(
            moment(1, "10:00:00"), "e1", "post_written",
            item="post:9", other_class="non_participant", place="thread:9",
        ),
        _row(moment(30), "a1", "thread_opened", **one),
        _row(moment(40), "c1", "thread_started", item="post:5", place="thread:2"),
        _row(moment(57), "a1", "thread_opened", **one),
    ]  # fmt: skip


def _live() -> list[dict[str, Any]]:
    room: dict[str, Any] = {"channel": "room", "place": "room:1"}
    first: dict[str, Any] = {"channel": "one_to_one", "place": "conversation:1"}
    second: dict[str, Any] = {"channel": "one_to_one", "place": "conversation:2"}
    return [
        _row(moment(1, "09:00:00"), "e1", "message_written", item="message:3", **room),
        _row(moment(1, "09:03:00"), "e1", "reaction_given", **room),
        _row(moment(2, "10:00:00"), "a1", "room_joined", **room),
        _row(moment(2, "10:00:00"), "c1", "room_joined", **room),
        _row(moment(2, "10:05:00"), "d1", "room_joined", **room),
        _row(moment(2, "10:06:00"), "c1", "message_written", item="message:1", **room),
        _row(
            moment(2, "10:08:00"), "d1", "message_written",
            item="message:2", reply_to="message:1", other_participant="c1", **room,
        ),
        _row(
            moment(2, "10:08:00"), "c1", "reply_received",
            item="message:2", reply_to="message:1", other_participant="d1", **MEMBER, **room,
        ),
        _row(moment(2, "10:20:00"), "b1", "room_joined", **room),
        _row(moment(2, "10:25:00"), "b1", "message_written", item="message:20", other_participant="c1", **second),
        _row(moment(2, "10:25:00.5"), "c1", "message_written", item="message:21", other_participant="b1", **second),
        _row(moment(2, "10:30:00"), "a1", "room_left", duration_us=30 * MINUTE, **room),
        _row(moment(2, "10:40:00"), "b1", "room_left", duration_us=20 * MINUTE, **room),
        _row(moment(3, "12:00:00"), "a1", "message_written", item="message:10", other_participant="d1", **first),
        _row(moment(45, "12:00:00"), "d2", "message_written", item="message:11", other_participant="a1", **first),
    ]  # fmt: skip


def _seen_and_suffered() -> list[dict[str, Any]]:
    return [
        # Two tabs at once: a minute and a half between them.
        _row(moment(0, "00:01:00"), "a1", "heartbeat", "site", duration_us=MINUTE),
        _row(moment(0, "00:01:30"), "a1", "heartbeat", "site", duration_us=MINUTE),
        _row(moment(0, "01:05:00"), "a1", "thread_read", place="thread:1", duration_us=10 * SECOND),
        _row(moment(0, "01:05:00"), "b1", "thread_read", place="thread:1", duration_us=3 * SECOND),
        _row(moment(0, "00:41:00"), "a1", "item_displayed", item="post:2", other_class="participant"),
        _row(moment(0, "02:01:00"), "a1", "item_displayed", item="post:4", other_class="participant"),
        _row(moment(0, "02:01:00"), "a1", "item_displayed", item="post:1", other_class="self"),
        _row(moment(4), "a1", "report_made"),
        _row(moment(5), "a1", "report_upheld_met"),
        _row(moment(5, "00:40:00"), "b1", "content_removed", item="post:2"),
        _row(moment(5, "00:41:00"), "b1", "warned", "site"),
        _row(moment(6), "a1", "block_given", "site"),
        _row(moment(6), "a1", "upset_marked"),
    ]


def _not_to_be_counted() -> list[dict[str, Any]]:
    return [
        # Nobody who is enrolled; after Eve left; while Dee took no part; a scope that Cat did not grant; after the cut.
        _row(moment(2), "zz", "thread_started", item="post:90", place="thread:90"),
        _row(moment(25), "e1", "thread_started", item="post:91", place="thread:91"),
        _row(moment(20), "d1", "thread_started", item="post:92", place="thread:92"),
        _row(moment(3), "c1", "heartbeat", "site", duration_us=MINUTE),
        _row(moment(84), "a1", "thread_started", item="post:93", place="thread:93"),
    ]


def _numbered(rows: Iterable[dict[str, Any]]) -> tuple[UsageEvent, ...]:
    return tuple(
        UsageEvent(id=number, **row)
        for number, row in enumerate(sorted(rows, key=lambda row: row["at_us"]), 1)
    )


EVENTS = _numbered([*_forum(), *_live(), *_seen_and_suffered(), *_not_to_be_counted()])


def values(con: duckdb.DuckDBPyConnection, name: str, **where: object) -> dict[Any, Any]:
    """A measure's values by what is left of its key once `where` is fixed; a missing one is its reason in brackets."""
    measure = next(one for one in codebook() if one.name == name)
    keys = [column for column in measure.columns if column not in ("value", "n", "missing", *where)]
    fixed = " AND ".join(f"{column} = ?" for column in where) or "true"
    rows = con.execute(
        f"SELECT {', '.join([*keys, 'value', 'missing'])} FROM {measure.table} WHERE {fixed}",
        list(where.values()),
    ).fetchall()
    return {
        (key[0] if len(key) == 1 else tuple(key)): f"[{missing}]" if missing else value
        for *key, value, missing in rows
    }


def some(found: dict[Any, Any]) -> dict[Any, Any]:
    """What is neither zero nor missing."""
    return {key: value for key, value in found.items() if value != 0 and not str(value).startswith("[")}


def denominators(
    con: duckdb.DuckDBPyConnection, name: str, *, channel: str, period: int = 0
) -> dict[str, int]:
    """An aggregate's n by stat."""
    rows = con.execute(
        f"SELECT stat, n FROM measure_{name} WHERE channel = ? AND period = ?", [channel, period]
    )
    return dict(rows.fetchall())


def college_file() -> Path:
    """The recorded messages of a student community; a skip that says why where they are absent."""
    folder = Path(os.environ.get("PEERSPACE_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
    path = folder / "college_messages.csv.gz"
    if not path.exists():
        without_data("college_messages.csv.gz")
    return path


def college() -> tuple[list[Enrolment], list[UsageEvent], StudyWindow]:
    """That file as the measures' own input: everybody in it takes part throughout, each message is directed to one."""
    with gzip.open(college_file(), "rt", encoding="ascii", newline="") as lines:
        messages = [
            (row["sender"], row["receiver"], int(row["at"]) * SECOND) for row in csv.DictReader(lines)
        ]
    first, last = min(at for *_, at in messages), max(at for *_, at in messages)
    events = [
        UsageEvent(
            id=number,
            participant_id=sender,
            kind="message_written",
            scope="usage",
            at_us=at,
            modality="one_to_one",
            synchrony="asynchronous",
            other_participant=receiver,
            other_class="participant",
        )
        for number, (sender, receiver, at) in enumerate(messages, 1)
    ]
    people = {person for sender, receiver, _ in messages for person in (sender, receiver)}
    window = StudyWindow(first, last + 1)
    return [Enrolment(one, one, first, last + 1, "cut", EXCHANGE) for one in sorted(people)], events, window


def close(number: float, tolerance: float = 1e-9) -> Any:
    """A number that floating point may miss by a hair."""
    return pytest.approx(number, abs=tolerance)
