"""What the tests of rooms share: a kept room, and short ways to write in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from peerspace.chat import queries
from peerspace.chat.models import Message, Room
from peerspace.community.models import SettingValue
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database, UnitOfWork
from tests import saying
from tests.people import People


@dataclass
class Kitchen:
    """A room with a peer worker on duty, two members and a supervisor."""

    database: Database
    room: Room
    wren: Actor
    ash: Actor
    moss: Actor
    supervisor: Actor

    def send(self, who: Actor, body: str, **more: object) -> Message:
        more.setdefault("client_id", new_client_id())
        with self.database.write(who) as uow:
            return saying.send_message(uow, self.room.slug, body, **more)  # type: ignore[arg-type]

    def act(self, who: Actor, verb: Callable[..., object], *args: object, **more: object) -> object:
        with self.database.write(who) as uow:
            return verb(uow, *args, **more)

    def events(self, who: Actor, verb: Callable[..., object], *args: object, **more: object) -> list[object]:
        with self.database.write(who) as uow:
            verb(uow, *args, **more)
        return list(uow.events)

    def now(self, uow: UnitOfWork) -> Room:
        return uow.session.get_one(Room, self.room.id, populate_existing=True)

    def catch_up(
        self, reader: Actor, last_seq: int | None = None, last_rev: int | None = None
    ) -> queries.CatchUp:
        with self.database.read(reader) as uow:
            return queries.catch_up(
                uow, self.now(uow), reader.require_account(), last_seq=last_seq, last_rev=last_rev
            )

    def bodies(self, reader: Actor) -> list[str]:
        """What the reader sees, as plain words; stubs by their state in brackets."""
        return [
            view.html.striptags() if view.state == "published" else f"[{view.state}]"
            for view in self.catch_up(reader).messages
        ]


@pytest.fixture
def kitchen(database: Database, people: People) -> Kitchen:
    wren = people.add("Wren", Role.PEER_WORKER)
    return Kitchen(
        database,
        people.room("late-kitchen", kept_by=wren),
        wren,
        people.add("Ash"),
        people.add("Moss"),
        people.add("Rowan", Role.SUPERVISOR),
    )


@pytest.fixture
def setting(kitchen: Kitchen) -> Callable[[str, object], None]:
    """Sets what an administrator tunes, straight in the database."""

    def put(key: str, value: object) -> None:
        with kitchen.database.write(installation(Origin.COMMAND)) as uow:
            uow.session.add(SettingValue(key=key, value=value, set_at=uow.now))

    return put


@pytest.fixture
def hold(setting: Callable[[str, object], None]) -> Callable[[str], None]:
    """Makes `phrase` wait for a human wherever it is written."""
    return lambda phrase: setting("watch_phrases", [{"text": phrase, "action": "hold"}])
