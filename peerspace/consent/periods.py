"""Consent periods: the random ids by which the research layer knows a member while consent stands.

A period opens with the first `usage`, ends when `usage` does or when the member leaves or is suspended, and a new one
opens if they come back. All periods of one human share a `person_id`, until "stop and erase" cuts the link.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, select, union_all

from peerspace.accounts.models import Account
from peerspace.accounts.status import AccountStatus
from peerspace.consent.fold import Recorded, fold, valid_until
from peerspace.consent.models import ConsentRecord, Participant
from peerspace.consent.scopes import in_order
from peerspace.kernel.clock import to_us
from peerspace.kernel.uow import UnitOfWork

# Asked for every act that is counted: built once.
_OF_THESE: BindParameter[int] = bindparam("accounts", expanding=True)
_CHOSEN = union_all(
    select(func.max(ConsentRecord.at).label("at")).where(ConsentRecord.account_id.in_(_OF_THESE)),
    select(func.max(Participant.from_at)).where(Participant.account_id.in_(_OF_THESE)),
    select(func.max(Participant.to_at)).where(Participant.account_id.in_(_OF_THESE)),
).subquery()
_LAST_CHOICE = select(func.max(_CHOSEN.c.at))


def last_choice(uow: UnitOfWork, account_ids: Sequence[int]) -> datetime | None:
    """When one of these accounts last chose, or a period of theirs last began or ended."""
    found: datetime | None = (
        uow.session.connection().execute(_LAST_CHOICE, {"accounts": list(account_ids)}).scalar()
    )
    return found


def new_research_id() -> str:
    """A fresh random id: 128 bits, 32 hexadecimal characters."""
    return secrets.token_hex(16)


def live_period(uow: UnitOfWork, account_id: int) -> Participant | None:
    """The open period of an account, or None."""
    return uow.session.scalar(
        select(Participant).where(Participant.account_id == account_id, Participant.to_at.is_(None))
    )


def follow(uow: UnitOfWork, account_id: int, records: Sequence[Recorded], *, ended: str) -> None:
    """Bring the periods of an account in line with all its records; `ended` says why a period would end now.

    Somebody who is away (suspended, left) gets no new period by taking back a part of what stands.
    """
    in_force = fold(records)
    period = live_period(uow, account_id)
    if "usage" in in_force:
        if period is None and _is_here(uow, account_id):
            period = _open(uow, account_id)
        if period is not None:
            now = to_us(uow.now)
            period.since = {name: period.since.get(name, now) for name in in_order(in_force)}
            period.scopes = " ".join(period.since)
            period.valid_until = valid_until(records)
    else:
        if period is not None:
            period.to_at, period.end_reason = uow.now, ended
        for earlier in _periods(uow, account_id):
            earlier.scopes, earlier.since, earlier.valid_until = "", {}, None
    uow.session.flush()


def close_for_absence(uow: UnitOfWork, account_id: int, reason: str) -> None:
    """End the open period because the member left or was suspended. Consent is not withdrawn by that.

    The account is held alone by the caller.
    """
    period = live_period(uow, account_id)
    if period is not None:
        period.to_at, period.end_reason = uow.now, reason
        uow.session.flush()


def erase_links(uow: UnitOfWork, account_id: int) -> tuple[str, ...]:
    """Cut every link between the account and its periods; return the participant ids, now tombstones."""
    periods = _periods(uow, account_id)
    for period in periods:
        make_tombstone(period, uow.now)
    uow.session.flush()
    return tuple(period.id for period in periods)


def make_tombstone(period: Participant, now: datetime) -> None:
    """Leave of a period only its random id.

    The person's id becomes another one, and the times are coarsened to the month: neither can be matched with the
    account's own records.
    """
    period.account_id = None
    period.scopes, period.since, period.valid_until = "", {}, None
    period.end_reason = "stopped_and_erased"
    period.person_id = new_research_id()
    period.from_at = _month(period.from_at)
    period.to_at = _month(period.to_at or now)


def _open(uow: UnitOfWork, account_id: int) -> Participant:
    earlier = _periods(uow, account_id)
    period = Participant(
        id=new_research_id(),
        person_id=earlier[0].person_id if earlier else new_research_id(),
        account_id=account_id,
        from_at=uow.now,
        to_at=None,
        end_reason="",
        scopes="",
        since={},
    )
    uow.session.add(period)
    return period


def _is_here(uow: UnitOfWork, account_id: int) -> bool:
    account = uow.session.get(Account, account_id)
    return account is not None and account.status == AccountStatus.ACTIVE


def _periods(uow: UnitOfWork, account_id: int) -> list[Participant]:
    return list(
        uow.session.scalars(
            select(Participant).where(Participant.account_id == account_id).order_by(Participant.from_at)
        )
    )


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
