"""Holding rows until the end of a transaction: the one place that asks for row locks.

Held is always FOR NO KEY UPDATE. An INSERT holds FOR KEY SHARE on every row that it points to, and a plain FOR UPDATE
waits until no such lock is left: in a busy room it starved behind the people who kept writing. Nothing here changes a
key or deletes a held row, so the weaker lock is enough. SQLite has no row locks and one writer.

Order, so that two acts never wait for one another: account, consent, contribution, item, stream, audit head; ids
ascending. The stream and the audit head are taken when the act settles (`UnitOfWork.last`, `UnitOfWork.audit`), so that
nobody waits for anything else while everybody in a room waits for them. The tests watch every statement.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy import GenerativeSelect, text
from sqlalchemy.orm import Session

T = TypeVar("T")
S = TypeVar("S", bound=GenerativeSelect)


def held(statement: S) -> S:
    """`statement` with its rows held, as they stand now, until the end of the transaction."""
    holding: Any = statement.with_for_update(key_share=True)
    return cast(S, holding.execution_options(populate_existing=True))


def shared(statement: S, of: Any = None) -> S:
    """`statement` with its rows (those of the class `of`) shared: nobody changes them until the transaction ends."""
    return statement.with_for_update(read=True, of=of)


ONE_WINDOW = 1
"""The turn of whoever looks whether a release's days are told already."""
DESK_DUTY = 2
"""The turn of whoever goes on or off duty at the desk, which has no row: taken where a stream's row would be."""
_TURNS = 0x7475726E << 32


def take_turn(session: Session, turn: int) -> None:
    """Wait for a turn that belongs to no row, and keep it until the transaction ends. SQLite has one writer."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_TAKE_TURN, {"key": _TURNS + turn})


_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:key)")


def hold(session: Session, model: type[T], key: Any) -> T | None:
    """The row of `model` with this primary key, held, as it stands now; None when there is none."""
    return session.get(model, key, with_for_update={"key_share": True}, populate_existing=True)


def hold_one(session: Session, model: type[T], key: Any) -> T:
    """The same for a row that has to be there. Raises NoResultFound."""
    return session.get_one(model, key, with_for_update={"key_share": True}, populate_existing=True)
