"""Heavy text is worked through by a child process: the same answers, and nobody else waits for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from peerspace.text.apart import LIGHT_LENGTH, LIGHT_MARKS, is_light

SERVED = """
from gevent import monkey
monkey.patch_all()
import json, sys, time
import gevent, structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
from peerspace.kernel.errors import PeerSpaceError
from peerspace.text import apart
from peerspace.text.screening import Phrase
from peerspace.text.written import write_markdown

def said(who, text):
    try:
        return apart.write_markdown_for(who, text, field="body", limit=20_000)
    except PeerSpaceError as error:
        return type(error).__name__, error.key, getattr(error, "fields", {}), error.values
"""


def serve(script: str) -> dict[str, object]:
    """What `script` puts into `told`, run as a serving process runs: under gevent."""
    whole = SERVED + script + "\napart._apart.close()\nprint(json.dumps(told))\n"
    done = subprocess.run(
        [sys.executable, "-c", whole],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_what_is_light_is_told_by_length_and_marks() -> None:
    assert is_light("word " * (LIGHT_LENGTH // 5))
    assert not is_light("x" * (LIGHT_LENGTH + 1))
    assert is_light("*" * LIGHT_MARKS)
    assert not is_light("*" * (LIGHT_MARKS + 1))
    assert not is_light("# a\n" * 200)


def test_the_child_answers_as_the_server_would() -> None:
    told = serve(
        """
heavy = "# **ki**ll &amp; [a](http://b.c)\\n\\n" * 300 + "\\u00e9\\u5c0f"
child = lambda: apart._apart._child
light_needs_none = (said(1, "light").html, child() is None)
same = said(1, heavy) == write_markdown(heavy, field="body", limit=20_000)
phrases = (Phrase("kill"), Phrase("nothing", "flag"))
found = [p.text for p in apart.found_for(1, heavy, phrases)]
first = child().pid
refused = said(1, "#\\n" * 300), said(1, heavy + "&#8238;"), said(1, heavy * 9)[:2], said(1, "#" * 20_001 )
child().kill()
again = said(1, heavy)
again = getattr(again, "words", again)
told = [light_needs_none, same, found, refused, again, child().pid != first]
"""
    )
    light, same, found, refused, again, is_new = told
    assert light == ["<p>light</p>", True]
    assert same
    assert found == ["kill"]
    assert refused[0] == ["Invalid", "empty", {"body": "empty"}, {}]
    assert refused[1] == ["Invalid", "bad_characters", {"body": "bad_characters"}, {}]
    assert refused[2][0] == "TooLong"
    assert refused[3] == ["TooLong", "too_long", {"body": "too_long"}, {"limit": 20_000, "length": 20_001}]
    assert again[:4] == "kill"
    assert is_new, "a child that died is replaced"


def test_one_person_gets_what_the_budget_holds_and_others_get_theirs() -> None:
    told = serve(
        """
heavy = "# a\\n" * 500
asked = [gevent.spawn(said, "ash", heavy) for _ in range(9)] + [gevent.spawn(said, "moss", heavy)]
gevent.joinall(asked)
kinds = [one.value[1] if isinstance(one.value, tuple) else "done" for one in asked]
told = [kinds.count("done"), kinds.count("too_many"), kinds[-1], apart.EACH_WAITING]
"""
    )
    done, refused, other, each = told
    assert (done, refused, other) == (each + 2, 8 - each, "done")


def test_a_child_that_is_stuck_is_ended_and_the_next_text_has_a_new_one() -> None:
    told = serve(
        """
import os, signal
heavy = "# a\\n" * 300
apart.LONGEST_S = 0.5
apart._apart._child = apart._start()
os.kill(apart._apart._child.pid, signal.SIGSTOP)
stuck = said(1, heavy)
apart.LONGEST_S = 60
told = [stuck[1], stuck[3], said(1, heavy).words[:1]]
"""
    )
    assert told == ["too_many", {"retry_after": 0}, "a"]


@pytest.mark.slow
def test_others_do_not_wait_while_the_heaviest_texts_are_worked_through() -> None:
    told = serve(
        """
late, heavy = [], ("# a\\n" * 5_000)[:20_000]
def look():
    while True:
        begun = time.perf_counter()
        gevent.sleep(0.005)
        late.append(time.perf_counter() - begun - 0.005)
gevent.spawn(look)
begun = time.thread_time()
write_markdown(heavy, field="body", limit=20_000)
alone = time.thread_time() - begun
gevent.sleep(0.05)
late.clear()
gevent.joinall([gevent.spawn(said, who % 7, heavy) for who in range(28)])
late.sort()
told = [alone, late[len(late) * 99 // 100], late[-1]]
"""
    )
    alone, most, longest = told
    assert most < 0.1
    assert longest < alone, "nobody waited for even one of the texts"
