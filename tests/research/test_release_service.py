"""Asking for a release, claiming the work, giving it back: one builder at a time, never lost, never doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.research import releases
from peerspace.research.access import ready_release, release_for
from peerspace.research.models import Release, ReleaseMember
from tests.people import People
from tests.research.studies import approved, registered

JOB = installation(Origin.JOB)
JANUARY = {"first_day": "2026-01-01", "last_day": "2026-01-31"}
FEBRUARY = {"first_day": "2026-02-01", "last_day": "2026-02-28"}


@pytest.fixture
def rea(people: People) -> Actor:
    return people.add("rea", Role.RESEARCHER)


@pytest.fixture
def slug(database: Database, people: People, rea: Actor) -> str:
    return approved(database, rea, people.add("pan", Role.PANEL))


def _ask(database: Database, rea: Actor, slug: str, client_id: str = "", **changes: str) -> Release:
    asked = {"first_day": "2026-02-01", "last_day": "2026-03-01"} | changes
    with database.write(rea) as uow:
        return releases.request_release(uow, slug, client_id=client_id or new_client_id(), **asked)


def _claim(database: Database, holder: str) -> str | None:
    with database.write(JOB) as uow:
        claimed = releases.claim_next(uow, holder)
        return claimed.public_id if claimed else None


def _state(database: Database, public_id: str) -> tuple[str, str]:
    with database.read(JOB) as uow:
        found = uow.session.scalars(select(Release).where(Release.public_id == public_id)).one()
        return found.state, found.failure


def test_a_window_is_whole_days_and_never_in_the_future(
    database: Database, rea: Actor, slug: str, clock: HeldClock
) -> None:
    made = _ask(database, rea, slug)
    assert (made.cut_us - made.window_from_us) // 86_400_000_000 == 29
    today = _ask(database, rea, slug, first_day="2026-03-02", last_day="2026-03-02")
    assert today.cut_us == to_us(clock.now())
    for wrong in (
        {"last_day": "2026-03-03"},
        {"first_day": "2026-03-02", "last_day": "2026-03-01"},
        {"first_day": "soon"},
        {"first_day": "2026-02-30"},
        {"tier": "T1"},
    ):
        with pytest.raises(Invalid) as caught:
            _ask(database, rea, slug, **wrong)
        assert caught.value.fields


def test_who_may_ask_and_once_is_once(database: Database, rea: Actor, slug: str, people: People) -> None:
    once = new_client_id()
    assert _ask(database, rea, slug, once).id == _ask(database, rea, slug, once).id
    other = people.add("other", Role.RESEARCHER)
    with pytest.raises(NotFound):
        _ask(database, other, slug)
    with pytest.raises(NotAllowed):
        _ask(database, people.add("ash"), slug)
    waiting = registered(database, other, title="Not decided yet")
    with pytest.raises(Conflict):
        _ask(database, other, waiting)


def test_two_builders_never_hold_the_same_release(database: Database, rea: Actor, slug: str) -> None:
    first, second = (_ask(database, rea, slug, **days).public_id for days in (JANUARY, FEBRUARY))
    assert [_claim(database, holder) for holder in ("a", "b", "c")] == [first, second, None]
    with database.write(JOB) as uow:
        number = uow.session.scalars(select(Release.id).where(Release.public_id == first)).one()
        assert releases.renew_claim(uow, number, "a", "measures")
        assert not releases.renew_claim(uow, number, "b", "measures")
        assert not releases.finish(uow, number, "b", folder="x", manifest_hash="", members=())
        assert not releases.fail(uow, number, "b", "release_disk_full")
    assert _state(database, first) == ("building", "")


def test_a_builder_that_is_gone_loses_its_claim_and_three_are_enough(
    database: Database, rea: Actor, slug: str, clock: HeldClock
) -> None:
    asked = _ask(database, rea, slug).public_id
    for holder in ("a", "b"):
        assert _claim(database, holder) == asked
        assert _claim(database, "other") is None
        clock.move(releases.STALE_AFTER + timedelta(seconds=1))
    assert _claim(database, "c") == asked
    clock.move(releases.STALE_AFTER + timedelta(seconds=1))
    assert _claim(database, "d") is None
    assert _state(database, asked) == ("failed", "release_failed_crashed")


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_builder_that_is_gone_loses_its_claim_when_the_clock_was_set_back(
    database: Database, rea: Actor, slug: str, clock: HeldClock, back: timedelta
) -> None:
    asked = _ask(database, rea, slug).public_id
    assert _claim(database, "a") == asked
    clock.move(-back)
    assert _claim(database, "b") == asked


def test_a_release_given_back_waits_again(database: Database, rea: Actor, slug: str) -> None:
    asked = _ask(database, rea, slug)
    for holder in ("a", "b", "c"):
        assert _claim(database, holder) == asked.public_id
        with database.write(JOB) as uow:
            assert releases.give_back(uow, asked.id, holder)
    assert _state(database, asked.public_id) == ("failed", "release_failed_crashed")


def test_who_sees_a_release(database: Database, rea: Actor, slug: str, people: People) -> None:
    asked = _ask(database, rea, slug)
    ash, pan, other = people.add("ash"), people.add("pan2", Role.PANEL), people.add("o", Role.RESEARCHER)
    for actor, sees in ((rea, True), (pan, True), (ash, False), (other, False)):
        with database.read(actor) as uow:
            if sees:
                assert release_for(uow, asked.public_id)[0].id == asked.id
                with pytest.raises(Conflict):
                    ready_release(uow, asked.public_id)
            else:
                with pytest.raises(NotFound):
                    release_for(uow, asked.public_id)
    _claim(database, "a")
    with database.write(JOB) as uow:
        assert releases.finish(uow, asked.id, "a", folder="f", manifest_hash="h", members=("p1", "p2"))
    with database.read(ash) as uow:
        assert ready_release(uow, asked.public_id)[0].manifest_hash == "h"
        assert len(list(uow.session.scalars(select(ReleaseMember)))) == 2
    with pytest.raises(NotAllowed), database.write(ash) as uow:
        releases.expire_release(uow, asked.public_id)
    with database.write(rea) as uow:
        releases.expire_release(uow, asked.public_id)
    with pytest.raises(Conflict), database.read(rea) as uow:
        ready_release(uow, asked.public_id)
