"""What duty hears from accounts: whoever can no longer keep a place is not on duty in it (invariant 2)."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.events import AccountRestricted, AccountStatusChanged, RoleChanged, SessionsEnded
from peerspace.accounts.models import RoleGrant, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.accounts.status import AccountStatus
from peerspace.duty.service import end_desk_duty_of, end_duty_of
from peerspace.kernel.audit import AuditLog
from peerspace.kernel.events import Listeners
from peerspace.kernel.uow import UnitOfWork


def _status_changed(uow: UnitOfWork, happened: AccountStatusChanged) -> None:
    if happened.status != AccountStatus.ACTIVE:
        end_duty_of(uow, happened.account_id, "status")


def _restricted(uow: UnitOfWork, happened: AccountRestricted) -> None:
    end_duty_of(uow, happened.account_id, "restricted")


def _sessions_ended(uow: UnitOfWork, happened: SessionsEnded) -> None:
    # One that expired signs nobody in any more: it must not keep them on duty.
    live = select(WebSession.id).where(WebSession.account_id == happened.account_id, unexpired(uow.now))
    if uow.session.scalar(live.limit(1)) is None:
        end_duty_of(uow, happened.account_id, "signed_out")


def _role_changed(uow: UnitOfWork, happened: RoleChanged) -> None:
    if happened.granted:
        return
    held = select(RoleGrant.role).where(
        RoleGrant.account_id == happened.account_id, RoleGrant.ended_at.is_(None)
    )
    roles = set(uow.session.scalars(held))
    if not roles & {"peer_worker", "supervisor"}:
        end_duty_of(uow, happened.account_id, "role")
    elif "supervisor" not in roles:
        end_desk_duty_of(uow, happened.account_id, "role")


def listen(listeners: Listeners, _audit_log: AuditLog) -> None:
    """Duty ends with the account's status, a restriction, its last session, or the role."""
    listeners.with_transaction(AccountStatusChanged, _status_changed)
    listeners.with_transaction(AccountRestricted, _restricted)
    listeners.with_transaction(SessionsEnded, _sessions_ended)
    listeners.with_transaction(RoleChanged, _role_changed)
