"""A person's standing: suspended for a time, read-only for a time, ended, settled in.

The reason a member reads is the decision's (moderation); these verbs carry out what a person decided (invariant 7).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.events import AccountRestricted, AccountStatusChanged
from peerspace.accounts.models import Account
from peerspace.accounts.sessions import end_all_sessions
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Actor, Origin, Role
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.locks import held, hold
from peerspace.kernel.uow import UnitOfWork


def suspend(uow: UnitOfWork, account_id: int, *, until: datetime | None = None) -> None:
    """Suspend a member until `until` (None: until lifted). All sessions end and their sockets close.

    A suspension that lasts longer already stands as it is: a later, shorter one never lets anybody back in earlier.

    Raises NotAllowed unless a supervisor or the command line acts, and on oneself; NotFound; Conflict when the
    membership is over or has not begun.
    """
    account = _about(uow, account_id)
    if account.status not in (AccountStatus.ACTIVE, AccountStatus.SUSPENDED):
        raise Conflict("changed_meanwhile")
    is_longer = account.status == AccountStatus.SUSPENDED and _outlasts(account.suspended_until, until)
    account.suspended_until = account.suspended_until if is_longer else until
    _move(uow, account, AccountStatus.SUSPENDED)
    end_all_sessions(uow, account_id, "suspended")


def unsuspend(uow: UnitOfWork, account_id: int) -> None:
    """Lift a suspension; on somebody who is not suspended it changes nothing."""
    account = _about(uow, account_id)
    if account.status == AccountStatus.SUSPENDED:
        account.suspended_until = None
        _move(uow, account, AccountStatus.ACTIVE)


def lift_due_suspensions(uow: UnitOfWork) -> int:
    """Lift every suspension whose end has come; returns how many. A job calls this every minute."""
    _refuse_people(uow.actor)
    due = select(Account).where(Account.status == AccountStatus.SUSPENDED, Account.suspended_until <= uow.now)
    lifted = list(uow.session.scalars(held(due.order_by(Account.id))))
    for account in lifted:
        account.suspended_until = None
        _move(uow, account, AccountStatus.ACTIVE)
    return len(lifted)


def restrict(uow: UnitOfWork, account_id: int, *, until: datetime | None) -> None:
    """Make a member read-only until `until`; a restriction that lasts longer already stands as it is. None lifts it."""
    account = _about(uow, account_id)
    before = account.read_only_until
    is_longer = until is not None and before is not None and before > until
    account.read_only_until = before if is_longer else until
    uow.session.flush()
    action = AccountAction.READ_ONLY_SET if until is not None else AccountAction.READ_ONLY_LIFTED
    uow.audit(action, "account", account.public_id, concerns=account_id)
    if until is not None:
        uow.emit(AccountRestricted(account_id))


def end_membership(uow: UnitOfWork, account_id: int) -> None:
    """End a membership. All sessions end and their sockets close."""
    account = _about(uow, account_id)
    if account.status in (AccountStatus.ENDED, AccountStatus.LEFT):
        return
    _move(uow, account, AccountStatus.ENDED)
    end_all_sessions(uow, account_id, "ended")


def mark_established(uow: UnitOfWork, account_id: int) -> None:
    """Note that a human has seen the first contributions; from now on they are not held for being first."""
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("person_unknown")
    if account.established_at is None:
        account.established_at = uow.now
        uow.session.flush()


def end_sessions_of(uow: UnitOfWork, account_id: int) -> None:
    """Sign a person out everywhere, by an administrator or the command line (`peerspace people sign-out`)."""
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("person_unknown")
    end_all_sessions(uow, account_id, "by_administrator")
    uow.audit(AccountAction.SESSIONS_ENDED, "account", account.public_id, concerns=account_id)


def _outlasts(ends_at: datetime | None, until: datetime | None) -> bool:
    """True where a suspension that ends at `ends_at` lasts longer than one to `until`; None is without an end."""
    return ends_at is None or (until is not None and ends_at > until)


def _about(uow: UnitOfWork, account_id: int) -> Account:
    if not uow.actor.is_installation and uow.actor.require(Role.SUPERVISOR) == account_id:
        raise NotAllowed("not_about_yourself")
    account = hold(uow.session, Account, account_id)
    if account is None:
        raise NotFound("person_unknown")
    return account


def _refuse_people(actor: Actor) -> None:
    if not actor.is_installation or actor.origin not in (Origin.JOB, Origin.COMMAND):
        raise NotAllowed("not_allowed")


def _move(uow: UnitOfWork, account: Account, status: AccountStatus) -> None:
    account.status, account.status_changed_at = status, uow.now
    uow.session.flush()
    uow.audit(AccountAction.STATUS_CHANGED, "account", account.public_id, concerns=account.id, status=status)
    uow.emit(AccountStatusChanged(account.id, status))
