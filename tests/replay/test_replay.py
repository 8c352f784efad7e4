"""Recorded conversations played through a real server, with a crash, checked by the bench's own count."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bench.corpus import find_data
from peerspace.kernel.db import make_engine
from tests.conftest import absent, postgres_url, without_data

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 1500
"""Whoever waits for longer waits for something that hangs."""


KILLED = ("--kill", "--rounds", "2", "--crashes", "1")


def play(*arguments: str) -> str:
    """Run the replay as `make replay` does; what it printed. Fails with that when anything differs."""
    if find_data() is None:
        without_data("forum_coffee.jsonl")
    done = subprocess.run(
        [sys.executable, "bench/replay.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-6000:]}"
    return done.stdout


def found(printed: str, check: str) -> str:
    """The last column of a check's line."""
    line = re.search(rf"^{re.escape(check)}\s+\S+\s+(\S+)$", printed, re.MULTILINE)
    assert line is not None, f"no line {check!r} in\n{printed}"
    return line[1]


@pytest.mark.invariant(3)
@pytest.mark.invariant(5)
@pytest.mark.invariant(11)
def test_a_part_of_the_conversations_survives_a_crash_in_each_part() -> None:
    printed = play("--posts", "120", "--messages", "500", "--speed", "40", "--sockets", "12", *KILLED)
    assert found(printed, "posts stored") == "120"
    assert found(printed, "messages stored") == "500"
    assert found(printed, "messages doubled") == "0"
    assert found(printed, "captured rows of anybody else") == "0"
    assert "kill -9 at forum" in printed
    assert "kill -9 at chat" in printed
    assert "kill -9 at acts" in printed
    assert found(printed, "acts: counted without a yes, or after a no") == "0"


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.invariant(11)
def test_a_small_part_survives_a_crash_in_each_part_on_postgresql() -> None:
    if not _postgres_answers():
        absent("PostgreSQL")
    part = ("--posts", "40", "--messages", "120", "--speed", "40", "--sockets", "8", "--no-research")
    printed = play("--database", "postgresql", *KILLED, *part)
    assert found(printed, "posts doubled") == "0"
    assert found(printed, "acknowledged messages lost") == "0"
    assert "kill -9 at forum" in printed
    assert "kill -9 at chat" in printed
    assert "kill -9 at acts" in printed
    assert found(printed, "acts: counted without a yes, or after a no") == "0"


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_whole_of_it_survives_a_crash_in_each_part(database: str) -> None:
    if database == "postgresql" and not _postgres_answers():
        absent("PostgreSQL")
    printed = play("--database", database, "--kill", "--rounds", "24", "--crashes", "24")
    assert found(printed, "posts stored") == "552"
    assert found(printed, "messages stored") == "1500"
    assert "kill -9 at forum" in printed
    assert "kill -9 at chat" in printed
    assert "kill -9 at acts" in printed
    assert found(printed, "acts: counted without a yes, or after a no") == "0"


def _postgres_answers() -> bool:
    engine = make_engine(make_url(postgres_url()))
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar_one() == 1
    except OperationalError:
        return False
    finally:
        engine.dispose()
