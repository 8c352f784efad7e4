"""Loading people with the question who may know of them: otherwise NotFound."""

from __future__ import annotations

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork

MET = ("active", "suspended", "ended")
"""Whoever was in the community can still be met in what they wrote."""


def person_to_meet(uow: UnitOfWork, public_id: str) -> Account:
    """A person whom a member can meet. Raises NotFound for applicants, people who left, and nobody."""
    account = _by_public_id(uow, public_id)
    if account is None or account.status not in MET:
        raise NotFound("person_unknown")
    return account


def person_for_staff(uow: UnitOfWork, public_id: str) -> Account:
    """Any account, for a supervisor. Raises NotAllowed for others, NotFound for nobody."""
    uow.actor.require(Role.SUPERVISOR)
    account = _by_public_id(uow, public_id)
    if account is None:
        raise NotFound("person_unknown")
    return account


def _by_public_id(uow: UnitOfWork, public_id: str) -> Account | None:
    return uow.session.scalars(select(Account).where(Account.public_id == public_id)).first()
