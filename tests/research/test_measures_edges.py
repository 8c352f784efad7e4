"""Whose consent stands, and where 1% begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from peerspace.research.measures.engine import (
    Enrolment,
    UsageEvent,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from tests.research.fixtures_measures import ENROLMENTS, EVENTS, WINDOW, close, some, values

HOUR = 3_600_000_000


@pytest.mark.invariant(3)
def test_the_consent_that_stands_decides(tmp_path: Path) -> None:
    # Ben takes back everything but usage: his four ties are gone whoever wrote, his removed post is nobody's to count,
    # and what he did is still counted. Ann keeps that she was answered, not that she and Ben came to a third turn.
    with open_engine(tmp_path / "spill") as con:
        load_enrolment(
            con, [replace(one, scopes=("usage",)) if one.person_id == "Ben" else one for one in ENROLMENTS]
        )
        load_rows(con, EVENTS)
        run_all(con, WINDOW)
        ties = con.execute(
            "SELECT from_person, to_person FROM tie WHERE period = 0 AND channel = 'all'"
        ).fetchall()
        assert sorted(ties) == [("Ann", "Dee"), ("Cat", "Ann"), ("Dee", "Ann"), ("Dee", "Cat")]
        assert values(con, "content_removed", person_id="Ben", period=1) == {(): "[declined]"}
        assert values(con, "moderation_received", channel="all", period=0)["content_removed"] == 0
        assert values(con, "sessions", person_id="Ben", period=1) == {(): 2}
        assert values(con, "replies_received", person_id="Ann", period=1)["forum"] == 4
        assert some(values(con, "mutual_exchanges")) == {}


@pytest.mark.invariant(3)
def test_exchanges_count_only_while_they_are_consented_to(tmp_path: Path) -> None:
    # Ann consents to exchanges from the middle on, Bo to usage alone. Both wrote to somebody outside research.
    begins, middle = WINDOW.from_us, WINDOW.from_us + HOUR
    with open_engine(tmp_path / "spill") as con:
        load_enrolment(
            con,
            [
                Enrolment("Ann", "a1", begins, middle, "cut", ("usage",)),
                Enrolment("Ann", "a1", middle, WINDOW.cut_us, "cut", ("usage", "interactions")),
                Enrolment("Bo", "b1", begins, WINDOW.cut_us, "cut", ("usage",)),
            ],
        )
        load_rows(
            con,
            (
                UsageEvent(
                    number, who, "post_written", "usage", at, modality="forum", reply_to="post:0",
                    other_class="non_participant",
                )
                for number, (who, at) in enumerate(
                    [("a1", begins + 1), ("a1", middle + 1), ("b1", begins + 1), ("b1", middle + 1)]
                )
            ),
        )  # fmt: skip
        run_all(con, WINDOW)
        told = con.execute("SELECT person_id, at_us FROM reply_given").fetchall()
        assert told == [("Ann", middle + 1)]
        assert values(con, "tie_coverage", stat="known_other", channel="all") == {0: 0}
        assert con.execute("SELECT count(*) FROM contribution").fetchall() == [(4,)]


@pytest.mark.invariant(3)
def test_time_in_a_room_begins_with_consent_to_it(tmp_path: Path) -> None:
    begins, middle = WINDOW.from_us, WINDOW.from_us + HOUR
    with open_engine(tmp_path / "spill") as con:
        load_enrolment(
            con,
            [
                Enrolment("Ann", "a1", begins, middle, "cut", ("usage",)),
                Enrolment("Ann", "a1", middle, WINDOW.cut_us, "cut", ("usage", "time")),
            ],
        )
        left = UsageEvent(
            1, "a1", "room_left", "time", middle + 600, modality="room", place="room:1", duration_us=HOUR
        )
        load_rows(con, [left])
        run_all(con, WINDOW)
        assert con.execute("SELECT from_us, to_us FROM stay").fetchall() == [(middle, middle + 600)]


@pytest.mark.parametrize(("people", "top"), [(1, 1), (100, 1), (101, 2), (200, 2)])
def test_one_percent_is_rounded_up(tmp_path: Path, people: int, top: int) -> None:
    names = [f"p{number}" for number in range(people)]
    with open_engine(tmp_path / "spill") as con:
        load_enrolment(
            con, [Enrolment(n, n, WINDOW.from_us, WINDOW.cut_us, "cut", ("usage",)) for n in names]
        )
        # The n-th person wrote n + 1 posts, so nobody ties.
        posts = [(name, number) for number, name in enumerate(names) for _ in range(number + 1)]
        load_rows(
            con,
            (
                UsageEvent(i, name, "post_written", "usage", WINDOW.from_us + i, modality="forum")
                for i, (name, _) in enumerate(posts)
            ),
        )
        run_all(con, WINDOW)
        assert set(values(con, "top1_people", channel="forum", period=0).values()) == {top}
        most = sum(range(people - top + 1, people + 1)) / sum(range(1, people + 1))
        assert values(con, "top1_share", channel="forum", period=0)["enrolled"] == close(most)
