"""The unit of work: commits whole or not at all, tells listeners in the right order, never writes while reading."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from peerspace.community.models import SettingValue
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.errors import Unavailable
from peerspace.kernel.events import DomainEvent
from peerspace.kernel.models import Installation
from peerspace.kernel.uow import Database, UnitOfWork

ACTOR = installation(Origin.COMMAND)


@dataclass(frozen=True, slots=True)
class Happened(DomainEvent):
    number: int


def _add(uow: UnitOfWork, key: str) -> None:
    uow.session.add(SettingValue(key=key, value=1, set_at=uow.now))


def _keys(database: Database) -> list[str]:
    with database.read(ACTOR) as uow:
        return list(uow.session.scalars(select(SettingValue.key).order_by(SettingValue.id)))


def test_listeners_with_the_transaction_write_in_it_and_after_listeners_hear_once_it_stands(
    database: Database,
) -> None:
    heard: list[tuple[str, int, int]] = []

    def inside(uow: UnitOfWork, happened: Happened) -> None:
        heard.append(("with", happened.number, 0))
        _add(uow, f"listener{happened.number}")
        if happened.number == 1:
            uow.emit(Happened(2))

    def after(happened: Happened) -> None:
        heard.append(("after", happened.number, len(_keys(database))))

    database.listeners.with_transaction(Happened, inside)
    database.listeners.after_commit(Happened, after)
    with database.write(ACTOR) as uow:
        _add(uow, "act")
        uow.emit(Happened(1))
    assert heard == [("with", 1, 0), ("with", 2, 0), ("after", 1, 3), ("after", 2, 3)]
    assert _keys(database) == ["act", "listener1", "listener2"]


def test_an_error_undoes_the_act_and_drops_its_events(database: Database) -> None:
    heard: list[int] = []
    database.listeners.after_commit(Happened, lambda happened: heard.append(happened.number))
    with pytest.raises(ZeroDivisionError), database.write(ACTOR) as uow:
        _add(uow, "act")
        uow.emit(Happened(1))
        uow.settle()
        raise ZeroDivisionError
    assert _keys(database) == []
    assert heard == []
    with database.write(ACTOR) as uow:  # the lock is free again
        _add(uow, "next")
    assert _keys(database) == ["next"]


def test_an_after_listener_that_fails_does_not_undo_what_was_committed(database: Database) -> None:
    def broken(_: Happened) -> None:
        raise RuntimeError("the socket is gone")

    heard: list[int] = []
    database.listeners.after_commit(Happened, broken)
    database.listeners.after_commit(Happened, lambda happened: heard.append(happened.number))
    with database.write(ACTOR) as uow:
        _add(uow, "act")
        uow.emit(Happened(7))
    assert _keys(database) == ["act"]
    assert heard == [7]


def test_a_savepoint_undoes_only_itself(database: Database) -> None:
    with database.write(ACTOR) as uow:
        _add(uow, "kept")
        with pytest.raises(RuntimeError), uow.session.begin_nested():
            _add(uow, "dropped")
            uow.session.flush()
            raise RuntimeError("only this part")
    assert _keys(database) == ["kept"]


def test_a_read_unit_of_work_refuses_to_write(database: Database) -> None:
    with pytest.raises(RuntimeError, match="read unit of work"), database.read(guest()) as uow:
        _add(uow, "never")
        uow.session.flush()
    assert _keys(database) == []


def test_writers_queue_up_and_none_is_lost(database: Database) -> None:
    def write(name: str) -> None:
        for number in range(10):
            with database.write(ACTOR) as uow:
                seen = uow.session.scalar(select(func.count()).select_from(SettingValue))
                _add(uow, f"{name}-{number}-{seen}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(_keys(database)) == 40


@pytest.mark.invariant(1)
def test_demo_and_bench_stamp_the_database_for_ever(database: Database) -> None:
    with database.write(ACTOR) as uow:
        _add(uow, "real")
    with database.read(ACTOR) as uow:
        assert uow.session.get(Installation, 1) is None
    with database.write(installation(Origin.BENCH)) as uow:
        _add(uow, "invented")
    with database.read(ACTOR) as uow:
        stamped = uow.session.get_one(Installation, 1).invented_at
    with database.write(installation(Origin.DEMO)) as uow:
        _add(uow, "again")
    with database.read(ACTOR) as uow:
        assert uow.session.get_one(Installation, 1).invented_at == stamped
    assert stamped is not None


def test_a_database_without_tables_is_said_plainly(tmp_path, audit_log, clock) -> None:
    from peerspace.kernel.db import make_engine

    database = Database(make_engine(f"sqlite:///{tmp_path / 'empty.db'}"), audit_log, clock)
    with pytest.raises(Unavailable) as caught, database.write(ACTOR) as uow:
        _add(uow, "x")
    assert caught.value.values["reason"] == "not_migrated"
