"""Who may choose about research, and whose records one may see: only one's own."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.accounts.sessions import MAY_SIGN_IN
from peerspace.consent.models import ConsentRecord
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotAllowed, NotFound
from peerspace.kernel.uow import UnitOfWork

COMMUNITY = (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR)


def own_account(uow: UnitOfWork) -> Account:
    """The acting member's account, locked until the end of the transaction, so that two choices queue up.

    Raises NotAllowed for anybody who is not an active member acting through an interactive door.
    """
    account_id = uow.actor.require_human()
    if not uow.actor.has(*COMMUNITY):
        raise NotAllowed("consent_members_only")
    account = uow.session.get(Account, account_id, with_for_update=True)
    if account is None or account.status != "active":
        raise NotAllowed("consent_members_only")
    return account


def own_account_on_the_way_out(uow: UnitOfWork) -> Account:
    """The acting person's account for taking something back, locked in the same way.

    The ways out stand open as long as somebody can sign in: a suspension, or the end of a membership, takes away the
    yes of nobody, so it may not take away the no either. Raises NotAllowed for everybody else.
    """
    account = uow.session.get(Account, uow.actor.require_human(), with_for_update=True)
    if account is None or account.status not in MAY_SIGN_IN:
        raise NotAllowed("consent_members_only")
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
