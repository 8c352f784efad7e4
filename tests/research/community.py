"""A small community that lives through the real services: for tests of capture and of releases."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from peerspace.chat.models import Message
from peerspace.chat.presence import enter_room, leave_room
from peerspace.consent import service as consent
from peerspace.consent.models import Participant
from peerspace.consent.notices import Shown
from peerspace.consent.scopes import NAMES
from peerspace.forum.models import Post, Thread
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.kernel.uow import Database
from peerspace.research.models import UsageEvent
from tests.people import People
from tests.saying import post_reply, send_message, start_thread


class Community:
    """People with consent or without, a space and a room, and short ways to act."""

    def __init__(self, database: Database, people: People, clock: HeldClock) -> None:
        self.database, self.people, self.clock = database, people, clock
        self.keeper = people.add("keeper", Role.SUPERVISOR)
        self.space = people.space("sleepless-hours")
        self.room = people.room("quiet-corner", kept_by=self.keeper)
        self.written: list[str] = ["quiet-corner", "sleepless-hours"]

    def consent(self, actor: Actor, scopes: Iterable[str] = NAMES) -> Actor:
        with self.database.write(actor) as uow:
            consent.choose(uow, list(scopes), shown=Shown(1), old_enough=True)
        return actor

    def member(self, name: str, scopes: Iterable[str] | None = NAMES, *roles: Role, **kind: str) -> Actor:
        """A member; `scopes` None takes no part in research."""
        actor = self.people.add(name, *roles, **kind)
        return actor if scopes is None else self.consent(actor, scopes)

    def thread(self, actor: Actor, title: str = "Awake at four", body: str = "Anybody else up?") -> Post:
        self.written += [title, body]
        with self.database.write(actor) as uow:
            return start_thread(uow, self.space.slug, title, body, client_id=new_client_id())

    def reply(self, actor: Actor, to: Post, body: str = "I am here too.", *, named: bool = False) -> Post:
        self.written.append(body)
        with self.database.write(actor) as uow:
            thread = uow.session.get_one(Thread, to.stream_id)
            return post_reply(
                uow,
                thread.public_id,
                body,
                client_id=new_client_id(),
                reply_to=to.public_id if named else "",
            )

    def say(self, actor: Actor, body: str = "Good evening.", to: Message | None = None) -> Message:
        self.written.append(body)
        with self.database.write(actor) as uow:
            return send_message(
                uow,
                self.room.slug,
                body,
                client_id=new_client_id(),
                reply_to=to.public_id if to else None,
            )

    def enter(self, actor: Actor) -> None:
        sid = f"socket-{actor.account_id}"
        with self.database.write(actor) as uow:
            if uow.session.get(WebProcess, "test") is None:
                uow.session.add(WebProcess(id="test", started_at=uow.now, seen_at=uow.now))
                uow.session.flush()
            uow.session.add(
                ConnectedSocket(
                    sid=sid,
                    process_id="test",
                    account_id=actor.require_account(),
                    session_id=1,
                    connected_at=uow.now,
                )
            )
            uow.session.flush()
            enter_room(uow, self.room.id, actor.require_account(), sid)

    def leave(self, actor: Actor) -> None:
        sid = f"socket-{actor.account_id}"
        with self.database.write(actor) as uow:
            leave_room(uow, self.room.id, sid)
            uow.session.delete(uow.session.get_one(ConnectedSocket, sid))

    def participant(self, actor: Actor) -> str:
        """The newest participant id of a member."""
        with self.database.read(actor) as uow:
            found = uow.session.scalar(
                select(Participant.id)
                .where(Participant.account_id == actor.account_id)
                .order_by(Participant.from_at.desc())
                .limit(1)
            )
        assert found is not None
        return found

    def rows(self, actor: Actor | None = None) -> list[UsageEvent]:
        """All captured rows, or those about one member, in order."""
        query = select(UsageEvent).order_by(UsageEvent.id)
        if actor is not None:
            query = query.where(UsageEvent.participant_id == self.participant(actor))
        with self.database.read(self.keeper) as uow:
            found = list(uow.session.scalars(query))
            uow.session.expunge_all()
        return found

    def live_through(self, actors: list[Actor], *, days: int = 28, seed: int = 7) -> None:
        """Some weeks of threads, replies and room talk among `actors`, the same for the same seed."""
        dice = random.Random(seed)
        threads: list[Post] = []
        for day in range(days):
            for actor in dice.sample(actors, max(2, len(actors) // 3)):
                self.clock.move(timedelta(minutes=dice.randint(1, 9)))
                if not threads or dice.random() < 0.2:
                    threads.append(
                        self.thread(actor, f"Night number {day}", f"Words of evening {dice.random()}")
                    )
                elif dice.random() < 0.5:
                    self.reply(actor, dice.choice(threads[-5:]), f"Answer {dice.random()} from me to you")
                else:
                    first = self.say(actor, f"Room line {dice.random()} said aloud")
                    self.clock.move(40)
                    self.say(dice.choice(actors), f"Room answer {dice.random()} said back", first)
            self.clock.move(timedelta(hours=18))
