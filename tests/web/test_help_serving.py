"""Get help now from a real server whose database answers nobody (invariant 12)."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import text

from bench.installation import Installation
from bench.visitor import Visitor
from peerspace.web.community.help_now import FRESH_S

PASSPHRASE = "a lamp beside the sink"


@pytest.mark.invariant(12)
@pytest.mark.postgres
def test_a_database_that_hangs_does_not_hold_help_up(postgres_database: str) -> None:
    """`postgres_database` skips where there is no server."""
    with Installation("postgresql") as house:
        house.command("db", "upgrade")
        house.add_people([{"name": "Marigold", "role": "member", "passphrase": PASSPHRASE}])
        house.start()
        visitor = Visitor(house.base)
        visitor.sign_in("Marigold", PASSPHRASE)
        assert "is-signed-in" in visitor.http.get(f"{house.base}/help-now").text
        with house.engine.connect() as held:
            held.execute(text("LOCK TABLE help_line_version, web_session IN ACCESS EXCLUSIVE MODE"))
            took, said, until = [], 0, time.monotonic() + FRESH_S + 20
            while said < 5:  # what was read is fresh for a while
                begun = time.monotonic()
                assert begun < until, "the page never said that it cannot reach its records"
                answer = visitor.http.get(f"{house.base}/help-now", timeout=10)
                took.append(time.monotonic() - begun)
                assert answer.status_code == 200
                assert 'href="tel:999"' in answer.text
                said += "cannot reach its records now. What stands here was read on" in answer.text
                threading.Event().wait(0.1)
            held.rollback()
        assert max(took) < 3, took
        until = time.monotonic() + 30
        while "is-signed-in" not in visitor.http.get(f"{house.base}/help-now").text:
            assert time.monotonic() < until, "the page did not come back to the reader's own"
