"""When the channels of a window could be used, as a release is told."""

from __future__ import annotations

from datetime import timedelta

from peerspace.duty.models import Duty
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.clock import HeldClock, to_us
from peerspace.kernel.uow import Database
from peerspace.research.context import Span, channels_open
from tests.people import People

COMMAND = installation(Origin.COMMAND)
HOUR = timedelta(hours=1)


def stand(database: Database, actor: Actor, room_id: int | None, hours: float | None) -> None:
    """Duty that began now, and has an end after some hours or none yet; of the desk where no room is named."""
    with database.write(COMMAND) as uow:
        ends = uow.now + hours * HOUR if hours else None
        uow.session.add(
            Duty(stream_id=room_id, account_id=actor.require_account(), from_at=uow.now, to_at=ends)
        )


def rooms_open(database: Database, cut_us: int) -> tuple[Span, ...]:
    with database.read(COMMAND) as uow:
        return channels_open(uow, cut_us)["room"]


def test_rooms_can_be_used_while_somebody_keeps_one(
    database: Database, people: People, clock: HeldClock
) -> None:
    """A room that was made and is kept by nobody takes no message: a zero there is no number to hide."""
    wren, ash = (people.add(name, Role.PEER_WORKER) for name in ("wren", "ash"))
    kitchen, garden = people.room("kitchen"), people.room("garden")
    begins = to_us(clock.now())
    hour = 3_600_000_000
    assert rooms_open(database, begins + hour) == ()
    stand(database, wren, kitchen.id, 3)
    clock.move(HOUR)
    stand(database, ash, garden.id, 4)
    clock.move(9 * HOUR)
    stand(database, people.add("keeper", Role.SUPERVISOR), None, 1)
    clock.move(10 * HOUR)
    stand(database, wren, garden.id, None)
    cut = begins + 24 * hour
    assert rooms_open(database, cut) == ((begins, begins + 5 * hour), (begins + 20 * hour, cut))


def test_the_forum_can_be_used_since_its_first_space(
    database: Database, people: People, clock: HeldClock
) -> None:
    with database.read(COMMAND) as uow:
        assert channels_open(uow, to_us(uow.now)) == {"forum": (), "room": ()}
    made = to_us(clock.now())
    people.space("nights")
    clock.move(HOUR)
    people.space("days")
    with database.read(COMMAND) as uow:
        assert channels_open(uow, to_us(uow.now))["forum"] == ((made, to_us(uow.now)),)
