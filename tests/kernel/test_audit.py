"""The audit chain: sound as written, and every way of tampering with it is found."""

from __future__ import annotations

import fcntl
import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.audit import Audited, AuditLog
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from tests.people import People

JOB = installation(Origin.COMMAND)


class Act(AuditedAction):
    LOOKED = "looked", "looked"
    NEVER = "never", "never"
    NEXT = "next", "next"
    SEEN = "seen", "seen", "", "%(name)s looked"


@pytest.fixture
def ten(database: Database, people: People, clock) -> Database:
    """A database with ten entries, a second apart."""
    supervisor = people.add()
    for number in range(10):
        clock.move(1)
        with database.write(supervisor) as uow:
            uow.audit(Act.LOOKED, "account", number, concerns=supervisor.account_id, kind="file")
    return database


def _faults(database: Database, log: AuditLog | None = None) -> list[tuple[str, int]]:
    with database.read(JOB) as uow:
        return [(fault.kind, fault.seq) for fault in (log or database.audit_log).verify(uow.session)]


def _do(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.invariant(8)
def test_a_chain_as_written_is_sound(ten: Database) -> None:
    assert _faults(ten) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET account_id = 999 WHERE seq = 4", ("changed", 4)),
        ('UPDATE audit_entry SET detail = \'{"kind": "x"}\' WHERE seq = 7', ("changed", 7)),
        ("DELETE FROM audit_entry WHERE seq = 5", ("missing", 5)),
        ("DELETE FROM audit_entry WHERE seq > 8", ("cut_off", 10)),
        ("DELETE FROM audit_entry", ("cut_off", 10)),
    ],
)
def test_tampering_is_found(ten: Database, statement: str, found: tuple[str, int]) -> None:
    _do(ten, statement)
    assert found in _faults(ten)


def _append(database: Database, times: int = 1) -> None:
    for number in range(times):
        with database.write(JOB) as uow:
            uow.audit(Act.LOOKED, "account", number)


CUT = ("DELETE FROM audit_entry WHERE seq > 5", "UPDATE audit_head SET seq = 5, mac = '{mac}'")


def _cut_off(database: Database) -> None:
    """What somebody with the database, and without the key, can do: the newest entries never were."""
    with database.engine.begin() as connection:
        mac = connection.scalar(text("SELECT mac FROM audit_entry WHERE seq = 5"))
        for statement in CUT:
            connection.execute(text(statement.format(mac=mac)))


@pytest.mark.parametrize("later", [0, 1, 4, 5, 6, 20])
def test_a_tail_that_was_cut_off_stays_found_whatever_is_appended(ten: Database, later: int) -> None:
    _cut_off(ten)
    _append(ten, later)
    found = ("cut_off", 10) if later < 5 else ("recomputed", 10)
    assert _faults(ten) == [found]
    with ten.read(JOB) as uow:
        fault = ten.audit_log.head_fault(uow.session)
    assert fault is not None
    assert (fault.kind, fault.seq) == found


def test_a_chain_is_accepted_as_it_stands_only_when_somebody_says_so(ten: Database) -> None:
    _cut_off(ten)
    _append(ten)
    with ten.write(JOB) as uow:
        assert ten.audit_log.accept(uow) == 7
    assert _faults(ten) == []
    with ten.read(JOB) as uow:
        assert ten.audit_log.head_fault(uow.session) is None
        entry = uow.session.get_one(AuditEntry, 7)
    assert (entry.action, entry.subject_id) == ("audit_accepted", "10"), (
        "which head was given up is in the chain"
    )
    _append(ten, 3)
    _do(ten, "DELETE FROM audit_entry WHERE seq > 8")
    assert _faults(ten) == [("cut_off", 10)], "the head outside moves on again"


def test_the_head_outside_may_lag_behind(ten: Database, tmp_path: Path) -> None:
    """A crash between the commit and the file, or another process that is just about to write it."""
    head = tmp_path / "audit.head"
    old = head.read_text()
    _append(ten, 2)
    head.write_text(old)
    assert _faults(ten) == []
    _append(ten)
    assert json.loads(head.read_text())["seq"] == 13
    assert _faults(ten) == []


@pytest.mark.parametrize("words", ["{}", "[]", "5", "null", "", "{", '{"seq": "x", "mac": 5, "sign": null}'])
def test_a_file_that_holds_no_head_is_told_and_kept(ten: Database, tmp_path: Path, words: str) -> None:
    head = tmp_path / "audit.head"
    head.write_text(words)
    _append(ten)
    assert _faults(ten) == [("head_forged", 0)]
    assert head.read_text() == words
    with ten.write(JOB) as uow:
        ten.audit_log.accept(uow)
    assert _faults(ten) == []


def test_two_processes_write_the_head_one_after_the_other(ten: Database, tmp_path: Path) -> None:
    """The slower one of two must not put an older head over a newer one."""
    other = AuditLog(b"k" * 32, tmp_path / "audit.head")
    with open(tmp_path / "audit.lock", "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writer = threading.Thread(target=other.keep_head, args=[Audited(seq=11, mac="a" * 64)])
        writer.start()
        writer.join(0.2)
        assert writer.is_alive(), "it waits for its turn"
        assert json.loads((tmp_path / "audit.head").read_text())["seq"] == 10
    writer.join(10)
    assert json.loads((tmp_path / "audit.head").read_text())["seq"] == 11


def test_two_entries_in_another_order_are_found(ten: Database) -> None:
    for old, new in ((3, 100), (4, 3), (100, 4)):
        _do(ten, f"UPDATE audit_entry SET seq = {new} WHERE seq = {old}")
    assert {kind for kind, _ in _faults(ten)} & {"reordered", "changed"}


def test_a_chain_recomputed_with_another_key_is_found(ten: Database, tmp_path: Path, clock) -> None:
    with ten.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
        connection.execute(text("DELETE FROM audit_head"))
    forger = Database(ten.engine, AuditLog(b"stolen" * 8, tmp_path / "forged.head"), clock)
    for number in range(10):
        with forger.write(JOB) as uow:
            uow.audit(Act.LOOKED, "account", number)
    kinds = {kind for kind, _ in _faults(ten)}
    assert {"changed", "recomputed"} <= kinds


def test_a_forged_head_file_is_found(ten: Database, tmp_path: Path) -> None:
    head = tmp_path / "audit.head"
    kept = json.loads(head.read_text())
    head.write_text(json.dumps(kept | {"seq": 3}))
    assert ("head_forged", 0) in _faults(ten)
    head.unlink()
    assert ("head_missing", 10) in _faults(ten)


def test_an_entry_of_an_act_that_failed_does_not_exist(ten: Database) -> None:
    with pytest.raises(ZeroDivisionError), ten.write(JOB) as uow:
        uow.audit(Act.NEVER, "account", 1)
        raise ZeroDivisionError
    assert _faults(ten) == []
    with ten.write(JOB) as uow:
        uow.audit(Act.NEXT, "account", 1)
    assert _faults(ten) == []


@pytest.mark.invariant(8)
def test_what_is_told_to_a_member_names_the_member(database: Database) -> None:
    with pytest.raises(ValueError, match="whom does it concern"), database.write(JOB) as uow:
        uow.audit(Act.SEEN, "account", 1)
    assert _faults(database) == []
