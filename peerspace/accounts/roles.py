"""Roles: dated grants, so that the role at the time of any event is known."""

from __future__ import annotations

from sqlalchemy import func, select

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.events import RoleChanged, RoleTaken
from peerspace.accounts.models import PAY, TRAINING, Account, RoleGrant
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork

APART = frozenset({Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR})
"""Roles of the community. A researcher holds none of them: who is both uses two accounts, and nothing links them."""
NOT_IN = ("waiting", "asked", "declined", "left")
"""Nobody holds a role before a human let them in, or after they left."""


def grant_role(
    uow: UnitOfWork,
    account_id: int,
    role: Role,
    *,
    training: str = "not_recorded",
    pay: str = "not_recorded",
) -> RoleGrant:
    """Grant `role` from now on. The same grant again changes nothing; other training or pay ends it and starts anew.

    Raises NotAllowed unless an administrator or the installation acts, NotFound, Invalid for training or pay,
    Conflict: "roles_apart" for a researcher in the community, "not_in" for somebody at the door or gone.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    wrong = {}
    if training not in TRAINING:
        wrong["training"] = "choice_unknown"
    if pay not in PAY:
        wrong["pay"] = "choice_unknown"
    if wrong:
        raise Invalid(fields=wrong)
    account = _account(uow, account_id)
    if account.status in NOT_IN:
        raise Conflict("not_in")
    live = _live(uow, account_id)
    others = set(live) - {role.value}
    if (role is Role.RESEARCHER and others & APART) or (role in APART and Role.RESEARCHER.value in others):
        raise Conflict("roles_apart")
    held = live.get(role.value)
    if held is not None:
        if (held.training, held.pay) == (training, pay):
            return held
        held.ended_at, held.ended_by_id = uow.now, uow.actor.account_id
        uow.session.flush()
    grant = RoleGrant(
        account_id=account_id,
        role=role.value,
        training=training,
        pay=pay,
        granted_at=uow.now,
        granted_by_id=uow.actor.account_id,
    )
    uow.session.add(grant)
    uow.session.flush()
    uow.audit(
        AccountAction.ROLE_GRANTED,
        "account",
        account.public_id,
        concerns=account_id,
        role=role.value,
        training=training,
        pay=pay,
    )
    uow.emit(RoleChanged(account_id, role.value, granted=True))
    if account_id == uow.actor.account_id:
        uow.emit(RoleTaken(account_id, role.value))
    return grant


def end_role(uow: UnitOfWork, account_id: int, role: Role) -> None:
    """End `role` now; ending one that is not held is fine.

    Raises NotAllowed unless an administrator or the installation acts, Conflict("last_administrator").
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    account = _account(uow, account_id)
    held = _live(uow, account_id).get(role.value)
    if held is None:
        return
    if role is Role.ADMINISTRATOR and _administrators(uow) <= 1:
        raise Conflict("last_administrator")
    held.ended_at, held.ended_by_id = uow.now, uow.actor.account_id
    uow.session.flush()
    uow.audit(AccountAction.ROLE_ENDED, "account", account.public_id, concerns=account_id, role=role.value)
    uow.emit(RoleChanged(account_id, role.value, granted=False))


def _account(uow: UnitOfWork, account_id: int) -> Account:
    account = hold(uow.session, Account, account_id)
    if account is None:
        raise NotFound("person_unknown")
    return account


def _live(uow: UnitOfWork, account_id: int) -> dict[str, RoleGrant]:
    live = select(RoleGrant).where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
    return {grant.role: grant for grant in uow.session.scalars(live)}


def _administrators(uow: UnitOfWork) -> int:
    active = (
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR.value,
            RoleGrant.ended_at.is_(None),
            Account.status == AccountStatus.ACTIVE,
        )
    )
    return uow.session.scalar(active) or 0
