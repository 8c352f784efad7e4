"""Telling sockets what happened: who gets what, and what only some may know.

Every function loads what it tells in its own read unit of work, after the commit. `only_here` keeps it to the sockets
of this process: for what arrives over the control table, which every web process reads for itself.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from peerspace.accounts.queries import blocked_by, people_cards
from peerspace.chat import gathering, queries
from peerspace.chat.models import Room
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.uow import Database
from peerspace.moderation.models import Item
from peerspace.notifications.models import Notice
from peerspace.notifications.queries import unread_count
from peerspace.realtime import wire
from peerspace.realtime.connections import ConnectionRegistry

log = structlog.get_logger(__name__)
JOB = installation(Origin.JOB)
DESK = "desk"


def room_group(room_id: int) -> str:
    return f"room:{room_id}"


def account_group(account_id: int) -> str:
    return f"account:{account_id}"


class Emitter(Protocol):
    """What is needed of Flask-SocketIO's server object."""

    def emit(self, event: str, *args: Any, **kwargs: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing that the readers of a room should hear of."""

    event: str
    message_id: int
    only_here: bool


class Broadcaster:
    """Emits to rooms, people and the desk."""

    def __init__(self, database: Database, emitter: Emitter, connections: ConnectionRegistry) -> None:
        self._database = database
        self._emitter = emitter
        self._connections = connections
        self._named: dict[int, frozenset[int]] = {}
        self._queues: dict[int, deque[_Told]] = defaultdict(deque)
        self._telling: set[int] = set()

    def message(self, event: str, room_id: int, message_id: int, *, only_here: bool = False) -> None:
        """Tell a room of a new or changed message.

        One at a time a room, in the order of the commits: loading may let another greenlet run, and a later message
        must not overtake an earlier one on its way out.
        """
        self._queues[room_id].append(_Told(event, message_id, only_here))
        if room_id in self._telling:
            return
        self._telling.add(room_id)
        try:
            while self._queues[room_id]:
                told = self._queues[room_id].popleft()
                try:
                    self._tell_message(room_id, told)
                except Exception:
                    # It is committed and others wait in the queue: clients find the hole by the room's pulse.
                    log.exception("message_not_told", room_id=room_id)
        finally:
            self._telling.discard(room_id)

    def _tell_message(self, room_id: int, told: _Told) -> None:
        with self._database.read(JOB) as uow:
            views = queries.told_views(uow, told.message_id, reactions=told.event != "message:new")
            if views is None:
                return
            seen, own = views
            audience = gathering.audience(uow, room_id, seen.account_id, seen.answers_account_id)
        author = {seen.account_id}
        own_sids = self._sids(room_id, audience, author)
        unquoted = self._sids(room_id, audience, audience.unquoted) - own_sids
        deaf = self._sids(room_id, audience, audience.deaf)
        skip = [*own_sids, *unquoted, *deaf]
        everybody = wire.message(seen)
        self._emit(told.event, everybody, room_group(room_id), told.only_here, skip=skip)
        self._each(told.event, wire.message(own), own_sids, told.only_here)
        if unquoted:
            self._each(told.event, wire.message(seen, quoted=False), unquoted, told.only_here)

    def reactions(self, room_id: int, message_id: int, by_id: int, *, only_here: bool = False) -> None:
        """Tell a message's author, and nobody else, how many phrases it received; nothing if they blocked `by_id`."""
        with self._database.read(JOB) as uow:
            views = queries.told_views(uow, message_id)
            if views is None or by_id in blocked_by(uow, views[1].account_id):
                return
            own = views[1]
            sids = gathering.sids_in(uow, room_id, [own.account_id])
        here = self._connections.sids_in(room_id, [own.account_id]) | set(sids.get(own.account_id, ()))
        self._each("message:changed", wire.message(own), here, only_here)

    def room_state(self, room_id: int, *, only_here: bool = False) -> None:
        """Tell a room whether it takes messages."""
        with self._database.read(JOB) as uow:
            room = uow.session.get(Room, room_id)
            if room is None:
                return
            told = wire.room_state(room, gathering.people_in(uow, room, None))
        self._emit("room:state", told, room_group(room_id), only_here)

    def is_named(self, room_id: int, account_id: int) -> bool:
        """True when the room's last list of people named this person, so that their writing changes nothing in it."""
        return account_id in self._named.get(room_id, frozenset())

    def room_people(self, room_id: int, *, only_here: bool = False) -> None:
        """Tell a room who is there; people with a block between them each get what is theirs to see."""
        with self._database.read(JOB) as uow:
            room = uow.session.get(Room, room_id)
            if room is None:
                return
            slug = room.slug
            present = gathering.present_in(uow, [room_id]).get(room_id, frozenset())
            everybody = gathering.people_in(uow, room, None)
            apart = gathering.apart_in(uow, present | {card.id for card in everybody.keepers}) & present
            theirs = {one: gathering.people_in(uow, room, one) for one in apart}
            stored = gathering.sids_in(uow, room_id, apart)
        self._named[room_id] = frozenset(card.id for card in (*everybody.keepers, *everybody.here))
        sids = {one: self._connections.sids_in(room_id, [one]) | set(stored.get(one, ())) for one in apart}
        skip = [sid for one in apart for sid in sids[one]]
        self._emit(
            "room:people", {"room": slug, **wire.people(everybody)}, room_group(room_id), only_here, skip=skip
        )
        for one, seen in theirs.items():
            self._each("room:people", {"room": slug, **wire.people(seen)}, sids[one], only_here)

    def typing(self, room_id: int, slug: str, account_id: int) -> None:
        """Tell a room that somebody is writing; not the writer, nor anybody with a block between them."""
        with self._database.read(JOB) as uow:
            audience = gathering.audience(uow, room_id, account_id)
            card = people_cards(uow, [account_id])[account_id]
        skip = self._sids(room_id, audience, {account_id, *audience.apart})
        self._emit(
            "typing", {"room": slug, "person": wire.person(card)}, room_group(room_id), False, skip=list(skip)
        )

    def inbox(self, account_id: int, notice_id: int, *, only_here: bool = False) -> None:
        """Tell a person that a notice arrived and how many are unread."""
        with self._database.read(JOB) as uow:
            notice = uow.session.get(Notice, notice_id)
            unread = unread_count(uow, account_id)
            told = (
                None
                if notice is None
                else {"id": notice.public_id, "kind": notice.kind, "at": wire.at(notice.at)}
            )
        if told is not None:
            self._emit("notice", told, account_group(account_id), only_here)
        self._emit("inbox", {"unread": unread}, account_group(account_id), only_here)

    def desk(self, item_id: int, state: str, *, only_here: bool = False) -> None:
        """Tell the desk that an item changed: it asks for the rest itself."""
        with self._database.read(JOB) as uow:
            item = uow.session.get(Item, item_id)
            told = (
                None if item is None else {"item": item.public_id, "state": state, "priority": item.priority}
            )
        if told is not None:
            self._emit("desk", told, DESK, only_here)

    def pulse(self, rooms: dict[str, int]) -> None:
        """Tell this process's sockets in `rooms` what they should have by now."""
        if not rooms:
            return
        with self._database.read(JOB) as uow:
            found = uow.session.scalars(queries.rooms_by_id(rooms.values()))
            told = {room.id: wire.pulse(room) for room in found}
        for room_id, pulse in told.items():
            self._emit("room:pulse", pulse, room_group(room_id), True)

    def _sids(self, room_id: int, audience: gathering.Audience, accounts: Any) -> set[str]:
        """Sockets by the database (all processes) and by this process's own memory: a block must hold either way."""
        stored = {sid for account in accounts for sid in audience.sids.get(account, ())}
        return stored | self._connections.sids_in(room_id, accounts)

    def _emit(
        self, event: str, data: wire.Json, group: str, only_here: bool, *, skip: list[str] | None = None
    ) -> None:
        self._emitter.emit(event, data, to=group, skip_sid=skip or None, ignore_queue=only_here)

    def _each(self, event: str, data: wire.Json, sids: set[str], only_here: bool) -> None:
        for sid in sids:
            self._emit(event, data, sid, only_here)
