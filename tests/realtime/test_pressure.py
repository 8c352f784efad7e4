"""The full weight: several connections of one address pour 100,000 frames each, and another member goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.attacks import BURSTS, Burst, Target, burst
from bench.installation import processes
from bench.results import quantile
from bench.watching import Member, Watchers
from tests.realtime.conftest import Scene, make_scene
from tests.realtime.server import PATIENCE_S, Person, Server

LIMIT_MS = 500
SECONDS = 4.0


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def pressed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server on each database with its limits on."""
    folder: Path = tmp_path_factory.mktemp(f"pressed_{request.param}")
    url = f"sqlite:///{folder / 'live.db'}"
    if request.param == "postgresql":
        new: Callable[[], str] = request.getfixturevalue("new_postgres")
        url = new()
    with Server(url, folder / "var", RATE_LIMITS="on") as server:
        yield make_scene(server)


def _member(person: Person) -> Member:
    return Member(person.cookie, person.csrf)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BURSTS, ids=lambda kind: kind.name)
def test_another_member_goes_on_while_one_address_pours(kind: Burst, pressed: Scene) -> None:
    server = pressed.server
    assert server.process is not None
    workers = processes(server.process.pid)
    attacker = pressed.person()
    elsewhere = server.people.room(f"elsewhere-{attacker.id[:8].lower()}", kept_by=pressed.wren.actor)
    target = Target(server.port, attacker.cookie, attacker.csrf, elsewhere.slug, "/spaces")
    members = [_member(pressed.person()) for _ in range(6)]
    with Watchers(server.port, members, "/spaces", pressed.slug) as watchers:
        assert watchers.there.wait(PATIENCE_S)
        began = time.monotonic()
        burst(target, kind.name, began + SECONDS)
    pages, messages = watchers.seen.within(began, began + SECONDS)
    assert watchers.seen.failed == []
    assert processes(server.process.pid) == workers, "no worker restarted"
    assert pages
    assert messages
    assert quantile(pages, 0.95) < LIMIT_MS
    assert quantile(messages, 0.95) < 2 * LIMIT_MS
