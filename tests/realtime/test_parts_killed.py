"""Two web processes, a worker, PostgreSQL and Redis: each is killed and brought back, and all is as before.

Nothing that was acknowledged is lost or doubled, everybody sees the same order and the same people, blocks hold, duty
stands and ends everywhere.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import socketio
from sqlalchemy import select

from peerspace.chat.models import Message
from peerspace.duty import service as duty_service
from peerspace.kernel.actor import guest
from tests.conftest import absent
from tests.realtime.conftest import OwnRedis, Scene, make_scene
from tests.realtime.parts import OwnPostgres, Worker, own_postgres, postgres_programs
from tests.realtime.server import Person, Server, Socket, wait_until

PATIENCE_S = 60.0


@dataclass
class Member:
    """Somebody who stays in a room as the page does: comes back after a lost connection, sends until it is taken."""

    person: Person
    server: Server
    room: str
    socket: Socket | None = None

    def here(self) -> Socket:
        """Their connection in the room, made anew where it ended."""
        if self.socket is None or self.socket.ended.is_set():
            fresh = self.person.connect(server=self.server)
            fresh.join(self.room)
            self.socket = fresh
        return self.socket

    def try_here(self) -> Socket | None:
        """The same, or None while it can't be had."""
        with suppress(socketio.exceptions.SocketIOError, AssertionError, OSError):
            return self.here()
        return None

    def send(self, body: str) -> dict[str, Any]:
        """Send until it is acknowledged, with one number of its own however often."""
        number = str(uuid.uuid4())

        def taken() -> dict[str, Any] | None:
            socket = self.try_here()
            if socket is None:
                return None
            with suppress(socketio.exceptions.SocketIOError):
                answer = socket.send(self.room, body, client_id=number)
                return answer if answer["ok"] else None
            return None

        acked: dict[str, Any] = wait_until(taken, f"{body!r} to be taken", PATIENCE_S)
        return acked

    def hears(self, acked: dict[str, Any]) -> None:
        """Wait until they know of a message: told of it, or by catching up."""

        def known() -> bool:
            socket = self.try_here()
            return socket is not None and acked["id"] in {
                one["id"] for one in socket.heard("message:new")
            } | {one["id"] for one in self._caught_up()}

        wait_until(known, f"{acked} to be heard", PATIENCE_S)

    def _caught_up(self) -> list[dict[str, Any]]:
        return list(self.all_messages()) if self.socket is not None else []

    def all_messages(self) -> list[dict[str, Any]]:
        """What joining shows, newest page."""
        with suppress(socketio.exceptions.SocketIOError, AssertionError):
            found: list[dict[str, Any]] = self.here().join(self.room)["messages"]
            return found
        return []

    def people(self) -> int:
        """How many the newest list of people holds, named or not."""
        told = self.here().heard("room:people")
        return told[-1]["reading"] + len(told[-1]["here"]) if told else -1


@dataclass
class House:
    """Everything that runs, and who is in the room."""

    scene: Scene
    second: Server
    worker: Worker
    postgres: OwnPostgres
    redis: OwnRedis
    acked: list[dict[str, Any]] = field(default_factory=list)

    def member(self, server: Server, person: Person | None = None) -> Member:
        return Member(person or self.scene.person(), server, self.scene.slug)

    def part(self, name: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """How a part is killed and how it is brought back."""
        part: Any = {"first": self.scene.server, "second": self.second}.get(name) or getattr(self, name)
        return part.kill, part.start

    def ready(self, server: Server) -> dict[str, Any]:
        """What /readyz says, whatever the code."""
        try:
            with urllib.request.urlopen(f"{server.base_url}/readyz", timeout=20) as answer:  # noqa: S310 -- http, here
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as refused:
            found = json.load(refused)
        except OSError:
            return {"status": "gone"}
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    programs, folder = postgres_programs(), tmp_path_factory.mktemp("house")
    if programs is None:
        absent("PostgreSQL's own programs")
    redis = OwnRedis(folder)
    redis.start()
    with own_postgres(programs) as postgres, Server(postgres.url, folder, redis_url=redis.url) as first:
        second = Server(postgres.url, folder, redis_url=redis.url).start()
        worker = Worker(first)
        worker.start()
        try:
            yield House(make_scene(first), second, worker, postgres, redis)
        finally:
            print(first.log()[-3000:], second.log()[-3000:])  # noqa: T201 -- shown with a test that failed
            worker.kill()
            second.close()
            redis.kill()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", ["first", "second", "worker", "redis", "postgres"])
def test_a_part_is_killed_and_comes_back(house: House, name: str) -> None:
    kill, bring_back = house.part(name)
    keeper = house.member(house.scene.server, house.scene.wren)
    ash, moss = house.member(house.scene.server), house.member(house.second)
    blocked = house.member(house.scene.server)
    house.scene.server.people.block(moss.person.actor, blocked.person.actor)
    everybody = (keeper, ash, moss, blocked)
    for one in everybody:
        one.here()

    def talk(when: str) -> None:
        """Both ways through both processes, and past the block."""
        for sender, hearer in ((ash, moss), (moss, ash)):
            acked = sender.send(f"{when}: {name}")
            house.acked.append(acked)
            hearer.hears(acked)
        house.acked.append(blocked.send(f"{when}, blocked"))

    talk("before")
    kill()
    during: list[dict[str, Any]] = []
    survivors = [
        threading.Thread(target=lambda one=one: during.append(one.send("meanwhile"))) for one in (ash, moss)
    ]
    for one in survivors:
        one.start()
    if name not in ("postgres", "first", "second"):
        for one in survivors:
            one.join(PATIENCE_S)
        assert len(during) == 2, "without it people go on talking in each process"
        assert house.ready(house.second)["status"] in ("ok", "degraded")
    bring_back()
    for one in survivors:
        one.join(PATIENCE_S)
    assert len(during) == 2, "what could not be taken meanwhile was taken after"
    house.acked += during
    talk("after")
    for server in (house.scene.server, house.second):
        wait_until(
            lambda server=server: house.ready(server)["status"] == "ok",
            f"{server.base_url} ready",
            PATIENCE_S,
        )
    _check(house, everybody, moss, blocked)
    for member in everybody:
        member.here().close()


def _check(house: House, everybody: tuple[Member, ...], blocker: Member, blocked: Member) -> None:
    """Order, messages, presence and the block, as everybody sees them now."""
    with house.second.database.read(guest()) as uow:
        rows = uow.session.execute(
            select(Message.public_id, Message.seq, Message.client_id)
            .where(Message.stream_id == house.scene.room.id)
            .order_by(Message.seq)
        ).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1)), "one number each, none left out"
    assert len({row.client_id for row in rows}) == len(rows), "nothing twice, however often it was sent"
    stored = {row.public_id: row.seq for row in rows}
    assert {one["id"]: one["seq"] for one in house.acked}.items() <= stored.items(), (
        "nothing acknowledged is lost"
    )
    shown = [member.all_messages() for member in everybody]
    for member, messages in zip(everybody, shown, strict=True):
        seqs = [message["seq"] for message in messages]
        assert seqs == sorted(set(seqs))
        authors = {message["author"]["id"] for message in messages}
        assert member is not blocker or blocked.person.id not in authors, "the block holds"
        assert member is blocker or blocked.person.id in authors, "for nobody else"
    for member in everybody:
        # Beside the one on duty. The two with a block between them see one another nowhere.
        seen = 2 if member in (blocker, blocked) else 3
        wait_until(
            lambda m=member, n=seen: m.people() == n, f"{seen} people, not {member.people()}", PATIENCE_S
        )


@pytest.mark.slow
@pytest.mark.postgres
def test_duty_ends_everywhere_after_all_that(house: House) -> None:
    keeper = house.member(house.scene.server, house.scene.wren)
    listeners = [house.member(house.scene.server), house.member(house.second)]
    for one in (keeper, *listeners):
        one.here()
    listeners[1].send("while somebody is on duty")
    began = time.monotonic()
    with house.scene.server.database.write(house.scene.wren.actor) as uow:
        duty_service.go_off_duty(uow, house.scene.room.id)
    for one in listeners:
        one.here().wait_for("room:state", lambda data: data["state"] == "read_only")
        assert not one.here().send(house.scene.slug, "too late")["ok"]
    assert time.monotonic() - began < 10
