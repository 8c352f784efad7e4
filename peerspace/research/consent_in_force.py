"""Whose consent covers what at this moment: the one look that capture takes before it writes anything.

The statements are made once: on a message's way, putting a statement together would cost more than running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, exists, func, or_, select

from peerspace.accounts.models import Block, RoleGrant
from peerspace.accounts.queries import RoleAt
from peerspace.consent.models import Participant
from peerspace.kernel.clock import from_us
from peerspace.kernel.db import UtcTime
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.models import UsageEvent
from peerspace.streams.models import Contribution

FOOTINGS = ("supervisor", "peer_worker", "member")
"""The roles on whose footing somebody may write, the first that is held wins."""


@dataclass(frozen=True, slots=True)
class ConsentInForce:
    """One member under consent: their random id, the scopes in force, and since when each of them stands (in us)."""

    participant_id: str
    scopes: frozenset[str]
    since: dict[str, int]

    def gave(self, scope: str, at_us: int) -> bool:
        """Whether `scope` stands, and stood at `at_us` already (invariant 3: nothing from before a yes)."""
        return scope in self.scopes and self.since[scope] <= at_us


@dataclass(frozen=True, slots=True)
class Sides:
    """Who takes part of the two sides of a contribution, and what it answers (no item, and nobody, where None)."""

    in_force: dict[int, ConsentInForce]
    answered_item: int | None
    answered_author: int | None


Query = Select[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]
_NOW: BindParameter[datetime] = bindparam("now", type_=UtcTime)
_COLUMNS = (Participant.account_id, Participant.id, Participant.scopes, Participant.since)
# A period that ended in this very moment still counts: the act that ended it (a suspension) is part of it.
# What has run out does not count from that moment on, whether or not the job that records it has run.
_LIVE = (
    Participant.scopes != "",
    Participant.valid_until > _NOW,
    or_(Participant.to_at.is_(None), Participant.to_at == _NOW),
)


_ANSWERED: BindParameter[int] = bindparam("answered")
_ONE = select(*_COLUMNS).where(Participant.account_id == bindparam("author"), *_LIVE)
_SOME = select(*_COLUMNS).where(Participant.account_id.in_(bindparam("accounts", expanding=True)), *_LIVE)
_ANSWERED_BY = select(Contribution.author_id).where(Contribution.id == _ANSWERED).scalar_subquery()
_BOTH = select(*_COLUMNS, _ANSWERED_BY.label("answered_author")).where(
    or_(Participant.account_id == bindparam("author"), Participant.account_id == _ANSWERED_BY), *_LIVE
)


def consent_in_force(uow: UnitOfWork, *account_ids: int) -> dict[int, ConsentInForce]:
    """Those of the accounts who take part now, by account, held so that this stays so. One query.

    `uow.now` is read again where one of them was not held before: a row's time is taken after this.
    """
    wanted = set(account_ids)
    if not wanted:
        return {}
    share(uow, wanted)
    if len(wanted) == 1:
        return _in_force(_run(uow, _ONE, author=wanted.pop()))
    return _in_force(_run(uow, _SOME, accounts=sorted(wanted)))


def sides_of(uow: UnitOfWork, author_id: int, answers_id: int | None) -> Sides:
    """The two sides of a contribution; one that answers nothing has one. One query."""
    if answers_id is None:
        return Sides(consent_in_force(uow, author_id), None, None)
    return _held_sides(uow, author_id, answers_id)


def last_counted(uow: UnitOfWork, account_ids: Sequence[int]) -> datetime | None:
    """Of what moment the last row about one of these accounts is, whichever consent period it belongs to."""
    last: int | None = uow.session.scalar(
        select(func.max(UsageEvent.at_us)).where(
            UsageEvent.participant_id.in_(
                select(Participant.id).where(Participant.account_id.in_(account_ids))
            )
        )
    )
    return from_us(last) if last is not None else None


def participants_with(uow: UnitOfWork, scope: str, account_ids: Iterable[int]) -> dict[int, ConsentInForce]:
    """Those of `account_ids` whose consent covers `scope` now."""
    return {number: one for number, one in consent_in_force(uow, *account_ids).items() if scope in one.scopes}


@dataclass(frozen=True, slots=True)
class Footing:
    """On whose footing the two sides act now, and whether `receiver` has blocked `giver`."""

    roles: dict[int, RoleAt]
    blocked: bool

    def is_staff(self, account_id: int | None) -> bool:
        """Whether somebody acts as a supervisor: not on the footing of lived experience."""
        return account_id in self.roles and self.roles[account_id].role == "supervisor"


_FOOTING = select(
    RoleGrant.account_id,
    RoleGrant.role,
    RoleGrant.training,
    RoleGrant.pay,
    exists()
    .where(Block.blocker_id == bindparam("receiver"), Block.blocked_id == bindparam("giver"))
    .label("blocked"),
).where(
    RoleGrant.account_id.in_((bindparam("giver"), bindparam("receiver"))),
    RoleGrant.role.in_(FOOTINGS),
    RoleGrant.granted_at <= _NOW,
    or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > _NOW),
)


def footing_of(uow: UnitOfWork, giver_id: int, receiver_id: int | None) -> Footing:
    """Roles with training and pay, as accounts.queries.role_at tells them, and the block. One query."""
    held: dict[int, RoleAt] = {}
    blocked = False
    for row in _run(uow, _FOOTING, giver=giver_id, receiver=receiver_id):
        blocked = blocked or bool(row.blocked)
        before = held.get(row.account_id)
        if before is None or FOOTINGS.index(row.role) < FOOTINGS.index(before.role):
            held[row.account_id] = RoleAt(row.role, row.training, row.pay)
    return Footing(held, blocked)


def _run(uow: UnitOfWork, query: Query, **values: Any) -> list[Found]:
    rows = uow.session.connection().execute(query, {"now": uow.now, **values})
    return list(rows)


def _in_force(rows: Iterable[Found]) -> dict[int, ConsentInForce]:
    return {row.account_id: ConsentInForce(row.id, frozenset(row.scopes.split()), row.since) for row in rows}


def _held_sides(uow: UnitOfWork, author_id: int, answers_id: int) -> Sides:
    """Both sides, held. The act held them before it took its time; this makes sure."""
    found = _sides(_run(uow, _BOTH, author=author_id, answered=answers_id), answers_id)
    if {author_id, found.answered_author} - uow.held - {None}:
        share(uow, (author_id, found.answered_author))
        return _sides(_run(uow, _BOTH, author=author_id, answered=answers_id), answers_id)
    return found


def _sides(rows: list[Found], answers_id: int) -> Sides:
    if not rows:
        return Sides({}, None, None)
    return Sides(_in_force(rows), answers_id, rows[0].answered_author)
