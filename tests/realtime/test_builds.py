"""A dataset is built beside the rooms: nobody who talks waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from peerspace.consent.notices import ensure_defaults
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.ids import new_client_id
from peerspace.research.models import Release
from peerspace.research.releases import request_release
from peerspace.wiring import open_database
from tests.people import People
from tests.realtime.conftest import make_scene
from tests.realtime.server import Server, wait_until
from tests.research.community import Community
from tests.research.studies import approved

COMMAND = installation(Origin.COMMAND)
DAYS = 7
PATIENCE_S = 3.0
"""Longest that anybody may wait to hear a message: milliseconds, half a second on a busy machine."""


def _ask_for_a_release(server: Server) -> str:
    """A week of an invented community, until now, and a release asked for over them; its public id."""
    now = datetime.now(UTC)
    clock = HeldClock(now - timedelta(days=DAYS))
    database = open_database(server.config, clock)
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
    people = People(database)
    community = Community(database, people, clock)
    researcher = people.add("rea", Role.RESEARCHER)
    dates = {"starts_on": -DAYS, "ends_on": 90, "ethics_until": 400, "retention_until": 400}
    slug = approved(
        database,
        researcher,
        people.add("pan", Role.PANEL),
        **{name: (now + timedelta(days=days)).date().isoformat() for name, days in dates.items()},
    )
    community.live_through([community.member(f"Heron{n:02d}") for n in range(25)], days=DAYS)
    database.close()
    with server.database.write(researcher) as uow:
        days = {"first_day": (now - timedelta(days=DAYS)).date(), "last_day": now.date()}
        return request_release(
            uow, slug, client_id=new_client_id(), **{name: day.isoformat() for name, day in days.items()}
        ).public_id


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_messages_are_acknowledged_while_a_dataset_is_built(
    kind: str, new_database: Callable[[str], str], tmp_path: Path
) -> None:
    server = Server(new_database(kind), tmp_path / "var", EMBEDDED="on").prepare()
    public_id = _ask_for_a_release(server)

    def state() -> str:
        with server.database.read(COMMAND) as uow:
            return uow.session.scalars(select(Release.state).where(Release.public_id == public_id)).one()

    try:
        scene = make_scene(server.start())
        sender, listener = scene.enter(), scene.enter()
        wait_until(lambda: state() == "building", "the build to begin")
        waited: list[float] = []
        while state() == "building":
            began = time.monotonic()
            ack = sender.send(scene.slug, "Are you there?")
            assert ack["ok"], ack
            listener.wait_for("message:new", lambda data, ack=ack: data["id"] == ack["id"])
            waited.append(time.monotonic() - began)
        assert state() == "ready"
        assert len(waited) > 20, "the build ended before anybody could talk beside it"
        assert max(waited) < PATIENCE_S
    finally:
        server.kill()
        server.database.close()
