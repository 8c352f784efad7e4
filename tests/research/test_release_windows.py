"""Every day is told once: two open releases over the same days, a withdrawal apart, would show what one person did."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text

from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.errors import Conflict, Invalid
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.research import releases
from peerspace.research.models import Release
from peerspace.research.windows import told_days
from peerspace.sentences import say
from tests.people import People
from tests.research.studies import approved

JOB = installation(Origin.JOB)
pytestmark = pytest.mark.invariant(5)


@pytest.fixture
def rea(people: People) -> Actor:
    return people.add("rea", Role.RESEARCHER)


@pytest.fixture
def slug(database: Database, people: People, rea: Actor) -> str:
    return approved(database, rea, people.add("pan", Role.PANEL))


def ask(database: Database, rea: Actor, slug: str, first_day: str, last_day: str) -> int:
    with database.write(rea) as uow:
        return releases.request_release(
            uow, slug, first_day=first_day, last_day=last_day, client_id=new_client_id()
        ).id


def leave(database: Database, state: str) -> None:
    """Bring the only release that waits into a state."""
    if state == "requested":
        return
    with database.write(JOB) as uow:
        if state == "ended before it was built":
            waiting = uow.session.scalars(select(Release.public_id)).one()
            releases.expire_release(uow, waiting)
            return
        claimed = releases.claim_next(uow, "a")
        assert claimed is not None
        if state == "failed":
            releases.fail(uow, claimed.id, "a", "release_unsafe")
        elif state in ("ready", "expired"):
            releases.finish(uow, claimed.id, "a", folder="f", manifest_hash="h", members=())
    if state == "expired":
        with database.write(JOB) as uow:
            releases.expire_release(uow, claimed.public_id)


@pytest.mark.parametrize("state", ["requested", "building", "ready", "expired"])
def test_days_that_are_told_or_about_to_be_are_refused(
    state: str, database: Database, rea: Actor, slug: str, people: People
) -> None:
    ask(database, rea, slug, "2026-02-01", "2026-02-10")
    leave(database, state)
    other = people.add("other", Role.RESEARCHER)
    theirs = approved(database, other, people.add("pan2", Role.PANEL), title="Another study")
    for days in (("2026-02-10", "2026-02-20"), ("2026-01-20", "2026-02-01"), ("2026-02-04", "2026-02-05")):
        for who, study in ((rea, slug), (other, theirs)):
            with pytest.raises(Conflict) as refused:
                ask(database, who, study, *days)
            assert "already tells 2026-02-01 to 2026-02-10" in say(refused.value)
    with database.read(rea) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Release)) == 1
        assert [(str(one.first), str(one.last)) for one in told_days(uow)] == [("2026-02-01", "2026-02-10")]
    assert ask(database, other, theirs, "2026-02-11", "2026-02-20")
    assert ask(database, rea, slug, "2026-01-20", "2026-01-31")


@pytest.mark.parametrize("state", ["failed", "ended before it was built"])
def test_days_that_nobody_could_read_are_free_again(
    state: str, database: Database, rea: Actor, slug: str
) -> None:
    ask(database, rea, slug, "2026-02-01", "2026-02-10")
    leave(database, state)
    assert ask(database, rea, slug, "2026-02-01", "2026-02-10")


def test_of_requests_at_once_one_is_taken(database: Database, rea: Actor, slug: str) -> None:
    """Six at once over days that all share one: on PostgreSQL none of them sees another's row before its commit."""
    start, told = threading.Barrier(6), list[str]()

    def one(number: int) -> None:
        start.wait()
        try:
            ask(database, rea, slug, f"2026-02-0{1 + number}", "2026-02-20")
        except Conflict as refused:
            told.append(refused.key)
        else:
            told.append("taken")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(told) == ["release_window_told"] * 5 + ["taken"]


@pytest.mark.postgres
def test_a_request_waits_for_one_that_is_not_committed_yet(database: Database, rea: Actor, slug: str) -> None:
    """It cannot see the other's row, so it may not answer before it can."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    told = list[str]()

    def second() -> None:
        try:
            ask(database, rea, slug, "2026-02-05", "2026-02-20")
        except Conflict as refused:
            told.append(refused.key)
        else:
            told.append("taken")

    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database "
        "WHERE NOT granted AND locktype = 'advisory' AND datname = current_database()"
    )
    later = threading.Thread(target=second)
    with database.write(rea) as uow:
        days = {"first_day": "2026-02-01", "last_day": "2026-02-10"}
        releases.request_release(uow, slug, **days, client_id=new_client_id())
        later.start()
        while later.is_alive():
            with database.read(JOB) as other:
                if other.session.scalar(waiting):
                    break
    later.join(timeout=60)
    assert told == ["release_window_told"]


def test_what_would_overlap_is_not_published(database: Database, rea: Actor, slug: str) -> None:
    """As if an earlier version had let both be asked for: the second build to end finds the first one's days told."""
    first = ask(database, rea, slug, "2026-02-01", "2026-02-10")
    second = ask(database, rea, slug, "2026-02-11", "2026-02-20")
    with database.write(JOB) as uow:
        moved, kept = uow.session.get_one(Release, second), uow.session.get_one(Release, first)
        moved.window_from_us = kept.cut_us - 1
        for holder in ("a", "b"):
            releases.claim_next(uow, holder)
        assert releases.finish(uow, first, "a", folder="f", manifest_hash="h", members=())
    with pytest.raises(Conflict, match="release_window_told"), database.write(JOB) as uow:
        releases.finish(uow, second, "b", folder="g", manifest_hash="h2", members=())
    with database.read(JOB) as uow:
        assert uow.session.get_one(Release, second).state == "building"


@pytest.mark.parametrize(
    ("first_day", "last_day", "field"),
    [("2025-10-01", "2026-01-31", "first_day"), ("2025-12-31", "2025-12-31", "first_day"),
     ("2026-01-01", "2026-02-11", "last_day"), ("2026-02-11", "2026-02-11", "last_day")],
)  # fmt: skip
def test_a_study_takes_no_day_before_its_start_or_after_its_end(
    database: Database, people: People, rea: Actor, first_day: str, last_day: str, field: str
) -> None:
    """A study that began in December was given rows of October: its members had consented, but not to it."""
    slug = approved(database, rea, people.add("pan", Role.PANEL), ends_on="2026-02-10")
    with pytest.raises(Invalid) as caught:
        ask(database, rea, slug, first_day, last_day)
    word = "before" if field == "first_day" else "after"
    assert caught.value.fields == {field: f"release_{word}_study"}
    assert caught.value.values == {"first_day": "2026-01-01", "last_day": "2026-02-10"}
    assert ask(database, rea, slug, "2026-01-01", "2026-02-10")
