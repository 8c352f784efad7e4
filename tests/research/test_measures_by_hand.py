"""Every measure on the little community of fixtures_measures.py, each expectation worked out by hand beside it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from peerspace.research.measures.engine import (
    codebook,
    load_context,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from tests.research.fixtures_measures import (
    CONTEXT,
    ENROLMENTS,
    EVENTS,
    WINDOW,
    close,
    denominators,
    some,
    values,
)

HOUR, DAY = 1.0, 24.0


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine(tmp_path_factory.mktemp("spill")) as con:
        load_enrolment(con, ENROLMENTS)
        load_context(con, CONTEXT)
        load_rows(con, EVENTS)
        results = run_all(con, WINDOW)
        assert [one.measure.name for one in results] == [one.name for one in codebook()]
        yield con


def test_rows_stand_for_exposure(con: duckdb.DuckDBPyConnection) -> None:
    # Dee took part on days 0-10 and 40-84, so in all three periods; Eve on days 0-20, in the first only.
    assert values(con, "exposure_hours") == {
        ("Ann", 1): 672, ("Ann", 2): 672, ("Ann", 3): 672,
        ("Ben", 1): 672, ("Ben", 2): 672, ("Ben", 3): 672,
        ("Cat", 1): 672, ("Cat", 2): 672, ("Cat", 3): 672,
        ("Dee", 1): 240, ("Dee", 2): 384, ("Dee", 3): 672,
        ("Eve", 1): 480,
        ("Fay", 1): 672, ("Fay", 2): 672, ("Fay", 3): 672,
    }  # fmt: skip
    # Fay withdrew everything but usage after the first period.
    assert values(con, "scope_hours", person_id="Fay", channel="time") == {1: 672, 2: 0, 3: 0}


def test_exposure_offered(con: duckdb.DuckDBPyConnection) -> None:
    # Rooms: 10:00-12:00, two at once for half an hour, less 15 minutes of outage = 1.75 hours. Forum: 672 - 0.25.
    assert values(con, "exposure_offered", person_id="Ann", period=1) == {
        "forum": 671.75,
        "room": 1.75,
        "one_to_one": 671.75,
    }
    assert values(con, "exposure_offered", person_id="Dee", channel="room") == {1: 1.75, 2: 0, 3: 0}


def test_sessions(con: duckdb.DuckDBPyConnection) -> None:
    # Ann: day 0 00:00 | 01:00 (a pause of 60 minutes) | day 2 | day 3 || day 30 || day 57.
    # Ben: day 0 00:10 + 00:40 (exactly 30) | day 2 10:20 + 10:25.     Cat: day 0 | day 2, three times || day 40.
    # Dee: day 2 || day 45.     Eve: day 1 09:00 + 09:03 | 10:00 (a pause of 57 minutes).
    assert some(values(con, "sessions")) == {
        ("Ann", 1): 4, ("Ann", 2): 1, ("Ann", 3): 1, ("Ben", 1): 2, ("Cat", 1): 2, ("Cat", 2): 1,
        ("Dee", 1): 1, ("Dee", 2): 1, ("Eve", 1): 2,
    }  # fmt: skip
    # By 60 minutes Ann's 00:00 and 01:00 are one (the pause is not longer than 60), and so are Eve's.
    by_60 = values(con, "sessions_60")
    assert (by_60["Ann", 1], by_60["Eve", 1]) == (3, 1)
    # 30 min: 6+2+3+2+2. 60 min: 5+2+3+2+1. 15 min: Ben's day 0 falls apart (3), and so does Cat's day 2 (10:06 to
    # 10:25): 6+3+4+2+2.
    assert values(con, "sessions_by_limit", period=0, channel="all") == {
        "gap_15": 17,
        "gap_30": 15,
        "gap_60": 13,
    }
    assert values(con, "sessions")["Fay", 1] == 0


def test_active_minutes(con: duckdb.DuckDBPyConnection) -> None:
    # Ann: 4 sessions of one action = 4. Ben: (1 + min(30, 5)) + (1 + 5) = 12. Cat: 1 + (1 + 5 + 5), 6 and 19 minutes
    # both counting 5. Dee: 1 + 3. Eve: (1 + 3) + 1.
    assert some(values(con, "active_minutes")) == {
        ("Ann", 1): 4, ("Ann", 2): 1, ("Ann", 3): 1, ("Ben", 1): 12, ("Cat", 1): 12, ("Cat", 2): 1,
        ("Dee", 1): 4, ("Dee", 2): 1, ("Eve", 1): 5,
    }  # fmt: skip


def test_heartbeats_overlap(con: duckdb.DuckDBPyConnection) -> None:
    # 00:00:00-00:01:00 and 00:00:30-00:01:30 cover a minute and a half. Cat did not grant time; Fay took it back.
    beats = values(con, "heartbeat_minutes")
    assert (beats["Ann", 1], beats["Ben", 1]) == (1.5, 0)
    assert (beats["Cat", 1], beats["Fay", 1], beats["Fay", 2]) == ("[declined]", 0, "[withdrawn]")


def test_days_and_weeks_active(con: duckdb.DuckDBPyConnection) -> None:
    assert some(values(con, "days_active", period=1)) == {"Ann": 3, "Ben": 2, "Cat": 2, "Dee": 1, "Eve": 1}
    assert some(values(con, "weeks_active", period=1)) == {"Ann": 1, "Ben": 1, "Cat": 1, "Dee": 1, "Eve": 1}


def test_threads_opened_and_read(con: duckdb.DuckDBPyConnection) -> None:
    assert some(values(con, "threads_opened")) == {("Ben", 1): 1, ("Ann", 2): 1, ("Ann", 3): 1}
    # Ann for 10 seconds; Ben's 3 are not reading.
    assert values(con, "threads_read", period=1) == {
        "Ann": 1, "Ben": 0, "Fay": 0, "Cat": "[declined]", "Dee": "[declined]", "Eve": "[declined]",
    }  # fmt: skip


def test_dose_received(con: duckdb.DuckDBPyConnection) -> None:
    # Intended: 8 sessions in a full period. Ann 4 of 8. Dee took part for 10 of 28 days: 1 of 8 x 10/28.
    dose = values(con, "dose_received", period=1)
    assert (dose["Ann"], dose["Dee"]) == (close(0.5), close(1 / (8 * 10 / 28)))


def test_how_use_ended(con: duckdb.DuckDBPyConnection) -> None:
    # Ann's longest pauses are 27 days. Ben's last action is on day 2. Cat's pause is day 2 to 40. Dee is judged by her
    # first stretch, days 0-10, too short for a lapse. Eve left on day 20, 19 days after her last action.
    assert values(con, "use_status") == {
        "Ann": "in_use", "Ben": "lapsed", "Cat": "lapsed", "Dee": "in_use", "Eve": "departed", "Fay": "never_started",
    }  # fmt: skip
    # Ben: day 0 00:10 to day 2 10:25 = 58.25 h. Cat: day 0 02:00 to day 2 10:25:00.5 = 56 h 25 min 0.5 s.
    assert values(con, "days_to_lapse") == {
        "Ann": "[not_reached]", "Ben": close(58.25 / DAY), "Cat": close((56 * 3600 + 25 * 60 + 0.5) / 86400),
        "Dee": "[not_reached]", "Eve": "[not_reached]", "Fay": "[not_applicable]",
    }  # fmt: skip
    # Cat's last action is day 40 00:00, with 44 days to follow. Ann's is 27 days old at the cut.
    finals = values(con, "days_to_final_nonuse")
    assert (finals["Cat"], finals["Ann"]) == (close(40 - 2 / DAY), "[not_reached]")
    assert values(con, "attrition_counts", period=0, channel="all") == {
        "enrolled": 6, "never_started": 1, "started": 5, "lapsed": 2, "stopped_using": 2, "departed": 1,
    }  # fmt: skip


def test_half_lives(con: duckdb.DuckDBPyConnection) -> None:
    # Confirmed 28 days into the pause. Dee is followed for 8 days, Eve for 18.6. Cat's lapse at 30.35 days with 3 at
    # risk: 2/3. Ben's at 30.43 with 2: 1/3, so the median, told as the day the pause began. Ann: 84 days.
    assert values(con, "first_lapse_median", channel="all") == {(0, "km_median"): close(58.25 / DAY)}
    # Final non-usage: Ben's last action at 2.43 (2/3), Cat's at 39.9 (1/3).
    assert values(con, "final_nonuse_median", channel="all") == {(0, "km_median"): close(40 - 2 / DAY)}
    assert values(con, "retention", channel="all", period=0) == {
        "day_28": 1, "day_56": close(1 / 3), "day_84": close(1 / 3),
    }  # fmt: skip
    assert denominators(con, "retention", channel="all") == {"day_28": 3, "day_56": 1, "day_84": 1}


def test_endings_compete(con: duckdb.DuckDBPyConnection) -> None:
    # Dee is censored after 8 days. Eve leaves 18.6 days after her first action with 4 at risk: 1/4. Cat lapses with 3:
    # 3/4 x 1/3 = 1/4; Ben with 2: 1/2 x 1/2 = 1/4.
    endings = values(con, "endings", channel="all", period=0)
    assert (endings["lapsed_day_28"], endings["departed_day_28"]) == (0, close(0.25))
    assert (endings["lapsed_day_56"], endings["departed_day_56"]) == (close(0.5), close(0.25))


def test_contributions_per_channel(con: duckdb.DuckDBPyConnection) -> None:
    assert some(values(con, "contributions")) == {
        ("Ann", 1, "forum"): 2, ("Ann", 1, "one_to_one"): 1,
        ("Ben", 1, "forum"): 1, ("Ben", 1, "one_to_one"): 1,
        ("Cat", 1, "forum"): 1, ("Cat", 1, "room"): 1, ("Cat", 1, "one_to_one"): 1, ("Cat", 2, "forum"): 1,
        ("Dee", 1, "room"): 1, ("Dee", 2, "one_to_one"): 1,
        ("Eve", 1, "forum"): 1, ("Eve", 1, "room"): 1,
    }  # fmt: skip
    assert some(values(con, "threads_started")) == {("Ann", 1): 1, ("Cat", 2): 1}
    assert some(values(con, "characters_written")) == {
        ("Ann", 1, "forum"): 130, ("Ben", 1, "forum"): 50, ("Cat", 1, "forum"): 20,
    }  # fmt: skip
    assert some(values(con, "one_to_one_conversations")) == {
        ("Ann", 1): 1, ("Ben", 1): 1, ("Cat", 1): 1, ("Dee", 2): 1,
    }  # fmt: skip


def test_minutes_per_channel(con: duckdb.DuckDBPyConnection) -> None:
    # Ben, forum: 1 + min(30, 5). Cat, room: joined 10:00, spoke 10:06: 1 + 5.
    minutes = values(con, "channel_minutes", period=1)
    assert {channel: minutes["Ann", channel] for channel in ("forum", "room", "one_to_one")} == {
        "forum": 2, "room": 1, "one_to_one": 1,
    }  # fmt: skip
    assert (minutes["Ben", "forum"], minutes["Cat", "room"]) == (6, 6)


def test_synchronous_share(con: duckdb.DuckDBPyConnection) -> None:
    shares = values(con, "synchronous_share", period=1)
    assert (shares["Ann"], shares["Dee"], shares["Fay"]) == (close(1 / 3), 1, "[not_applicable]")
    # 13 contributions in all, 3 of them in rooms and 4 one to one; 2 of the 13 after day 28, one of these live.
    assert values(con, "synchronous_share_pooled", channel="all") == {
        (0, "synchronous"): close(7 / 13), (1, "synchronous"): close(6 / 11), (2, "synchronous"): close(1 / 2),
    }  # fmt: skip


def test_together_in_a_room(con: duckdb.DuckDBPyConnection) -> None:
    # Ann 10:00-10:30, Ben 10:20-10:40: together 10:20-10:30. Cat and Dee are there too but did not grant time.
    assert some(values(con, "room_minutes")) == {("Ann", 1): 30, ("Ben", 1): 20}
    assert some(values(con, "copresence_minutes")) == {("Ann", 1): 10, ("Ben", 1): 10}
    # Cat (10:06) and Dee (10:08) speak while Ann is there, nobody while Ben is.
    speakers = values(con, "speakers_per_stay", period=1)
    assert (speakers["Ann"], speakers["Ben"], speakers["Fay"]) == (2, 0, "[not_exposed]")


def test_replies(con: duckdb.DuckDBPyConnection) -> None:
    # Ann answers Ben by name; Ben's post answers the opener; Cat answers Ann; Dee answers Cat. Messages that name
    # nobody are no replies. Eve did not grant interactions.
    given = values(con, "replies_given")
    assert some(given) == {
        ("Ann", 1, "forum"): 1, ("Ben", 1, "forum"): 1, ("Cat", 1, "forum"): 1, ("Dee", 1, "room"): 1,
    }  # fmt: skip
    assert given["Eve", 1, "forum"] == "[declined]"
    # Ann: by Ben, Cat, somebody outside research and somebody of the staff.
    assert some(values(con, "replies_received")) == {
        ("Ann", 1, "forum"): 4, ("Ben", 1, "forum"): 1, ("Cat", 1, "room"): 1,
    }  # fmt: skip
    # Ann: (1 - 4) / (1 + 4). Everybody else has under 5.
    assert values(con, "reply_balance") == {
        "Ann": close(-0.6), "Ben": "[too_few]", "Cat": "[too_few]", "Dee": "[too_few]", "Eve": "[declined]",
        "Fay": "[too_few]",
    }  # fmt: skip


def test_partners_and_mutual_exchange(con: duckdb.DuckDBPyConnection) -> None:
    assert some(values(con, "partners")) == {
        ("Ann", 1): 3, ("Ben", 1): 2, ("Cat", 1): 3, ("Dee", 1): 2, ("Ann", 2): 1, ("Dee", 2): 1,
    }  # fmt: skip
    # Ann opened, Ben answered, Ann answered Ben. Nobody else came to a third turn.
    assert some(values(con, "mutual_exchanges")) == {("Ann", 1): 1}


def test_reciprocity(con: duckdb.DuckDBPyConnection) -> None:
    # Ties: Ben-Ann both ways, Cat to Ann, Dee to Cat, Ben-Cat both ways, Ann-Dee both ways (the way back in period 2).
    assert values(con, "tie_counts", channel="all", period=0) == {
        "ties": 8,
        "mutual_dyads": 3,
        "asymmetric_dyads": 2,
    }
    assert values(con, "reciprocity", channel="all") == {
        (0, "edgewise"): close(6 / 8), (0, "dyadic"): close(3 / 5),
        (1, "edgewise"): close(4 / 7), (1, "dyadic"): close(2 / 5),
        (2, "edgewise"): 0, (2, "dyadic"): 0,
    }  # fmt: skip
    assert values(con, "reciprocity", period=0, stat="edgewise") == {
        "all": close(6 / 8), "forum": close(2 / 3), "room": 0, "one_to_one": 1,
    }  # fmt: skip
    # Directed: 8 contributions to known people. Eve's post answered somebody, which `usage` alone does not tell.
    assert values(con, "tie_coverage", stat="known_other") == {
        (0, "all"): 1, (0, "forum"): 1, (0, "room"): 1, (0, "one_to_one"): 1,
    }  # fmt: skip


def test_pairs_answered(con: duckdb.DuckDBPyConnection) -> None:
    # Ben to Ann (answered after 20 minutes), Cat to Ann, Dee to Cat, Ann to Dee; Ben and Cat crossed within one second.
    # Dee's consent ended on day 10: followed 7.6 days with Cat, 6.5 with Ann, whom she answered when nobody followed.
    assert values(con, "dyads_initiated", channel="all", period=0) == {
        "initiated": 4,
        "crossed": 1,
        "answered": 1,
    }
    assert values(con, "dyads_answered", channel="all", period=0) == {
        "within_7d_followed_7d": close(1 / 3),
        "within_7d_followed_7d_crossed_in": close(2 / 4),
        "within_24h": close(1 / 4),
        "within_7d": close(1 / 4),
        "ever": close(1 / 4),
    }
    assert values(con, "dyads_answered_km", channel="all", period=0) == {
        "at_1h": close(1 / 4), "at_24h": close(1 / 4), "at_7d": close(1 / 4), "end": close(1 / 4),
    }  # fmt: skip
    assert denominators(con, "dyads_answered_km", channel="all") == {
        "at_1h": 3,
        "at_24h": 3,
        "at_7d": 2,
        "end": 1,
    }
    assert values(con, "dyads_answer_median", channel="all", period=0) == {
        "km_median": "[not_reached]", "median_of_answered": close(20 / 60),
    }  # fmt: skip
    assert values(con, "dyad_answer_hours") == {
        ("Ben", "Ann"): close(20 / 60), ("Cat", "Ann"): "[not_reached]", ("Dee", "Cat"): "[not_reached]",
        ("Ann", "Dee"): "[not_reached]",
    }  # fmt: skip


def test_first_response_to_threads(con: duckdb.DuckDBPyConnection) -> None:
    # Ann's thread after 40 minutes; Cat's of day 40 never, followed for 44 days.
    assert values(con, "opener_response_km", channel="forum", period=0) == {
        "at_1h": close(0.5), "at_24h": close(0.5), "at_7d": close(0.5),
    }  # fmt: skip
    assert denominators(con, "opener_response_km", channel="forum") == {"at_1h": 1, "at_24h": 1, "at_7d": 1}
    assert values(con, "opener_response_median", channel="forum", period=0) == {
        "km_median": close(40 / 60), "median_of_answered": close(40 / 60),
    }  # fmt: skip
    assert values(con, "opener_unanswered", channel="forum", period=0) == {"after_7d": 0.5, "at_end": 0.5}


def test_first_response_to_contributions(con: duckdb.DuckDBPyConnection) -> None:
    # Forum: after 20 (Ben's), 40 and exactly 60 minutes (Ann's); Cat's two never. Eve's is not followed.
    assert values(con, "contribution_response_km", channel="forum", period=0) == {
        "at_1h": close(3 / 5), "at_24h": close(3 / 5), "at_7d": close(3 / 5),
    }  # fmt: skip
    assert denominators(con, "contribution_response_km", channel="forum") == {
        "at_1h": 3,
        "at_24h": 2,
        "at_7d": 2,
    }
    # S: 4/5, 3/5, 2/5, so the median is the third; of those answered it is the second.
    assert values(con, "contribution_response_median", channel="forum", period=0) == {
        "km_median": close(1), "median_of_answered": close(40 / 60),
    }  # fmt: skip


def test_shape_of_threads(con: duckdb.DuckDBPyConnection) -> None:
    # Ann's: opener, Ben (level 1), Ann (2), Cat (3). Cat's: the opener alone. Thread 9's opener was not captured.
    assert values(con, "thread_depth", channel="forum", period=0) == {"mean": 1.5, "median": 1.5}
    assert values(con, "thread_depth", channel="forum", period=1) == {"mean": 3, "median": 3}
    assert values(con, "thread_breadth", channel="forum", period=0) == {"mean": 1, "median": 1}


def test_sources_of_replies(con: duckdb.DuckDBPyConnection) -> None:
    # Six replies received: one by Ben, three by members, one by somebody of whom nothing may be kept, one by staff.
    assert values(con, "received_by_role", channel="all", period=0) == {
        "peer_worker": close(1 / 6), "member": close(3 / 6), "not_recorded": close(1 / 6), "supervisor": close(1 / 6),
    }  # fmt: skip
    assert values(con, "received_by_training", channel="all", period=0) == {
        "trained": close(1 / 6), "untrained": close(3 / 6), "not_recorded": close(2 / 6),
    }  # fmt: skip
    assert values(con, "received_by_pay", channel="all", period=0) == {
        "paid": close(1 / 6), "volunteer": close(3 / 6), "not_recorded": close(2 / 6),
    }  # fmt: skip
    assert some(values(con, "replies_from_peer_workers")) == {("Ann", 1): 1}


def test_negative_experiences(con: duckdb.DuckDBPyConnection) -> None:
    numerators = ("upheld_reports_met", "reports_made", "blocks_given", "upset_marked")
    for name in numerators:
        assert some(values(con, name)) == {("Ann", 1): 1}, name
    assert some(values(con, "mutes_given")) == some(values(con, "restrictions")) == {}
    assert some(values(con, "content_removed")) == some(values(con, "warnings")) == {("Ben", 1): 1}
    # Two of others; her own is not exposure. Cat did not grant experience.
    displayed = values(con, "items_displayed", period=1)
    assert (displayed["Ann"], displayed["Ben"], displayed["Cat"]) == (2, 0, "[declined]")
    assert values(con, "moderation_received", channel="all", period=0) == {
        "content_removed": 1, "warned": 1, "restricted": 0,
    }  # fmt: skip
    assert denominators(con, "moderation_received", channel="all")["warned"] == 3
    # From day 0 00:40 to day 5 00:40.
    assert values(con, "removal_latency", channel="forum", period=0) == {"median": 5 * DAY}


def test_concentration(con: duckdb.DuckDBPyConnection) -> None:
    # Forum: Ann 2, Ben 1, Cat 2, Dee 0, Eve 1, Fay 0. Enrolled, n = 6: (-1 + 1 + 3 x 2 + 5 x 2) / (6 x 6).
    # Posters 1, 1, 2, 2: (-3 - 1 + 1 x 2 + 3 x 2) / (4 x 6).
    assert values(con, "contribution_gini", channel="forum", period=0) == {
        "enrolled": close(16 / 36), "posters": close(4 / 24),
    }  # fmt: skip
    # 1% is one person with 2 of 6; Ann and Cat tie.
    assert values(con, "top1_share", channel="forum", period=0) == {
        "enrolled": close(2 / 6), "posters": close(2 / 6),
        "enrolled_ties_in": close(4 / 6), "posters_ties_in": close(4 / 6),
    }  # fmt: skip
    assert values(con, "top1_people", channel="forum", period=0) == {
        "enrolled": 1, "posters": 1, "enrolled_ties_in": 2, "posters_ties_in": 2,
    }  # fmt: skip
    assert values(con, "never_contributed", stat="enrolled") == {
        (0, "forum"): close(2 / 6), (0, "room"): close(3 / 6), (0, "one_to_one"): close(2 / 6),
        (0, "all"): close(1 / 6),
    }  # fmt: skip
    assert set(values(con, "contributor_class").values()) == {"[too_few]"}


def test_one_record_per_person_across_consent_periods(con: duckdb.DuckDBPyConnection) -> None:
    for measure in codebook():
        if measure.grain == "person":
            assert sorted(values(con, measure.name)) == ["Ann", "Ben", "Cat", "Dee", "Eve", "Fay"], (
                measure.name
            )


def test_another_window_on_the_same_engine(con: duckdb.DuckDBPyConnection) -> None:
    first_period = type(WINDOW)(WINDOW.from_us, WINDOW.from_us + WINDOW.period_us)
    run_all(con, first_period)
    assert values(con, "reciprocity", channel="all", period=0)["edgewise"] == close(4 / 7)
    assert ("Ann", 2) not in values(con, "sessions")
    run_all(con, WINDOW)
    assert values(con, "reciprocity", channel="all", period=0)["edgewise"] == close(6 / 8)
