"""The replay's own checks notice what they are there for, and what should be captured is worked out by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from bench.checks import Report, check_delivered
from bench.corpus import Corpus, Message, Post
from bench.expected import Captured, Number, captured_rows, count, open_tables, total
from bench.play import Played
from bench.research import ROOT
from bench.room_socket import Connection, RoomSocket
from bench.traces import Traces, own_runs, runs, words

# p0002 and p0004 consent, p0001 does not. p0002 opens a thread; p0001 and p0004 answer, and p0002 once more.
# In the room p0004 speaks, p0001 answers p0004, p0004 answers p0001.
POSTS = (
    Post(1, 1, "What helps", "a", "p0002", "One two three four"),
    Post(2, 1, None, None, "p0001", "Five six"),
    Post(3, 1, None, None, "p0004", "Seven"),
    Post(4, 1, None, None, "p0002", "Eight"),
)
MESSAGES = (
    Message("m1", "r", "p0004", 0.0, None, "good evening to all of you"),
    Message("m2", "r", "p0001", 1.0, "m1", "evening"),
    Message("m3", "r", "p0004", 2.0, "m2", "how are you"),
)
CORPUS = Corpus(POSTS, MESSAGES)


def test_captured_rows_are_those_worked_out_by_hand() -> None:
    assert captured_rows(CORPUS) == Counter(
        {
            Captured("p0002", "thread_started", "forum", "none", ""): 1,
            # p0001's answer: nothing of p0001, but p0002 received one from somebody who does not take part.
            Captured("p0002", "reply_received", "forum", "non_participant", ""): 1,
            Captured("p0004", "post_written", "forum", "participant", "p0002"): 1,
            Captured("p0002", "reply_received", "forum", "participant", "p0004"): 1,
            Captured("p0002", "post_written", "forum", "self", ""): 1,
            Captured("p0004", "message_written", "room", "none", ""): 1,
            Captured("p0004", "reply_received", "room", "non_participant", ""): 1,
            Captured("p0004", "message_written", "room", "non_participant", ""): 1,
        }
    )


def test_open_tables_hold_the_true_numbers_and_say_which_may_be_told() -> None:
    tables = open_tables(CORPUS, keepers=1, supervisors=2)
    assert tables["totals"]["contributions", "forum", "0"] == Number(3, safe=False)
    assert tables["totals"]["people", "all", "0"] == Number(2, safe=False)
    assert tables["reciprocity"]["one_way", "forum", "0"] == Number(1, safe=False)
    assert tables["flow"]["people", "registered", "all"] == Number(6, safe=False)


@pytest.mark.parametrize(
    ("by_person", "safe"),
    [
        ({f"p{n}": 5 for n in range(10)}, True),
        ({f"p{n}": 5 for n in range(9)}, False),  # nine people
        (
            {f"p{n}": 1 for n in range(10)} | {"p0": 100},
            False,
        ),  # 8 of 109 are neither's of the two largest: under 10
    ],
)
def test_sums_follow_the_rule_of_ten_people_and_of_ten_per_cent(
    by_person: dict[str, int], safe: bool
) -> None:
    assert total(Counter(by_person)).safe is safe


@pytest.mark.parametrize(("n", "rounded"), [(10, 10), (12, 10), (13, 15), (137, 135), (138, 140)])
def test_numbers_are_rounded_to_the_nearest_five(n: int, rounded: int) -> None:
    assert count(n).rounded == rounded


def test_words_are_compared_without_case_signs_and_apostrophes() -> None:
    assert words("Don\u2019t, I said: `x_y` 3.") == ["dont", "i", "said", "x", "y", "3"]
    assert list(runs("1, 2, 3, 4 five")) == [("2", "3", "4", "five")]


@pytest.fixture
def traces() -> Traces:
    return Traces(["Good evening to all"], ["What helps"], ["p0002"], ["kQ9-secret"])


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.svg", "<text>good <tspan>evening</tspan> to all</text>", "run"),
        ("a.html", "<p>Good&nbsp;evening, to&#32;all</p>", "run"),
        ("a.json", json.dumps({"title": "what helps"}), "title"),
        ("a.csv", "1,p0002,3", "name"),
        ("a.txt", "see kQ9-secret", "id"),
        ("good evening to all.txt", "", "run"),
    ],
)
def test_traces_are_found_in_every_kind_of_file(
    tmp_path: Path, traces: Traces, name: str, content: str, what: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert {trace.what for trace in traces.find_in_folder(tmp_path)} == {what}


def test_traces_are_found_in_parquet_and_not_where_there_is_none(tmp_path: Path, traces: Traces) -> None:
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT 'fine' AS a) TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)")
        assert traces.find_in_folder(tmp_path) == set()
        engine.execute(
            f"COPY (SELECT 'to all, good evening to all' AS a FROM range(9)) TO '{tmp_path / 'b.parquet'}'"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    assert {(trace.what, trace.where) for trace in traces.find_in_folder(tmp_path)} == {("run", "b.parquet")}


def test_the_markup_of_a_figure_is_nobodys_words(tmp_path: Path) -> None:
    """Somebody pasted an SVG into a post: that a figure begins the same way is no leak. What they said beside it is."""
    own = own_runs(ROOT)
    quoted = (
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="504pt" height="288pt" viewBox="0 0 504 288"'
        ' xmlns="http://www.w3.org/2000/svg" version="1.1">\n <metadata>\n  <rdf:RDF'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n   <cc:Work>\n    <dc:type'
        ' rdf:resource="http://purl.org/dc/dcmitype/StillImage"/>'
    )
    traces = Traces([f"{quoted} and this is what I saw"], [], [])
    drawn = quoted.replace(
        ' version="1.1">', ' version="1.1">\n <title>Dose</title>'
    )  # as every figure of ours has one
    (tmp_path / "figure.svg").write_text(f"{drawn}</svg>", encoding="utf-8")
    found = {tuple(trace.words.split()) for trace in traces.find_in_folder(tmp_path)}
    assert found, "the check sees it"
    assert found <= own
    assert ("this", "is", "what", "i") not in own


def delivered(*connections: Connection, kills: tuple[str, ...] = ()) -> Report:
    """The report for one listener of the room, to whom this was told."""
    socket = RoomSocket.__new__(RoomSocket)
    socket.name, socket.room, socket.connections = "p0001", "r", list(connections)
    socket.pulses_behind = socket.sent_again = socket.later = 0
    played = Played(
        acked={f"m{n}": (f"id{n}", n) for n in (1, 2, 3)}, sockets=[socket] * 40, kills=list(kills)
    )
    report = Report()
    check_delivered(report, CORPUS, played, 40)
    return report


ALL = [(1, "id1"), (2, "id2"), (3, "id3")]


def test_a_listener_who_got_everything_once_is_right() -> None:
    assert delivered(Connection(broadcast=ALL)).right


@pytest.mark.parametrize(
    "told",
    [
        Connection(broadcast=ALL[:2]),
        Connection(broadcast=[*ALL, ALL[2]]),
        Connection(broadcast=[ALL[1], ALL[0], ALL[2]]),
        Connection(broadcast=[*ALL, (4, "id4")]),
        Connection(broadcast=ALL[:2], caught_up=ALL[2:]),
    ],
    ids=["missing", "twice", "order", "strange", "caught up without a crash"],
)
def test_a_listener_who_got_something_else_is_noticed(told: Connection) -> None:
    assert not delivered(told).right


def test_after_a_crash_broadcasts_and_joins_together_are_everything() -> None:
    first, second = Connection(broadcast=ALL[:1]), Connection(broadcast=ALL[2:], caught_up=ALL[1:])
    assert delivered(first, second, kills=("chat",)).right
    assert not delivered(first, Connection(broadcast=ALL[2:]), kills=("chat",)).right
