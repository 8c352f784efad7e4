"""What tests of accounts share: cheap hashing and short ways to actors."""

from __future__ import annotations

import pytest

from peerspace.accounts.passphrases import Passphrases
from peerspace.kernel.actor import Actor, Origin, installation


@pytest.fixture(scope="session")
def cheap() -> Passphrases:
    """Hashing as cheap as argon2 allows."""
    return Passphrases(time_cost=1, memory_kib=8, lanes=1)


@pytest.fixture
def command() -> Actor:
    return installation(Origin.COMMAND)
