"""Row locks come from one place and never starve behind people who write: no plain FOR UPDATE."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from peerspace.accounts.models import Account
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.locks import held, shared
from peerspace.kernel.models import JobLease
from peerspace.kernel.uow import Database
from peerspace.streams.models import Stream
from tests.conftest import refuse_plain_for_update
from tests.lock_order import RECORDER, Recorder, Transaction

PACKAGE = Path(__file__).resolve().parents[2] / "peerspace"


def asked_for_elsewhere(source: str) -> list[int]:
    """Lines that ask for a row lock by themselves."""
    found = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.keyword) and node.arg == "with_for_update")
        or (isinstance(node, ast.Attribute) and node.attr == "with_for_update")
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and "FOR UPDATE" in node.value)
    ]
    return sorted(found)


def test_only_one_module_asks_for_row_locks() -> None:
    asks = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if path.name != "locks.py" and (lines := asked_for_elsewhere(path.read_text()))
    }
    assert asks == {}


@pytest.mark.parametrize(
    "planted",
    [
        "session.get(Room, 1, with_for_update=True)",
        "select(Room).with_for_update()",
        "text('SELECT 1 FROM room FOR UPDATE')",
    ],
)
def test_a_planted_lock_is_found(planted: str) -> None:
    assert asked_for_elsewhere(planted) == [1]


def test_what_is_held_lets_others_refer_to_it() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert str(held(select(Account.id)).compile(dialect=dialect)).endswith("FOR NO KEY UPDATE")
    assert str(shared(select(Account.id)).compile(dialect=dialect)).endswith("FOR SHARE")


@pytest.mark.postgres
def test_the_tests_refuse_a_plain_for_update_wherever_it_comes_from(postgres_engine) -> None:
    """Every statement of every test on PostgreSQL goes through this guard."""
    with Session(postgres_engine) as session:
        session.scalars(held(select(JobLease))).all()
        with pytest.raises(AssertionError, match="plain FOR UPDATE"):
            session.scalars(select(JobLease).with_for_update()).all()
    with pytest.raises(AssertionError):
        refuse_plain_for_update(None, None, "SELECT 1 FROM room FOR UPDATE OF room", (), None, False)


@pytest.mark.parametrize(
    ("statements", "violations"),
    [
        (
            [
                "UPDATE contribution SET x",
                "UPDATE item SET x",
                "UPDATE stream SET x",
                "UPDATE audit_head SET x",
            ],
            0,
        ),
        (["SELECT id FROM item WHERE x FOR NO KEY UPDATE", "UPDATE contribution SET x"], 1),
        (["UPDATE stream SET x", "SELECT pg_advisory_xact_lock_shared(key) FROM x"], 1),
        (["UPDATE item SET x", "SELECT pg_advisory_xact_lock_shared(key) FROM x"], 1),
        (["UPDATE item SET x", "SELECT pg_advisory_xact_lock(key) FROM x"], 1),
        (["UPDATE stream SET x", "INSERT INTO item VALUES (1)", "UPDATE item SET x"], 0),
        (["UPDATE account SET x", "UPDATE stream SET x", "UPDATE account SET x"], 0),
        (["UPDATE audit_head SET x", "SELECT a FROM account FOR SHARE"], 1),
    ],
)
def test_rows_held_against_the_order_are_found(statements: list[str], violations: int) -> None:
    recorder, transaction = Recorder(), Transaction()
    for statement in statements:
        recorder.note(transaction, statement)
    assert len(recorder.take()) == violations


def test_every_test_is_watched(database: Database) -> None:
    """The recorder hears what a unit of work says to the database; without it nothing above would be known."""
    with database.write(installation(Origin.COMMAND)) as uow:
        uow.session.execute(update(Stream).values(seq=1))
        uow.session.execute(update(Account).values(own_words=""))
    found = [line.split(":")[0] for line in RECORDER.take()]
    assert found == ([] if database.is_sqlite else ["account after stream"])
