"""What a release's timeline says of the platform: its changes with dates, its workers without any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from peerspace.accounts.roles import end_role, grant_role
from peerspace.chat.rooms import archive_room, close_room, create_room, open_room
from peerspace.community.settings import set_setting
from peerspace.community.timeline import KINDS
from peerspace.duty.models import Duty
from peerspace.features import audited_actions
from peerspace.forum.staff import create_space
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.uow import Database, UnitOfWork
from peerspace.research.context import package_timeline
from peerspace.research.package.inputs import TIMELINE_KINDS
from peerspace.research.staffing import may_tell
from tests.people import People
from tests.saying import publish_rules

COMMAND = installation(Origin.COMMAND)
HOUR = timedelta(hours=1)


def told(database: Database, days: int = 28) -> list[tuple[str, str]]:
    """(kind, description) of the timeline over the last days."""
    with database.read(COMMAND) as uow:
        cut = to_us(uow.now) + 1
        lines = package_timeline(uow, cut - days * 86_400_000_000, cut)
    return [(line.kind, line.description) for line in lines]


def keep(database: Database, actor: Actor, room_id: int, hours: float) -> None:
    """Duty that has just ended."""
    with database.write(COMMAND) as uow:
        uow.session.add(
            Duty(
                stream_id=room_id,
                account_id=actor.require_account(),
                from_at=uow.now - hours * HOUR,
                began_at=uow.now - hours * HOUR,
                to_at=uow.now,
                end_reason="left",
            )
        )


def _room_state(uow: UnitOfWork) -> None:
    room = create_room(uow, "kitchen", "Kitchen")
    for change in (close_room, open_room, archive_room):
        change(uow, room.id)


CHANGES: dict[str, tuple[Callable[[UnitOfWork], object], list[str]]] = {
    "space": (lambda uow: create_space(uow, "nights", "Nights"), ["added:number=1"]),
    "room": (_room_state, ["added:number=1", "archived:number=1", "closed:number=1", "opened:number=1"]),
    "rules": (lambda uow: publish_rules(uow, "Be kind to one another."), ["published:number=1"]),
    "setting": (lambda uow: set_setting(uow, "first_days", 9), ["first_days:number=1"]),
}
"""A change of each kind that is told by its date, and what is told."""


@pytest.mark.parametrize(
    "kind",
    sorted({action.timeline for action in audited_actions().values()} - {"", "staffing", "opening_hours"}),
)
def test_a_change_of_the_platform_is_told_with_its_day(database: Database, kind: str) -> None:
    change, expected = CHANGES[kind]
    with database.write(COMMAND) as uow:
        change(uow)
    assert set(KINDS) <= set(TIMELINE_KINDS)
    found = sorted(description for of, description in told(database) if of == kind)
    assert [line.rpartition("=")[0] for line in found] == [line.rpartition("=")[0] for line in expected]
    assert "Kitchen" not in str(found)


@pytest.mark.invariant(5)
def test_few_workers_are_neither_counted_nor_followed(
    database: Database, people: People, clock: HeldClock
) -> None:
    """Nine peer workers keep rooms; one comes, one goes: the timeline is the same as with none."""
    room = people.room("kitchen")
    before = told(database)
    workers = [people.add(f"worker{n}", Role.PEER_WORKER, pay="paid") for n in range(8)]
    late = people.add("late")
    clock.move(3600)
    with database.write(COMMAND) as uow:
        grant_role(uow, late.require_account(), Role.PEER_WORKER, training="trained", pay="volunteer")
    for worker in (*workers, late):
        keep(database, worker, room.id, 3)
    with database.write(COMMAND) as uow:
        end_role(uow, workers[0].require_account(), Role.PEER_WORKER)
    lines = told(database)
    assert ("staffing", "peer_workers=under_10") in lines
    assert ("opening_hours", "rooms:too_few_workers") in lines
    assert lines == before


@pytest.mark.invariant(5)
def test_ten_workers_are_told_in_steps_and_their_hours_as_a_sum(
    database: Database, people: People, clock: HeldClock
) -> None:
    room = people.room("kitchen")
    workers = [people.add(f"worker{n}", Role.PEER_WORKER) for n in range(12)]
    for worker in workers:
        clock.move(timedelta(hours=20))
        keep(database, worker, room.id, 4)
    lines = told(database)
    assert ("staffing", "peer_workers=10") in lines
    assert ("staffing", "duty_hours=50") in lines  # twelve times four, in steps of five
    assert ("opening_hours", "rooms:hours=50") in lines
    keep(database, workers[0], room.id, 4000)
    assert ("opening_hours", "rooms:too_few_workers") in told(database)  # nearly all of it is one person's


def test_a_sum_needs_ten_people_and_no_giant() -> None:
    assert not may_tell([5] * 9)
    assert may_tell([5] * 10)
    assert not may_tell([1000, 1000] + [1] * 8)
    assert not may_tell([])
