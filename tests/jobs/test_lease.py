"""The lease: one holder at a time, taken over only when it ran out or was given back."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from peerspace.config import Config
from peerspace.jobs.lease import TTL, Lease
from peerspace.jobs.timetable import Timetable
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.jobs import Job
from peerspace.kernel.models import JobLease, JobRun
from peerspace.kernel.uow import Database


class Ticks:
    """A monotonic clock that a test moves, together with the wall clock or not."""

    def __init__(self, clock: HeldClock) -> None:
        self.at = 0.0
        self._clock = clock

    def __call__(self) -> float:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += seconds
        self._clock.move(seconds)


@pytest.fixture
def ticks(clock: HeldClock) -> Ticks:
    return Ticks(clock)


def test_one_holds_it_and_another_takes_it_only_when_it_ran_out(database: Database, ticks: Ticks) -> None:
    first, second = (Lease(database, "background", name, ticks) for name in ("one", "two"))
    ttl = TTL.total_seconds()
    assert first.take()
    assert not second.take()
    ticks.pass_by(ttl - 1)
    assert first.take()
    ticks.pass_by(ttl - 1)
    assert not second.take()
    ticks.pass_by(ttl)
    assert second.take()
    assert not first.take()


def test_who_looks_for_the_first_time_takes_what_ran_out_long_ago(database: Database, ticks: Ticks) -> None:
    assert Lease(database, "background", "one", ticks).take()
    ticks.pass_by(TTL.total_seconds() + 1)
    assert Lease(database, "background", "two", ticks).take()


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_is_set_gives_it_neither_two_holders_nor_none(
    database: Database, clock: HeldClock, ticks: Ticks, jump: timedelta
) -> None:
    first, second = (Lease(database, "background", name, ticks) for name in ("one", "two"))
    assert first.take()
    assert not second.take()
    clock.move(jump)
    for _ in range(5):
        assert not second.take(), "the first one lives"
        ticks.pass_by(10)
        assert first.take()
    with database.read(installation(Origin.JOB)) as uow:
        assert uow.session.get_one(JobLease, "background").stands(uow.now)
    clock.move(-jump)
    taken = []
    for _ in range(5):  # the first one is dead, its row stands in the future or long in the past
        taken.append(second.take())
        ticks.pass_by(10)
    assert taken == [False, False, False, True, True]


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

    timetable = Timetable(config, database, (Job("breaks", "Breaks", timedelta(hours=1), work),))
    timetable._run(timetable._jobs[0])
    assert not ran.is_set()
    timetable._renew()
    assert timetable.holds_lease
    timetable._run(timetable._jobs[0])
    assert ran.is_set()
    with database.read(installation(Origin.JOB)) as uow:
        assert list(uow.session.scalars(select(JobRun.error))) == ["ZeroDivisionError"]


def test_jobs_that_do_not_run_are_named(
    database: Database, clock: HeldClock, ticks: Ticks, tmp_path: Path
) -> None:
    config = Config.from_env({"PEERSPACE_ENV": "test", "PEERSPACE_VAR_DIR": str(tmp_path)})
    jobs = tuple(
        Job(name, name, timedelta(minutes=1), lambda _config, _database: 0) for name in ("runs", "stuck")
    )
    timetable = Timetable(config, database, jobs, ticks)
    timetable._renew()
    for _ in range(3):
        ticks.pass_by(61)
        timetable._renew()
        timetable._run(jobs[0])
    timetable._renew()
    clock.move(timedelta(hours=-1))
    timetable._renew()
    with database.read(installation(Origin.JOB)) as uow:
        assert uow.session.get_one(JobLease, "background").late == ["stuck"]
    ticks.pass_by(TTL.total_seconds())
    assert not timetable.holds_lease, "what was not renewed in time may be somebody else's by now"


def test_what_was_planned_before_the_clock_was_set_back_is_pulled_forward(
    database: Database, tmp_path: Path
) -> None:
    config = Config.from_env({"PEERSPACE_ENV": "test", "PEERSPACE_VAR_DIR": str(tmp_path)})
    job = Job("hourly", "Hourly", timedelta(hours=1), lambda _config, _database: 0)
    timetable = Timetable(config, database, (job,))
    timetable.start()
    try:
        planned = timetable._scheduler.get_job("hourly")
        usual = planned.next_run_time
        planned.modify(next_run_time=usual + timedelta(hours=5))
        timetable._pull_forward()
        assert abs(timetable._scheduler.get_job("hourly").next_run_time - usual) < timedelta(minutes=1)
    finally:
        timetable.stop()
