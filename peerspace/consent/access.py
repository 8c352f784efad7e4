"""Who may choose about research, and whose records one may see: only one's own."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.accounts.sessions import MAY_SIGN_IN
from peerspace.accounts.status import AccountStatus
from peerspace.consent.models import ConsentRecord
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotAllowed, NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.moments import hold_alone
from peerspace.kernel.uow import UnitOfWork

COMMUNITY = (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR)


def own_account(uow: UnitOfWork) -> Account:
    """The acting member's account, held alone until the end of the transaction: two choices queue up.

    The time of the choice is read then (kernel.moments).

    Raises NotAllowed for anybody who is not an active member acting through an interactive door.
    """
    account_id = uow.actor.require_human()
    if not uow.actor.has(*COMMUNITY):
        raise NotAllowed("consent_members_only")
    account = hold_account(uow, account_id)
    if account is None or account.status != AccountStatus.ACTIVE:
        raise NotAllowed("consent_members_only")
    return account


def own_account_on_the_way_out(uow: UnitOfWork) -> Account:
    """The acting person's account for taking something back, held in the same way.

    The ways out stand open as long as somebody can sign in: a suspension, or the end of a membership, takes away the
    yes of nobody, so it may not take away the no either. Raises NotAllowed for everybody else.
    """
    account = hold_account(uow, uow.actor.require_human())
    if account is None or account.status not in MAY_SIGN_IN:
        raise NotAllowed("consent_members_only")
    return account


def hold_account(uow: UnitOfWork, account_id: int) -> Account | None:
    """An account, its row locked and its moment held alone; None where there is none."""
    account = hold(uow.session, Account, account_id)
    if account is not None:
        hold_alone(uow, account_id)
    return account


def own_record(uow: UnitOfWork, record_id: str) -> ConsentRecord:
    """One of the acting member's own records by its random id, or NotFound."""
    record = uow.session.scalar(
        select(ConsentRecord).where(
            ConsentRecord.record_id == record_id, ConsentRecord.account_id == uow.actor.require_account()
        )
    )
    if record is None:
        raise NotFound("not_found")
    return record
