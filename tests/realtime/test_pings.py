"""Who is gone and who only waits: a page whose request takes the server long stays, one that says nothing does not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.wire import WireSocket
from tests.realtime.conftest import make_scene
from tests.realtime.server import Person, Server, wait_until

QUICK_PINGS = """
from gevent import monkey
monkey.patch_all()
import sys
from peerspace.realtime import server
server.PING_EVERY_S = server.PONG_WITHIN_S = 1
from peerspace.serve import run_server
run_server(sys.argv[1], int(sys.argv[2]))
"""


@pytest.fixture
def pinging(tmp_path: Path) -> Iterator[Server]:
    """A server that pings every second and waits a second for the answer."""
    server = Server(f"sqlite:///{tmp_path / 'live.db'}", tmp_path / "var")
    server.words = ["-c", QUICK_PINGS, "127.0.0.1", str(server.port)]
    with server:
        yield server


def connected(person: Person) -> WireSocket:
    auth = {"csrf": person.csrf, "v": 1}
    return WireSocket("127.0.0.1", person.server.port, cookie=person.cookie, auth=auth)


def test_a_page_that_waits_for_an_answer_is_not_taken_for_gone(pinging: Server, tmp_path: Path) -> None:
    scene = make_scene(pinging)
    frames: list[bytes] = []

    def reads_on(socket: WireSocket) -> bool:
        """Reads what is there and answers pings; False at the end of the connection."""
        alive = socket.fill()
        frames.extend(socket.frames())
        return alive

    with (
        closing(connected(scene.person())) as socket,
        closing(sqlite3.connect(tmp_path / "live.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")  # whoever enters a room waits for this
        socket.emit("room:join", {"room": scene.slug})
        socket.unblock()
        until = time.monotonic() + 5
        wait_until(lambda: not reads_on(socket) or time.monotonic() > until, "five pings")
        assert reads_on(socket), "its answer to a ping lies unread while the server works on its request"
        other.execute("ROLLBACK")
        wait_until(lambda: not reads_on(socket) or frames, "the answer")
        assert frames[0].startswith(b'431[{"ok":true'), frames


def test_a_client_that_answers_no_ping_is_closed(pinging: Server) -> None:
    with closing(connected(pinging.person())) as quiet:
        quiet.unblock()
        wait_until(lambda: not quiet.fill(), "the end of a connection that says nothing")
