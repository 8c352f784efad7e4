"""The community that tests of capture and of releases share."""

from __future__ import annotations

import pytest

from peerspace.kernel.clock import HeldClock
from peerspace.kernel.uow import Database
from tests.people import People
from tests.research.community import Community


@pytest.fixture
def community(database: Database, people: People, clock: HeldClock) -> Community:
    """Nobody but a supervisor yet, a space, and a room that is kept."""
    return Community(database, people, clock)
