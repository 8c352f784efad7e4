"""The moment of an act: its time is read once the accounts it is about are held, so that it never crosses a choice.

A unit of work reads the clock when it begins. Waiting for a lock comes after that, so two acts could be stored in one
order and dated in the other: a row after the withdrawal it should have obeyed, a message before the yes it came under.
So whatever is counted holds the accounts of both its sides first (`share`), a choice about research holds its own
alone (`hold_alone`), and each reads the time after that.

On PostgreSQL these are advisory locks, freed with the transaction. They queue in the order of arrival, which row locks
that are shared do not: a withdrawal would starve behind people who keep answering. SQLite has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text

from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class LastMoment:
    """What a feature brings that keeps moments of choices, or of what was counted.

    `of` answers: the last moment kept about one of these accounts (ids), as an aware time, or None. `is_choice`: it is
    about choices; else about what was counted under them.
    """

    of: Callable[[UnitOfWork, Sequence[int]], datetime | None]
    is_choice: bool


_SPACE = 0x50656572 << 32
"""Sets these locks apart from any others of the same database; the account's id is added."""
_TAKE_SHARED = text("SELECT pg_advisory_xact_lock_shared(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_TAKE_ALONE = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_TICK = timedelta(microseconds=1)


def share(uow: UnitOfWork, account_ids: Iterable[int | None]) -> datetime:
    """Hold the accounts against choices about research until this act ends, and return the time of the act.

    `uow.now` is that time: not before any choice of theirs, even when the clock was set back since. None stands for
    nobody. Holding the same accounts again changes nothing.
    """
    wanted = sorted({number for number in account_ids if number is not None} - uow.held)
    if wanted:
        _take(uow, wanted, _TAKE_SHARED)
        uow.now = max(uow.now, uow.database.clock.now(), *_last_moments(uow, wanted, choices_only=True))
    return uow.now


def hold_alone(uow: UnitOfWork, account_id: int) -> datetime:
    """Hold the account for a choice about research, against everything that is counted, and return its time.

    `uow.now` is later than every earlier choice of theirs and everything counted about them so far. The account's row
    is locked first, by the caller.
    """
    _take(uow, [account_id], _TAKE_ALONE)
    uow.now = max(uow.now, uow.database.clock.now())
    for last in _last_moments(uow, [account_id]):
        if last >= uow.now:
            uow.now = last + _TICK
    return uow.now


def hold_alone_among(uow: UnitOfWork, account_id: int, others: Iterable[int]) -> datetime:
    """`hold_alone` for one account and `share` for others, in one order of ids: two such acts never wait in a ring."""
    wanted = sorted({account_id, *others} - uow.held)
    for number in wanted:
        _take(uow, [number], _TAKE_ALONE if number == account_id else _TAKE_SHARED)
    return hold_alone(uow, account_id)


def _last_moments(
    uow: UnitOfWork, account_ids: Sequence[int], *, choices_only: bool = False
) -> list[datetime]:
    asked = uow.database.catalogue.every(LastMoment)
    found = (one.of(uow, account_ids) for one in asked if one.is_choice or not choices_only)
    return [last for last in found if last is not None]


def _take(uow: UnitOfWork, account_ids: Sequence[int], taking: TextClause) -> None:
    if not uow.database.is_sqlite:
        keys = [_SPACE + number for number in account_ids]
        uow.session.connection().execute(taking, {"keys": keys})
    uow.held.update(account_ids)
