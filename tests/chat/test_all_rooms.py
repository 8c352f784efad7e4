"""Rooms as an administrator sees them, and as guests are told of them: numbers, and no names."""

from __future__ import annotations

from peerspace.chat.all_rooms import OpenRoom, all_rooms, open_now
from peerspace.chat.rooms import archive_room, close_room
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.uow import Database
from tests.people import People


def test_an_administrator_sees_every_room_in_every_state(database: Database, people: People) -> None:
    people.room("kept", kept_by=people.add("wren", Role.PEER_WORKER))
    for slug, act in (("shut", close_room), ("ended", archive_room)):
        room_id = people.room(slug).id
        with database.write(installation(Origin.COMMAND)) as uow:
            act(uow, room_id)
    people.room("empty")
    with database.read(people.add("Ada", Role.ADMINISTRATOR)) as uow:
        found = {room.slug: room.state for room in all_rooms(uow)}
    assert found == {"kept": "open", "shut": "closed", "ended": "archived", "empty": "read_only"}


def test_guests_are_told_how_many_and_never_who(database: Database, people: People) -> None:
    with database.read(guest()) as uow:
        assert (open_now(uow).on_duty, open_now(uow).rooms) == (0, ())
    people.room("kept", kept_by=people.add("wren", Role.PEER_WORKER))
    people.room("empty")
    with database.read(guest()) as uow:
        now = open_now(uow)
    assert (now.on_duty, now.all_peer_workers, now.rooms) == (1, True, (OpenRoom("Kept", 0),))
    people.room("other", kept_by=people.add("guard", Role.SUPERVISOR))
    with database.read(guest()) as uow:
        assert (open_now(uow).on_duty, open_now(uow).all_peer_workers) == (2, False)
