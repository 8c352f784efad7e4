"""The known values of a public data set, worked out elsewhere with networkx, igraph (Python and R) and sna."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import networkx as nx
import pytest

from peerspace.research.measures.engine import UsageEvent, load_enrolment, load_rows, open_engine, run_all
from tests.research.fixtures_measures import close, college, denominators, values


@pytest.fixture(scope="module")
def messages() -> list[UsageEvent]:
    return college()[1]


@pytest.fixture(scope="module")
def con(
    messages: list[UsageEvent], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    enrolments, _, window = college()
    with open_engine(tmp_path_factory.mktemp("spill")) as con:
        load_enrolment(con, enrolments)
        assert load_rows(con, messages) == 59_835
        run_all(con, window)
        yield con


def test_ties_and_pairs(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT count(*), count(DISTINCT person_id) FROM person").fetchall() == [(1899, 1899)]
    assert con.execute("SELECT count(DISTINCT person_id) FROM contribution").fetchall() == [(1350,)]
    counts = values(con, "tie_counts", channel="all", period=0)
    assert counts == {"ties": 20_296, "mutual_dyads": 6_458, "asymmetric_dyads": 7_380}


def test_reciprocity(con: duckdb.DuckDBPyConnection) -> None:
    assert values(con, "reciprocity", channel="all", period=0) == {
        "edgewise": close(0.6363816, 5e-8),
        "dyadic": close(0.4666859, 5e-8),
    }
    assert denominators(con, "reciprocity", channel="all") == {"edgewise": 20_296, "dyadic": 13_838}
    assert values(con, "tie_coverage", channel="all") == {(0, "known_other"): 1.0}


def test_networkx_agrees_on_reciprocity_in_every_period(
    con: duckdb.DuckDBPyConnection, messages: list[UsageEvent]
) -> None:
    periods = con.execute("SELECT period, from_us, to_us FROM period").fetchall()
    assert len(periods) == 7
    for period, start, end in [(0, 0, 2**62), *periods]:
        graph = nx.DiGraph(
            (m.participant_id, m.other_participant) for m in messages if start <= m.at_us < end
        )
        ours = values(con, "reciprocity", channel="all", period=period)
        assert ours["edgewise"] == close(nx.overall_reciprocity(graph))
        mutual = graph.to_undirected(reciprocal=True).number_of_edges()
        assert ours["dyadic"] == close(mutual / graph.to_undirected().number_of_edges())


def test_sessions(con: duckdb.DuckDBPyConnection) -> None:
    by_limit = values(con, "sessions_by_limit", period=0, channel="all")
    assert by_limit == {"gap_15": 28_093, "gap_30": 25_244, "gap_60": 22_972}
    assert sum(values(con, "sessions").values()) == 25_244
    assert sum(values(con, "sessions_60").values()) == 22_972


def test_active_minutes(con: duckdb.DuckDBPyConnection) -> None:
    assert round(sum(values(con, "active_minutes").values())) == 121_429


def test_pairs_initiated_and_answered(con: duckdb.DuckDBPyConnection) -> None:
    assert values(con, "dyads_initiated", channel="all", period=0) == {
        "initiated": 13_836,
        "crossed": 2,
        "answered": 6_456,
    }
    shares = values(con, "dyads_answered", channel="all", period=0)
    assert [round(100 * shares[stat], 1) for stat in ("within_24h", "within_7d", "ever")] == [
        34.0,
        42.3,
        46.7,
    ]


def test_pairs_answered_of_those_followed_for_a_week(con: duckdb.DuckDBPyConnection) -> None:
    # The known 13,787 counts the two pairs that crossed as well; without them it is 13,785. The share is 42.4% in both.
    shares = values(con, "dyads_answered", channel="all", period=0)
    followed = denominators(con, "dyads_answered", channel="all")
    assert followed["within_7d_followed_7d_crossed_in"] == 13_787
    assert round(100 * shares["within_7d_followed_7d_crossed_in"], 1) == 42.4
    assert followed["within_7d_followed_7d"] == 13_785
    assert round(100 * shares["within_7d_followed_7d"], 1) == 42.4


def test_pairs_answered_by_kaplan_meier(con: duckdb.DuckDBPyConnection) -> None:
    shares = values(con, "dyads_answered_km", channel="all", period=0)
    assert [round(100 * shares[stat], 1) for stat in ("at_1h", "at_24h", "at_7d")] == [17.4, 34.1, 42.3]
    assert round(1 - shares["end"], 3) == 0.532
    medians = values(con, "dyads_answer_median", channel="all", period=0)
    assert medians == {"km_median": "[not_reached]", "median_of_answered": close(3.920, 5e-4)}


def test_concentration(con: duckdb.DuckDBPyConnection) -> None:
    shares = values(con, "top1_share", channel="one_to_one", period=0)
    people = values(con, "top1_people", channel="one_to_one", period=0)
    assert (round(100 * shares["enrolled"], 2), people["enrolled"]) == (18.26, 19)
    assert (round(100 * shares["posters"], 2), people["posters"]) == (14.96, 14)
    # The 19th and the 20th sent 388 each: with ties in, the top 1% of all are 20 people.
    assert (round(100 * shares["enrolled_ties_in"], 2), people["enrolled_ties_in"]) == (18.91, 20)
    classes = list(values(con, "contributor_class").values())
    assert [classes.count(name) for name in ("superuser", "contributor", "reader")] == [20, 1_330, 549]
    gini = values(con, "contribution_gini", channel="one_to_one", period=0)
    assert {stat: round(value, 3) for stat, value in gini.items()} == {"enrolled": 0.797, "posters": 0.715}
    assert round(100 * values(con, "never_contributed", channel="one_to_one")[0, "enrolled"], 1) == 28.9


def test_attrition(con: duckdb.DuckDBPyConnection) -> None:
    counts = values(con, "attrition_counts", channel="all", period=0)
    assert (counts["started"], counts["lapsed"], counts["never_started"]) == (1_350, 1_285, 549)
    assert round(values(con, "first_lapse_median", channel="all")[0, "km_median"], 1) == 16.5
    assert round(values(con, "final_nonuse_median", channel="all")[0, "km_median"], 1) == 26.5
