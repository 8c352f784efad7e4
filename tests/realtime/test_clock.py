"""A running installation whose clock is set, an hour back and a day forward (libfaketime; not the monotonic clock)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from peerspace.accounts.models import Account
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.models import JobLease
from tests.conftest import absent
from tests.realtime.conftest import make_scene
from tests.realtime.server import Person, Server, wait_until

JOB = installation(Origin.JOB)
LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_JOB_S = 100.0
"""A job that is done every minute, and the time until its holder looks at the clock."""


class SetClock:
    """The clock of a server, ahead of ours by `ahead`."""

    def __init__(self, server: Server, file: Path) -> None:
        self.server = server
        self.ahead = timedelta()
        self._file = file
        file.write_text("+0\n")
        server.environ |= {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set_to(self, ahead: timedelta) -> None:
        self.ahead = ahead
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{ahead.total_seconds():+.0f}\n")
        fresh.replace(self._file)

    def lease_is_renewed(self) -> None:
        """The lease is renewed by the time that the server has now."""

        def renewed() -> bool:
            with self.server.database.read(JOB) as uow:
                lease = uow.session.get_one(JobLease, "background", populate_existing=True)
                return abs(lease.renewed_at - self.ahead - uow.now) < timedelta(seconds=30)

        wait_until(renewed, f"the lease at {self.ahead}", 40)

    def a_job_is_done(self, person: Actor) -> None:
        """A suspension whose end has come is lifted by the background work."""
        with self.server.database.write(JOB) as uow:
            account = uow.session.get_one(Account, person.account_id)
            account.status, account.suspended_until = "suspended", uow.now + self.ahead - timedelta(seconds=1)

        def lifted() -> bool:
            with self.server.database.read(JOB) as uow:
                return uow.session.get_one(Account, person.account_id).status == "active"

        wait_until(lifted, f"a suspension to be lifted at {self.ahead}", A_JOB_S)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def set_clock(
    request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path: Path
) -> Iterator[SetClock]:
    if not LIBRARIES:
        absent("libfaketime (Debian: faketime)")
    server = Server(new_database(request.param), tmp_path / "var", EMBEDDED="on")
    made = SetClock(server, tmp_path / "clock")
    with server:
        yield made


def _status(person: Person, path: str) -> int:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    asked = urllib.request.Request(f"{person.server.base_url}{path}", headers=person.headers)  # noqa: S310 -- http, here
    try:
        with urllib.request.build_opener(Stay).open(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _worker(server: Server) -> str:
    with urllib.request.urlopen(f"{server.base_url}/readyz", timeout=20) as answer:  # noqa: S310 -- http, here
        return str(json.load(answer)["parts"]["worker"])


@pytest.mark.slow
def test_a_running_installation_bears_a_clock_that_is_set(set_clock: SetClock) -> None:
    server = set_clock.server
    scene = make_scene(server)
    host, ash, other = scene.wren, scene.person(), scene.person().actor
    host_socket, socket = scene.enter(host), scene.enter(ash)
    set_clock.lease_is_renewed()
    assert socket.send(scene.slug, "before")["ok"]

    set_clock.set_to(-HOUR)
    set_clock.lease_is_renewed()
    assert _worker(server) == "ok"
    assert _status(ash, "/today") == 200, "nobody is signed out"
    assert _status(host, "/duty") == 200
    set_clock.a_job_is_done(other)
    assert socket.send(scene.slug, "an hour back")["ok"], "the host is there, and so the room is open"
    assert not host_socket.ended.is_set()
    assert scene.enter().join(scene.slug)["people"]["keepers"], "whoever lives is not taken for lost"

    set_clock.set_to(DAY)
    set_clock.lease_is_renewed()
    assert _worker(server) == "ok"
    assert _status(ash, "/today") == 200, "a member's session lasts for two weeks"
    set_clock.a_job_is_done(other)
    assert socket.call("room:pulse", {"room": scene.slug})["ok"]
    assert not socket.ended.is_set()
    for one in scene.sockets:
        one.close()
