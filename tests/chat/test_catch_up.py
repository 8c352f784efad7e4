"""Coming back to a room: by seq and by rev, in pieces when there is much, and equal to a fresh look in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from peerspace import features
from peerspace.chat import queries, service
from peerspace.chat.models import Message
from peerspace.community.models import SettingValue
from peerspace.duty import service as duty_service
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.db import make_engine
from peerspace.kernel.events import Listeners
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.streams import service as life
from peerspace.wiring import wire
from tests import saying
from tests.chat.conftest import Kitchen
from tests.people import People


def test_a_fresh_join_gives_the_newest_fifty(kitchen: Kitchen) -> None:
    for number in range(55):
        kitchen.send(kitchen.ash, f"message {number}")
    got = kitchen.catch_up(kitchen.moss)
    assert [view.seq for view in got.messages] == list(range(6, 56))
    assert (got.seq, got.rev, got.gap, got.changed, got.state) == (55, 55, False, (), "open")


@pytest.mark.invariant(11)
def test_coming_back_gives_what_is_new_and_what_changed(kitchen: Kitchen) -> None:
    first = kitchen.send(kitchen.ash, "first")
    second = kitchen.send(kitchen.ash, "second")
    third = kitchen.send(kitchen.ash, "third")
    kitchen.act(kitchen.ash, saying.edit_message, first.public_id, "first, changed")
    kitchen.act(kitchen.ash, service.remove_message, third.public_id)
    got = kitchen.catch_up(kitchen.moss, last_seq=2, last_rev=2)
    assert [(view.id, view.state) for view in got.messages] == [(third.public_id, "removed")]
    assert [(view.id, view.html.striptags()) for view in got.changed] == [(first.public_id, "first, changed")]
    assert (got.seq, got.rev) == (3, 5)
    assert second.public_id not in {view.id for view in (*got.messages, *got.changed)}
    again = kitchen.catch_up(kitchen.moss, last_seq=got.seq, last_rev=got.rev)
    assert (again.messages, again.changed, again.gap) == ((), (), False)


def test_more_than_two_hundred_come_in_pieces_that_join_up(kitchen: Kitchen) -> None:
    with kitchen.database.write(kitchen.ash) as uow:
        for number in range(205):
            saying.send_message(uow, "late-kitchen", f"message {number}", client_id=new_client_id())
    first = kitchen.catch_up(kitchen.moss, last_seq=2, last_rev=2)
    assert ([view.seq for view in first.messages], first.gap, first.seq) == (list(range(3, 203)), True, 202)
    rest = kitchen.catch_up(kitchen.moss, last_seq=first.seq, last_rev=first.rev)
    assert ([view.seq for view in rest.messages], rest.gap, rest.seq) == ([203, 204, 205], False, 205)


def test_a_client_that_has_more_than_there_is_starts_afresh(kitchen: Kitchen) -> None:
    """A database that was put back from a backup: what the client kept no longer fits."""
    kitchen.send(kitchen.ash, "first")
    for last_seq, last_rev in ((9, 1), (1, 9)):
        got = kitchen.catch_up(kitchen.moss, last_seq=last_seq, last_rev=last_rev)
        assert [view.seq for view in got.messages] == [1]


def test_history_pages_backwards(kitchen: Kitchen) -> None:
    for number in range(7):
        kitchen.send(kitchen.ash, f"message {number}")
    with kitchen.database.read(kitchen.moss) as uow:
        room, reader = kitchen.now(uow), kitchen.moss.require_account()
        assert [one.seq for one in queries.history(uow, room, reader, before_seq=5, limit=3)] == [2, 3, 4]
        assert [one.seq for one in queries.history(uow, room, reader, before_seq=1)] == []
        assert len(queries.history(uow, room, reader, limit=1000)) == 7


@pytest.mark.invariant(9)
def test_a_reader_never_meets_whom_they_blocked(kitchen: Kitchen, people: People) -> None:
    before = kitchen.send(kitchen.ash, "from Ash")
    kitchen.send(kitchen.moss, "from Moss", reply_to=before.public_id)
    kitchen.send(kitchen.wren, "from Wren", reply_to=before.public_id)
    people.block(kitchen.moss, kitchen.ash)
    later = kitchen.send(kitchen.ash, "again from Ash")
    assert kitchen.bodies(kitchen.moss) == ["from Moss", "from Wren"]
    assert [view.reply_to for view in kitchen.catch_up(kitchen.moss).messages] == [None, None]
    assert [view.seq for view in kitchen.catch_up(kitchen.moss, last_seq=2, last_rev=2).messages] == [3]
    kitchen.act(kitchen.ash, saying.edit_message, before.public_id, "changed")
    assert kitchen.catch_up(kitchen.moss, last_seq=4, last_rev=4).changed == ()
    with kitchen.database.read(kitchen.moss) as uow:
        seen = queries.history(uow, kitchen.now(uow), kitchen.moss.require_account())
    assert {view.author.name for view in seen} == {"Moss", "Wren"}
    # The blocked person notices nothing: everything is there, and they can go on as before.
    assert kitchen.bodies(kitchen.ash) == ["changed", "from Moss", "from Wren", "again from Ash"]
    assert kitchen.send(kitchen.ash, "answer", reply_to=kitchen.catch_up(kitchen.ash).messages[1].id).seq == 5
    assert later.seq == 4


# --- Whatever is lost, repeated or late on the way: the client ends where a fresh look begins -----------------------


@dataclass
class Client:
    """A client as the protocol wants it: the newest rev of each message, and cursors below which it lacks nothing."""

    seq: int = 0
    rev: int = 0
    held: dict[str, tuple[int, object]] = field(default_factory=dict)
    seen_seqs: set[int] = field(default_factory=set)
    seen_revs: set[int] = field(default_factory=set)

    def take(self, view: queries.MessageView) -> None:
        if view.id not in self.held or self.held[view.id][0] <= view.rev:
            self.held[view.id] = (view.rev, _shown(view))
        self.seen_seqs.add(view.seq or 0)
        self.seen_revs.add(view.rev)
        while self.seq + 1 in self.seen_seqs:
            self.seq += 1
        while self.rev + 1 in self.seen_revs:
            self.rev += 1

    def join(self, kitchen: Kitchen, reader: Actor) -> None:
        while True:
            got = kitchen.catch_up(reader, last_seq=self.seq, last_rev=self.rev)
            for view in (*got.messages, *got.changed):
                self.take(view)
            self.seq, self.rev = max(self.seq, got.seq), max(self.rev, got.rev)
            if not got.gap:
                return


def _shown(view: queries.MessageView) -> object:
    return (view.seq, view.rev, view.state, str(view.html), view.author.name, view.edited_at)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    folder: Path = tmp_path_factory.mktemp("catch_up")
    engine = make_engine(f"sqlite:///{folder / 'test.db'}")
    features.metadata().create_all(engine)
    log = AuditLog(b"k" * 32, folder / "audit.head")
    listeners = Listeners()
    wire(listeners, log)
    database = Database(engine, log, HeldClock(), listeners, features.CATALOGUE)
    people = People(database)
    wren = people.add("Wren", Role.PEER_WORKER)
    kitchen = Kitchen(
        database, people.room("first", kept_by=wren), wren, people.add("Ash"), people.add("Moss"),
        people.add("Rowan", Role.SUPERVISOR),
    )  # fmt: skip
    people.block(kitchen.moss, kitchen.ash)
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.add(SettingValue(key="watch_phrases", value=["potion"], set_at=uow.now))
    yield kitchen
    engine.dispose()


ACTS = ("send", "send", "send", "hold", "publish", "edit", "edit", "edit_held", "remove", "hide", "restore")
STEP = st.tuples(
    st.sampled_from(ACTS),
    st.integers(0, 2),  # who
    st.integers(0, 30),  # which message
    st.tuples(
        st.sampled_from(["once", "twice", "late", "lost", "lost"]), st.sampled_from(["once", "late", "lost"])
    ),
    st.tuples(st.booleans(), st.booleans()),  # who joins again after this step
)


@pytest.mark.invariant(11)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(steps=st.lists(STEP, min_size=1, max_size=16), piece=st.integers(1, 4))
def test_deliveries_and_joins_folded_equal_a_fresh_look(
    standing: Kitchen, steps: list[tuple[str, int, int, tuple[str, str], tuple[bool, bool]]], piece: int
) -> None:
    kitchen = standing
    with kitchen.database.write(installation(Origin.COMMAND)) as uow:
        kitchen.room = service.create_room(uow, f"room-{new_client_id()[:13]}", "Room")
    kitchen.act(kitchen.wren, duty_service.go_on_duty, kitchen.room.id)
    readers = (kitchen.supervisor, kitchen.moss)  # Moss blocked Ash: holes in seq and rev
    clients = (Client(), Client())
    late: list[tuple[int, queries.MessageView]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queries, "CATCH_UP", piece)
        patched.setattr(queries, "CHANGED", piece)
        for act, who, which, ways, joins in steps:
            touched = _act(kitchen, act, who, which)
            for number, (reader, way) in enumerate(zip(readers, ways, strict=True)):
                for view in _delivered(kitchen, touched, reader):
                    if way == "late":
                        late.append((number, view))
                    for _ in range({"once": 1, "twice": 2}.get(way, 0)):
                        clients[number].take(view)
            for number, joining in enumerate(joins):
                if joining:
                    clients[number].join(kitchen, readers[number])
        for number, view in reversed(late):
            clients[number].take(view)
        for reader, client in zip(readers, clients, strict=True):
            client.join(kitchen, reader)
    for reader, client in zip(readers, clients, strict=True):
        fresh = {view.id: (view.rev, _shown(view)) for view in kitchen.catch_up(reader).messages}
        assert client.held == fresh
        assert "Ash" not in {row[1][4] for row in client.held.values()} or reader is readers[0]  # type: ignore[index]


def _act(kitchen: Kitchen, act: str, who: int, which: int) -> int | None:
    """Do one thing if it can be done; returns the row id of the message that everybody should hear of."""
    author = (kitchen.ash, kitchen.wren, kitchen.moss)[who]
    if act in ("send", "hold"):
        sent = kitchen.send(author, "a potion" if act == "hold" else f"words {which}")
        return sent.id if sent.seq is not None else None
    with kitchen.database.read(author) as uow:
        rows = uow.session.execute(
            select(Message.id, Message.public_id, Message.author_id, Message.state, Message.version)
            .where(Message.stream_id == kitchen.room.id)
            .order_by(Message.id)
        ).all()
    fits = {
        "publish": lambda row: row.state == "held",
        "edit": lambda row: row.state == "published",
        "edit_held": lambda row: row.state == "published",
        "remove": lambda row: row.state != "removed",
        "hide": lambda row: row.state == "published",
        "restore": lambda row: row.state == "hidden",
    }[act]
    rows = [row for row in rows if fits(row)]
    if not rows:
        return None
    row = rows[which % len(rows)]
    own = next(one for one in (kitchen.ash, kitchen.wren, kitchen.moss) if one.account_id == row.author_id)
    if act == "publish":
        kitchen.act(kitchen.supervisor, life.publish_held, row.id)
    elif act in ("edit", "edit_held"):
        words = "a potion" if act == "edit_held" else f"changed {which} {row.version}"
        kitchen.act(own, saying.edit_message, row.public_id, words)
    elif act == "remove":
        kitchen.act(own, service.remove_message, row.public_id)
    else:
        state = "hidden" if act == "hide" else "published"
        kitchen.act(kitchen.supervisor, life.set_state, row.id, state)
    return row.id


def _delivered(kitchen: Kitchen, message_id: int | None, reader: Actor) -> list[queries.MessageView]:
    """What the broadcast about a message brings to one reader, as it stands now."""
    if message_id is None:
        return []
    with kitchen.database.read(reader) as uow:
        row = uow.session.get_one(Message, message_id)
        views = queries.message_views(uow, [row], reader.require_account(), kitchen.room.slug)
    return [view for view in views if view.seq is not None]
