"""A room in which many write without pause can be closed, its host suspended and a message hidden (invariants 2, 7)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import pytest
from sqlalchemy import select

from peerspace.accounts.account_status import suspend, unsuspend
from peerspace.accounts.sessions import open_session
from peerspace.chat import service
from peerspace.chat.models import Message
from peerspace.duty import service as duty_service
from peerspace.kernel.actor import Actor
from peerspace.kernel.errors import PeerSpaceError, RoomClosed
from peerspace.kernel.ids import new_client_id
from peerspace.realtime.send_turns import SendTurns
from peerspace.streams import service as life
from tests import saying
from tests.chat.conftest import Kitchen
from tests.people import People

PATIENCE_S = 60.0


class Senders:
    """People who write into a room without pause, as sockets do."""

    def __init__(self, kitchen: Kitchen, people: list[Actor]) -> None:
        self.refused = self.sent = 0
        self.failed: list[str] = []
        self.ended = threading.Event()
        self._kitchen = kitchen
        self._sending = SendTurns()
        self._threads = [threading.Thread(target=self._write, args=(one,)) for one in people]

    def _write(self, person: Actor) -> None:
        slug = self._kitchen.room.slug
        while not self.ended.is_set():
            try:
                with self._sending.turn(slug), self._kitchen.database.write(person) as uow:
                    saying.send_message(uow, slug, "and another", client_id=new_client_id())
                self.sent += 1
            except RoomClosed:
                self.refused += 1
            except PeerSpaceError as error:
                self.failed.append(str(error))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def wait_for(self, what: str, more: int) -> None:
        """Until so many more messages were sent or refused."""
        deadline, wanted = time.monotonic() + PATIENCE_S, getattr(self, what) + more
        while getattr(self, what) < wanted:
            assert time.monotonic() < deadline, f"waited for {more} more {what}: {self.failed[-3:]}"
            threading.Event().wait(0.002)


def _newest(kitchen: Kitchen) -> tuple[int, int]:
    with kitchen.database.read(kitchen.ash) as uow:
        newest = select(Message.id).where(Message.seq.is_not(None)).order_by(Message.id.desc()).limit(1)
        return kitchen.now(uow).seq, uow.session.scalars(newest).one()


def rounds(kitchen: Kitchen, people: People, senders: int, count: int) -> dict[str, list[float]]:
    """Seconds that closing, suspending and hiding took, each `count` times, while `senders` people write."""
    took: dict[str, list[float]] = {"close": [], "suspend": [], "hide": []}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        took[name].append(time.perf_counter() - began)

    def act(verb: Callable[..., object], *args: object, who: Actor = kitchen.supervisor) -> None:
        kitchen.act(who, verb, *args)

    def stays_shut() -> None:
        seq = _newest(kitchen)[0]
        writing.wait_for("refused", 2 * senders)
        assert _newest(kitchen)[0] == seq, "no message after a close"

    room, wren = kitchen.room.id, kitchen.wren.require_account()
    with Senders(kitchen, [people.add() for _ in range(senders)]) as writing:
        for _ in range(count):
            writing.wait_for("sent", senders)
            with timed("hide"):
                act(life.set_state, _newest(kitchen)[1], "hidden")
            with timed("close"):
                act(service.close_room, room)
            stays_shut()
            act(service.open_room, room)
            writing.wait_for("sent", 1)
            with timed("suspend"):
                act(suspend, wren)
            stays_shut()
            act(unsuspend, wren)
            act(open_session, wren, who=kitchen.wren)
            act(duty_service.go_on_duty, room, who=kitchen.wren)
    assert writing.failed == []
    return took


@pytest.mark.invariant(2)
def test_a_busy_room_is_closed_and_stays_so(kitchen: Kitchen, people: People) -> None:
    rounds(kitchen, people, senders=4, count=1)


@pytest.mark.slow
@pytest.mark.invariant(2)
def test_a_saturated_room_is_closed_within_a_second(kitchen: Kitchen, people: People) -> None:
    took = rounds(kitchen, people, senders=20, count=30)
    kind = "SQLite" if kitchen.database.is_sqlite else "PostgreSQL"
    for name, seconds in took.items():
        middle = sorted(seconds)[len(seconds) // 2]
        print(f"{kind} {name}: median {middle:.3f} s, longest {max(seconds):.3f} s")  # noqa: T201 -- the figures
    assert max(max(seconds) for seconds in took.values()) < 1
