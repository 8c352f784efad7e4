"""A way back in by oneself: recovery codes, shown once. Only hashes are kept."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select, update

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.models import Account, RecoveryCode
from peerspace.accounts.sessions import end_all_sessions, hash_secret
from peerspace.kernel.uow import UnitOfWork

CODES = 8
GROUPS, GROUP = 4, 4
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
"""Thirty signs that are not mistaken for one another: a code of sixteen holds 78 random bits."""


def new_codes(uow: UnitOfWork, account_id: int) -> list[str]:
    """Make eight fresh recovery codes, in place of the unused ones, and return them: the only time they are known."""
    uow.session.execute(
        delete(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    )
    codes = ["-".join(_group() for _ in range(GROUPS)) for _ in range(CODES)]
    for code in codes:
        uow.session.add(
            RecoveryCode(account_id=account_id, code_hash=_code_hash(account_id, code), created_at=uow.now)
        )
    uow.session.flush()
    account = uow.session.get_one(Account, account_id)
    uow.audit(AccountAction.RECOVERY_CODES_MADE, "account", account.public_id, concerns=account_id)
    return codes


def codes_left(uow: UnitOfWork, account_id: int) -> int:
    """How many unused codes a person has."""
    left = select(RecoveryCode.id).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return len(uow.session.scalars(left).all())


def had_codes(uow: UnitOfWork, account_id: int) -> bool:
    """True when codes were ever made for a person, used or not."""
    return (
        uow.session.scalar(select(RecoveryCode.id).where(RecoveryCode.account_id == account_id).limit(1))
        is not None
    )


def use_recovery_code(uow: UnitOfWork, account: Account, code: str, hashed: str) -> bool:
    """Set a new passphrase hash by a recovery code; every session ends. False when the code does not fit.

    The code is taken by one guarded UPDATE, so that it works once only.
    """
    taken = uow.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == _code_hash(account.id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .returning(RecoveryCode.id)
    ).first()
    if taken is None:
        return False
    account.passphrase_hash = hashed
    end_all_sessions(uow, account.id, "recovered")
    uow.audit(AccountAction.RECOVERY_CODE_USED, "account", account.public_id, concerns=account.id)
    return True


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))


def _code_hash(account_id: int, code: str) -> str:
    plain = "".join(sign for sign in code.lower() if sign in ALPHABET)
    return hash_secret(f"{account_id}:{plain}")
