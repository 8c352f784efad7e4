"""What several processes share through Redis, and what becomes of it when Redis goes away and comes back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import socketio
from flask import Flask

from peerspace import features
from peerspace.app import create_app
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.db import make_engine
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import Database
from peerspace.realtime.others import OtherProcesses
from peerspace.wiring import wire
from tests.realtime.conftest import OwnRedis
from tests.realtime.server import wait_until
from tests.web.conftest import CHEAP, csrf, make_config

AWAY_S = 4.0
"""Longer than it takes until a pause that doubles would be longer than the two seconds in which everybody is back."""


class Process:
    """One process's side of the queue between processes, and what it heard from the others."""

    def __init__(self, url: str) -> None:
        self.manager = OtherProcesses(url, "channel-of-the-test")
        self.server = socketio.Server(async_mode="threading", client_manager=self.manager)
        self.heard: list[Any] = []
        self.back: list[float] = []
        self.manager.heard_again = lambda: self.back.append(time.monotonic())
        self.manager._handle_emit = lambda message: self.heard.extend(message["data"])
        self.manager.initialize()

    def say(self, word: str) -> None:
        self.manager.emit("word", word)


def _until_heard(speaker: Process, hearer: Process, word: str) -> None:
    """Say it until it is heard: what is said before the other listens is said to nobody."""

    def said_and_heard() -> bool:
        speaker.say(word)
        return word in hearer.heard

    wait_until(said_and_heard, f"{word!r} to be heard")


def test_processes_hear_one_another_within_two_seconds_after_redis_is_back(own_redis: OwnRedis) -> None:
    first, second = Process(own_redis.url), Process(own_redis.url)
    _until_heard(first, second, "before")
    _until_heard(second, first, "before too")
    own_redis.kill()
    gone = time.monotonic()
    first.say("while it is away")
    wait_until(lambda: time.monotonic() - gone > AWAY_S, "a while without Redis", patience_s=60)
    own_redis.start()
    back = time.monotonic()
    _until_heard(first, second, "after")
    _until_heard(second, first, "after too")
    assert time.monotonic() - back < 2
    wait_until(lambda: first.back and second.back, "both to be told that they missed something")
    assert max(first.back[0], second.back[0]) - back < 2
    assert (len(first.back), len(second.back)) == (1, 1)


def _application(tmp_path: Path, name: str, redis_url: str) -> Flask:
    """One of two web processes of one installation: limits are counted in Redis, under the installation's key."""
    engine = make_engine(f"sqlite:///{tmp_path / 'shared.db'}")
    features.metadata().create_all(engine)
    log, listeners = AuditLog(b"k" * 32, tmp_path / "audit.head"), Listeners()
    wire(listeners, log)
    config = make_config(
        tmp_path, RATE_LIMITS="on", REDIS_URL=redis_url, SECRET_KEY=f"installation-of-{tmp_path.name}"
    )
    return create_app(
        config, Database(engine, log, listeners=listeners, catalogue=features.CATALOGUE), passphrases=CHEAP
    )


@pytest.mark.parametrize(
    ("address", "fields", "most"),
    [
        ("/sign-in", {"passphrase": "x"}, 30),
        ("/recover", {"code": "x", "new": "a fine long phrase"}, 10),
        ("/join", {"pseudonym": "Ann"}, 20),
    ],
)
def test_a_burst_over_two_processes_gets_no_more_than_the_limit(
    redis_url: str, tmp_path: Path, address: str, fields: dict[str, str], most: int
) -> None:
    """Sixty at once, half of them at each process: the count is taken before anything else, in one step."""
    both = [_application(tmp_path, name, redis_url) for name in ("first", "second")]
    clients = [app.test_client() for app in both for _ in range(30)]
    tokens = [csrf(client, "/sign-in") for client in clients]
    together, answers = threading.Barrier(60), Counter[bool]()

    def send(number: int) -> None:
        together.wait(30)
        data = {"csrf_token": tokens[number], "name": f"name {number}", **fields}
        answers[clients[number].post(address, data=data).status_code == 429] += 1

    burst = [threading.Thread(target=send, args=(number,)) for number in range(60)]
    for one in burst:
        one.start()
    for one in burst:
        one.join(60)
    assert answers == {False: most, True: 60 - most}
