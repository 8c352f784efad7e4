"""The open tables of an invented community: right where published, safe where hidden, and closed to words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peerspace.kernel.errors import Refused
from peerspace.research.disclosure import specs
from peerspace.research.disclosure.audit import Audit
from peerspace.research.disclosure.cells import cell_key
from peerspace.research.disclosure.derive import incidence, survival
from peerspace.research.disclosure.flow import add_flow, merged_reasons
from peerspace.research.disclosure.levels import CHANNELS, MISSING
from peerspace.research.disclosure.protect import protect
from peerspace.research.disclosure.read import Source, fill
from peerspace.research.disclosure.rules import publishable_count, publishable_sum, round_to_base
from peerspace.research.disclosure.t0 import OpenTables, build_open_tables
from peerspace.research.disclosure.truth import Truth
from peerspace.research.measures.engine import (
    Enrolment,
    StudyWindow,
    UsageEvent,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from peerspace.research.package.inputs import T0Input
from tests.research.invented import CUT, DAY, FROM, OPEN, events, invented, people_of

WRITING = ("thread_started", "post_written", "message_written")


def tables_of(given: T0Input) -> OpenTables:
    return build_open_tables(
        given.connection,
        from_us=given.from_us,
        cut_us=given.cut_us,
        period_us=given.period_us,
        flow=given.flow,
        channels=given.channels,
    )


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[T0Input]:
    with invented(tmp_path_factory.mktemp("spill"), 146) as given:
        yield given


@pytest.fixture(scope="module")
def open_tables(community: T0Input) -> OpenTables:
    return tables_of(community)


def test_the_tables_are_the_fixed_list(open_tables: OpenTables) -> None:
    assert [table.spec.name for table in open_tables.tables] == [spec.name for spec in specs.TABLES]
    assert all(len(spec.dims) <= 3 for spec in specs.TABLES)
    assert open_tables.given_up == ()
    assert all(check.passed for check in open_tables.checks)


def test_totals_are_what_the_events_give(open_tables: OpenTables) -> None:
    """Counted here from the invented events, without the measures: equal after rounding, wherever published."""
    written: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for event in events(people_of(146), 7):
        if event.kind in WRITING:
            for period in (0, 1 + (event.at_us - FROM) // (28 * DAY)):
                written[event.modality, period][event.participant_id] += 1
    published = 0
    for row in open_tables.table("totals").values():
        channel, period = str(row["channel"]), int(str(row["period"]))
        if channel == "all":
            assert row["contributions_missing"] == "not_applicable"
            writers = {person for c in CHANNELS for person in written[c, period]}
            assert row["people"] in (publishable_count(len(writers)), None)
            continue
        mine = written[channel, period]
        assert row["contributions"] in (publishable_sum(mine.values()), None)
        assert row["people"] in (publishable_count(len(mine)), None)
        assert row["observed"] == 145
        published += row["contributions"] is not None and row["people"] is not None
    # Forum and room, three periods and the window. Where little was written in all, the sum
    # would tell that hardly anybody can have written twenty times, and is hidden.
    assert published == 6


def test_what_was_impossible_has_no_row(community: T0Input, open_tables: OpenTables) -> None:
    """Nobody can talk one to one, and in the second making no room is kept in the second period: no hidden zeros."""

    def there(made: OpenTables) -> dict[str, set[tuple[object, ...]]]:
        dims = {table.spec.name: [dim.name for dim in table.spec.dims] for table in made.tables}
        return {
            t.spec.name: {tuple(row[d] for d in dims[t.spec.name]) for row in t.values()} for t in made.tables
        }

    for name, rows in there(open_tables).items():
        assert not {row for row in rows if set(row) & {"one_to_one", "one_to_one_only"}}, name
    con = community.connection
    con.execute("BEGIN")
    try:
        # Kept in the first period, up to the moment in which the second begins, and in the last.
        rooms_kept = ((FROM - DAY, FROM + 28 * DAY), (FROM + 56 * DAY, FROM + 57 * DAY))
        with pytest.raises(Refused):  # something was written in a channel that does not exist
            tables_of(replace(community, channels={"forum": OPEN["forum"]}))
        kept = replace(community, channels={**OPEN, "room": rooms_kept})
        assert ("room", 2) in there(tables_of(kept))["totals"]  # what was written was possible
        con.execute("UPDATE measure_contributions SET value = 0 WHERE channel = 'room' AND period = 2")
        later = there(tables_of(kept))
    finally:
        con.execute("ROLLBACK")
    for period, rooms in ((0, True), (1, True), (2, False), (3, True)):
        assert (("room", period) in later["totals"]) == rooms
        assert (("room", period, "all") in later["contributions_distribution"]) == rooms
        assert (
            ((period, "several") in later["modality_mix"])
            == ((period, "room_only") in later["modality_mix"])
            == rooms
        )
    assert {("forum", 1), ("all", 1)} <= later["totals"]


def test_rows_hold_a_value_or_a_reason_and_nothing_small(open_tables: OpenTables) -> None:
    for table in open_tables.tables:
        for row in table.values():
            for column in table.spec.columns:
                value, missing = row[column.name], row[f"{column.name}_missing"]
                assert (value is None) == (missing in MISSING)
                if value is not None and column.kind != "estimate":
                    assert isinstance(value, int)
                    assert value >= 10
                    assert value % 5 == 0


@pytest.mark.parametrize("number", [11, 146])
def test_even_a_small_community_builds_and_keeps_its_secrets(number: int, tmp_path: Path) -> None:
    """Nothing is published that the rules forbid; nothing hidden can be told to within less than 5 (a sum: a fifth of
    itself); and what can be worked out holds the true number, tried on every eighth hidden cell."""
    with invented(tmp_path, number, seed=number) as given:
        truth = Truth()
        add_flow(truth, given.flow)
        fill(Source(given.connection, FROM, CUT, 28 * DAY, given.channels), truth)
    structure = truth.structure()
    result = protect(truth.cells.values(), structure)
    assert any(value is not None for value in result.published.values())
    for key, value in result.published.items():
        cell = truth.cells[key]
        if value is not None:
            assert cell.safe
            assert abs(value - cell.truth) <= 2
            assert cell.truth >= 10
    audit = Audit(result.published, structure)
    audit.explore()
    for n, key in enumerate(audit.hidden()):
        cell = truth.cells[key]
        needed = 5 if cell.kind == "count" else max(5, math.ceil(cell.truth / 5))
        assert audit.width_at_least(key, needed) >= needed, key
        if n % 8 == 0:
            low, high = audit.interval(key)
            assert low <= cell.truth <= high, key


def test_flow_reasons_under_ten_are_merged() -> None:
    assert merged_reasons({"staff": 4, "withdrawn": 3, "not_exposed": 40}) == {"other": 47}
    assert merged_reasons({"staff": 4, "withdrawn": 7, "not_exposed": 40}) == {"other": 11, "not_exposed": 40}
    assert merged_reasons({"staff": 4, "not_exposed": 40, "outage": 12}) == {"other": 16, "not_exposed": 40}
    assert merged_reasons({"staff": 4}) == {"other": 4}
    assert merged_reasons({"staff": 0, "outage": 30}) == {"outage": 30}


@pytest.mark.parametrize(
    ("counts", "key"),
    [
        ([("registered", 100), ("included", 101)], "release_flow_inconsistent"),
        ([("asked", 30)], "release_flow_inconsistent"),
        ([("consented", 50), ("consented:time", 51), ("included", 9)], "release_flow_inconsistent"),
        ([("included", 9), ("excluded", 30), ("excluded:staff", 20)], "release_flow_inconsistent"),
        ([("consented", 50), ("included", 40), ("excluded", 9)], "release_flow_inconsistent"),
        ([("consented", 50), ("included", 49), ("withdrew", 2)], "release_flow_inconsistent"),
        ([("asked", 30), ("asked", 30)], "release_flow_inconsistent"),
        ([("included", -1)], "release_flow_inconsistent"),
        ([("I feel so alone tonight", 30)], "release_unexpected_level"),
        ([("excluded:I feel so alone", 30)], "release_unexpected_level"),
        ([("asked:time", 30)], "release_unexpected_level"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(counts: list[tuple[str, int]], key: str) -> None:
    with pytest.raises(Refused) as refused:
        add_flow(Truth(), counts)
    assert refused.value.key == key
    assert "alone" not in str(refused.value)


@pytest.mark.invariant(5)
@pytest.mark.parametrize(
    ("change", "key"),
    [
        (
            "UPDATE {0}measure_contributions SET channel = 'I feel so alone' WHERE period = 2",
            "release_unexpected_level",
        ),
        (
            "UPDATE {0}measure_sessions SET value = NULL, missing = 'I feel so alone'",
            "release_unexpected_level",
        ),
        ("UPDATE {0}measure_use_status SET value = 'I feel so alone'", "release_unexpected_level"),
        ("UPDATE {0}reply_received SET giver_role = 'I feel so alone'", "release_unexpected_level"),
        ("UPDATE {0}response SET channel = 'I feel so alone'", "release_unexpected_level"),
        ("UPDATE {0}tie SET channel = 'I feel so alone'", "release_unexpected_level"),
        (
            "ALTER TABLE {0}measure_sessions ALTER value TYPE VARCHAR USING 'I feel so alone'",
            "release_not_a_number",
        ),
        ("UPDATE {0}measure_contributions SET value = -1", "release_not_a_number"),
        ("UPDATE {0}measure_contributions SET period = 9", "release_unexpected_level"),
        ("DROP TABLE {0}measure_weeks_active", "release_measure_missing"),
        ("ALTER TABLE {0}attrition DROP COLUMN lapsed", "release_measure_missing"),
    ],
)
def test_words_and_broken_measures_are_refused_without_being_repeated(
    change: str, key: str, community: T0Input
) -> None:
    con = community.connection
    con.execute("BEGIN")
    try:
        con.execute(change.format(""))
        with pytest.raises(Refused) as refused:
            tables_of(community)
    finally:
        con.execute("ROLLBACK")
    assert refused.value.key == key
    assert "alone" not in str(refused.value)


def test_fewer_included_than_observed_is_refused(community: T0Input) -> None:
    with pytest.raises(Refused) as refused:
        tables_of(replace(community, flow=[("included", 145)]))
    assert refused.value.key == "release_flow_inconsistent"


def test_a_total_that_is_not_the_sum_of_its_parts_is_refused(community: T0Input) -> None:
    truth = Truth()
    add_flow(truth, community.flow)
    fill(Source(community.connection, FROM, CUT, 28 * DAY, community.channels), truth)
    truth.count(specs.STATUS, "people", ("all",), 999)
    with pytest.raises(Refused) as refused:
        truth.structure()
    assert refused.value.values == {"at": "use_status.people[all]"}


def test_an_impossible_window_is_refused(community: T0Input) -> None:
    with pytest.raises(Refused) as refused:
        tables_of(replace(community, cut_us=community.from_us))
    assert refused.value.key == "release_window"


def test_shares_over_time_by_hand() -> None:
    # 100 at risk, 20 end: 0.8. Then 60 at risk, 15 end: 0.8 x 0.75 = 0.6. Then 40 at risk, none ends.
    assert survival([(100, 20), (60, 15), (40, 0)]) == pytest.approx([0.8, 0.6, 0.6])
    # 15 of the 20 and 10 of the 15 lapsed: 0.15, and 0.15 + 0.8 x 10/60, which is told to three digits.
    assert incidence([(100, 20, 15), (60, 15, 10)]) == pytest.approx([0.15, 0.15 + 0.8 * 0.167])
    # A hidden number ends what is known; one that only the second curve needs ends that one alone.
    assert survival([(100, 20), (None, 15), (40, 5)]) == [0.8, None, None]
    assert survival([(100, None), (60, 15)]) == [None, None]
    assert incidence([(100, 20, None), (60, 15, 10)]) == [None, None]
    assert survival([(0, 0)]) == [None]
    assert survival([]) == incidence([]) == []


def test_shares_follow_from_the_published_numbers(open_tables: OpenTables) -> None:
    row = next(
        r for r in open_tables.table("reciprocity").values() if (r["channel"], r["period"]) == ("all", 0)
    )
    pairs, mutual, one_way = (float(str(row[name])) for name in ("pairs", "mutual", "one_way"))
    assert row["dyadic"] == round(mutual / pairs, 3)
    assert row["edgewise"] == round(2 * mutual / (2 * mutual + one_way), 3)


def test_a_community_in_which_everybody_writes_still_tells_its_totals(tmp_path: Path) -> None:
    """57 people write much in the forum and 103 others in the room, all in one period: nobody is silent, which is
    hidden, but what was written and by how many is told."""
    people = people_of(160)
    written = [
        UsageEvent(
            id=57 * n + i, participant_id=person, kind=kind, scope="usage", at_us=FROM + n * DAY + i,
            modality=channel, place="p", item=f"i{n}-{i}",
        )
        for i, person in enumerate(people)
        for kind, channel in [("post_written", "forum") if i < 57 else ("message_written", "room")]
        for n in range(1 + i % 27)
    ]  # fmt: skip
    with open_engine(tmp_path) as con:
        load_enrolment(con, [Enrolment(one, one, FROM, FROM + 28 * DAY, "cut", ("usage",)) for one in people])
        load_rows(con, written)
        run_all(con, StudyWindow(FROM, FROM + 28 * DAY))
        flow = [("registered", 400), ("consented", 160), ("included", 160)]
        made = build_open_tables(
            con, from_us=FROM, cut_us=FROM + 28 * DAY, period_us=28 * DAY, flow=flow, channels=OPEN
        )
    rows = {(row["channel"], row["period"]): row for row in made.table("totals").values()}
    for channel, some in (("forum", people[:57]), ("room", people[57:])):
        number = sum(event.modality == channel for event in written)
        for period in (0, 1):
            row = rows[channel, period]
            assert (row["contributions"], row["people"]) == (round_to_base(number), round_to_base(len(some)))
    assert rows["all", 0]["people"] is None
    assert rows["all", 0]["observed"] == 160


def test_a_dominated_sum_is_hidden_with_another_one(tmp_path: Path) -> None:
    """One person writes nearly everything in period 2 of the forum: that sum is hidden, and a second one with it."""
    with invented(tmp_path, 146) as given:
        con = given.connection
        con.execute(
            "UPDATE measure_contributions SET value = 100000 "
            "WHERE person_id = 'person0001' AND channel = 'forum' AND period = 2"
        )
        rows = tables_of(given).table("totals").values()
    hidden = [row["period"] for row in rows if row["channel"] == "forum" and row["contributions"] is None]
    assert 2 in hidden
    assert len(hidden) >= 2


def replies(givers: list[str], receivers: list[str], role: str, first: int) -> list[UsageEvent]:
    """One reply for each giver and receiver; '' is a giver nobody knows."""
    return [
        UsageEvent(
            id=first + n, participant_id=receiver, kind="reply_received", scope="interactions", at_us=FROM + DAY + n,
            modality="forum", place="p", item=f"r{first + n}", reply_to=f"o{first + n}", other_participant=giver,
            other_class="participant" if giver else "non_participant", giver_role=role,
            giver_training="not_recorded", giver_pay="not_recorded",
        )
        for n, (giver, receiver) in enumerate(zip(givers, receivers, strict=True))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("workers", "unknown", "shown"),
    [
        # One peer worker answers 24 people twice: their work is nobody's number.
        (["w"] * 48, 0, set()),
        # Twenty do: told.
        ([f"w{n % 20}" for n in range(48)], 0, {("role", "peer_worker"), ("all", "all")}),
        # One of them gave nearly everything: hidden.
        (["w"] * 400 + [f"w{n}" for n in range(20)], 0, set()),
        # Nobody known: those who received them decide.
        ([], 48, {("role", "not_recorded"), ("all", "all")}),
        # One known beside many unknown, who may all be one person: all of them together are hidden too.
        (["w"] * 48, 60, {("role", "not_recorded")}),
    ],
)
def test_replies_of_a_few_givers_are_hidden(
    workers: list[str], unknown: int, shown: set[tuple[str, str]], tmp_path: Path
) -> None:
    people = people_of(80)
    names = {name: people[40 + n] for n, name in enumerate(dict.fromkeys(workers))}
    given = [names[name] for name in workers]
    rows = replies(given, [people[n % 24] for n in range(len(given))], "peer_worker", 1)
    rows += replies([""] * unknown, [people[n % 24] for n in range(unknown)], "not_recorded", 2000)
    scopes = ("usage", "interactions")
    with open_engine(tmp_path) as con:
        load_enrolment(con, [Enrolment(one, one, FROM, FROM + 28 * DAY, "cut", scopes) for one in people])
        load_rows(con, rows)
        run_all(con, StudyWindow(FROM, FROM + 28 * DAY))
        truth = Truth()
        fill(Source(con, FROM, FROM + 28 * DAY, 28 * DAY, OPEN), truth)
    safe = {
        levels[1:]
        for levels in truth.rows["source_mix"]
        if levels[0] == 0
        and levels[1] in ("all", "role")
        and truth.cells[cell_key("source_mix", "replies", levels)].safe
    }
    told = {
        levels[1:]
        for levels in truth.rows["source_mix"]
        if levels[0] == 0
        and levels[1] in ("all", "role")
        and truth.cells[cell_key("source_mix", "people", levels)].safe
    }
    assert safe == told == shown
