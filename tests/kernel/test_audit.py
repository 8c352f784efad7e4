"""The audit chain: sound as written, and every way of tampering with it is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.uow import Database
from tests.people import People

JOB = installation(Origin.COMMAND)


@pytest.fixture
def ten(database: Database, people: People, clock) -> Database:
    """A database with ten entries, a second apart."""
    supervisor = people.add()
    for number in range(10):
        clock.move(1)
        with database.write(supervisor) as uow:
            uow.audit("looked", "account", number, concerns=supervisor.account_id, kind="file")
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
            uow.audit("looked", "account", number)
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
        uow.audit("never", "account", 1)
        raise ZeroDivisionError
    assert _faults(ten) == []
    with ten.write(JOB) as uow:
        uow.audit("next", "account", 1)
    assert _faults(ten) == []
