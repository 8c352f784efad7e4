"""Old rows go, a bounded number at a time; what is in use and what is young stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from peerspace.accounts.links import LINKS_KEPT, prune_links
from peerspace.accounts.models import SignInLink, WebSession
from peerspace.accounts.own import my_settings
from peerspace.accounts.sessions import ABSOLUTE, IDLE, KEPT_AFTER_END, STAFF_IDLE, prune_sessions
from peerspace.kernel import pruning
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.models import JobRun
from peerspace.kernel.uow import Database
from tests.people import People

JOB = installation(Origin.JOB)
DAY = timedelta(days=1)


def _session(
    database: Database,
    person: Actor,
    name: str,
    *,
    made: timedelta,
    seen: timedelta,
    ended: timedelta | None = None,
) -> None:
    """A session of `person`: how long ago it was made, last seen and, if it was, ended."""
    with database.write(JOB) as uow:
        uow.session.add(
            WebSession(
                token_hash=name,
                account_id=person.require_account(),
                created_at=uow.now - made,
                seen_at=uow.now - seen,
                ended_at=None if ended is None else uow.now - ended,
            )
        )


def _left(database: Database) -> set[str]:
    with database.read(JOB) as uow:
        return set(uow.session.scalars(select(WebSession.token_hash)))


def test_sessions_go_a_week_after_their_end(database: Database, people: People) -> None:
    ann = people.add("Ann")
    week = KEPT_AFTER_END
    for name, made, seen, ended in (
        ("in use", 80 * DAY, DAY, None),
        ("ended lately", 20 * DAY, week, week - DAY),
        ("expired lately", IDLE + week, IDLE + week - DAY, None),
        ("gone: ended", 20 * DAY, 19 * DAY, week + DAY),
        ("gone: idle", 40 * DAY, IDLE + week + DAY, None),
        ("gone: too long", ABSOLUTE + week + DAY, timedelta(), None),
    ):
        _session(database, ann, name, made=made, seen=seen, ended=ended)
    with database.write(JOB) as uow:
        assert prune_sessions(uow) == 3
    assert _left(database) == {"in use", "ended lately", "expired lately"}


@pytest.mark.parametrize(("roles", "listed"), [((), {1, 13}), ((Role.PEER_WORKER,), {1})])
def test_only_sessions_that_still_sign_in_are_listed(
    database: Database, people: People, roles: tuple[Role, ...], listed: set[int]
) -> None:
    """Whoever sees one more browser in the list than they have would believe that somebody else is in."""
    person = people.add("Ann", *roles)
    hour = timedelta(hours=1)
    for hours in (1, 13, IDLE // hour + 1):
        _session(database, person, str(hours), made=hours * hour, seen=hours * hour)
    _session(database, person, "too long", made=ABSOLUTE + DAY, seen=hour)
    assert STAFF_IDLE < 13 * hour < IDLE
    with database.read(person) as uow:
        shown = my_settings(uow).sessions
        assert {(uow.now - line.seen_at) // hour for line in shown} == listed


def test_links_that_ran_out_a_month_ago_go(database: Database, people: People) -> None:
    ann = people.add("Ann")
    with database.write(JOB) as uow:
        for name, ran_out in (("valid", -DAY), ("lately", LINKS_KEPT - DAY), ("gone", LINKS_KEPT + DAY)):
            uow.session.add(
                SignInLink(
                    account_id=ann.require_account(),
                    token_hash=name,
                    created_at=uow.now - ran_out - 3 * DAY,
                    expires_at=uow.now - ran_out,
                )
            )
    with database.write(JOB) as uow:
        assert prune_links(uow) == 1
        assert set(uow.session.scalars(select(SignInLink.token_hash))) == {"valid", "lately"}


def test_job_runs_go_after_a_month_but_the_newest_of_each(database: Database, clock: HeldClock) -> None:
    def run(job: str, at: datetime) -> None:
        with database.write(JOB) as uow:
            uow.session.add(JobRun(job=job, started_at=at, finished_at=at))

    for days in (100, 60, 31, 29, 0):
        run("often", clock.now() - days * DAY)
    for days in (200, 90):
        run("seldom", clock.now() - days * DAY)
    with database.write(JOB) as uow:
        assert pruning.prune_job_runs(uow, most=3) == 3, "a bounded number at once"
    with database.write(JOB) as uow:
        assert pruning.prune_job_runs(uow) == 1
        left = uow.session.execute(select(JobRun.job, JobRun.started_at).order_by(JobRun.started_at)).all()
    assert [(job, (clock.now() - at).days) for job, at in left] == [
        ("seldom", 90),
        ("often", 29),
        ("often", 0),
    ]
