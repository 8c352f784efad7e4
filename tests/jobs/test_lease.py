"""The lease: one holder at a time, taken over only when it ran out or was given back."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from peerspace.config import Config
from peerspace.jobs.lease import TTL, Lease
from peerspace.jobs.timetable import Job, Timetable
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import Database


def test_one_holds_it_and_another_takes_it_only_when_it_ran_out(database: Database, clock: HeldClock) -> None:
    first, second = Lease(database, "background", "one"), Lease(database, "background", "two")
    assert first.take()
    assert not second.take()
    clock.move(TTL - timedelta(seconds=1))
    assert first.take()
    clock.move(TTL - timedelta(seconds=1))
    assert not second.take()
    clock.move(timedelta(seconds=2))
    assert second.take()
    assert not first.take()


def test_giving_it_back_lets_the_next_in_at_once(database: Database) -> None:
    first, second = Lease(database, "background", "one"), Lease(database, "background", "two")
    assert first.take()
    second.give_back()
    assert not second.take()
    first.give_back()
    assert second.take()


def test_of_many_who_try_at_once_exactly_one_gets_it(database: Database) -> None:
    got: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: got.append(Lease(database, "background", f"holder{n}").take()))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(got) == [False] * 7 + [True]


def test_a_job_runs_only_under_the_lease_and_a_failure_is_written_down(database: Database, tmp_path) -> None:
    config = Config.from_env({"PEERSPACE_ENV": "test", "PEERSPACE_VAR_DIR": str(tmp_path)})
    ran = threading.Event()

    def work(_config: Config, _database: Database) -> int:
        ran.set()
        raise ZeroDivisionError

    timetable = Timetable(config, database, (Job("breaks", timedelta(hours=1), work),))
    timetable._run(timetable._jobs[0])
    assert not ran.is_set()
    timetable._renew()
    assert timetable.holds_lease
    timetable._run(timetable._jobs[0])
    assert ran.is_set()
    with database.read(installation(Origin.JOB)) as uow:
        assert list(uow.session.scalars(select(JobRun.error))) == ["ZeroDivisionError"]
