"""Locks are taken in one order, so that no two acts wait for one another: account, contribution, stream, head."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from peerspace.accounts.account_status import suspend
from peerspace.duty import service as duty_service
from peerspace.kernel.uow import Database
from peerspace.streams import service as life
from tests.chat.conftest import Kitchen

ORDER = ("account", "contribution", "stream", "audit_head")


@contextmanager
def taken(database: Database) -> Iterator[list[str]]:
    """The tables whose rows are held or changed, in the order of the first time each."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        for table in ORDER:
            changes = statement.startswith((f"UPDATE {table} ", f"UPDATE {table}\n"))
            holds = f"FROM {table} " in statement.replace("\n", " ") and "FOR NO KEY UPDATE" in statement
            if (changes or holds) and table not in seen:
                seen.append(table)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_suspending_who_is_on_duty_takes_the_audit_head_after_the_room(kitchen: Kitchen) -> None:
    with taken(kitchen.database) as seen:
        kitchen.act(kitchen.supervisor, suspend, kitchen.wren.require_account())
    assert seen == ["account", "stream", "audit_head"]


def test_hiding_and_going_off_duty_take_the_audit_head_last(kitchen: Kitchen) -> None:
    message = kitchen.send(kitchen.ash, "to be hidden")
    with taken(kitchen.database) as seen:
        kitchen.act(kitchen.supervisor, life.set_state, message.id, "hidden")
    if not kitchen.database.is_sqlite:  # it has one writer and holds no rows
        assert seen == ["contribution", "stream"]
    kitchen.act(kitchen.supervisor, duty_service.go_on_duty, None)  # the head is there from now on
    with taken(kitchen.database) as seen:
        kitchen.act(kitchen.wren, duty_service.go_off_duty, kitchen.room.id)
    assert seen == ["stream", "audit_head"]
