"""Whether people who are connected may still be: asked for many at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork


def sessions_in_force(uow: UnitOfWork, session_ids: Collection[int]) -> set[int]:
    """Those of the sessions that still sign their person in: not ended, not expired, the person active."""
    return set(
        uow.session.scalars(
            select(WebSession.id)
            .join(Account, Account.id == WebSession.account_id)
            .where(WebSession.id.in_(session_ids), unexpired(uow.now), Account.status == AccountStatus.ACTIVE)
        )
    )


def holders(uow: UnitOfWork, account_ids: Collection[int], roles: Collection[Role]) -> set[int]:
    """Those of the accounts that hold at least one of the roles now."""
    return set(
        uow.session.scalars(
            select(RoleGrant.account_id).where(
                RoleGrant.account_id.in_(account_ids),
                RoleGrant.ended_at.is_(None),
                RoleGrant.role.in_(roles),
            )
        )
    )
