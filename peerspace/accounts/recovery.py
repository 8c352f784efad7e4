"""Ways back in: recovery codes, shown once, and one-time links. Only hashes are kept."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update

from peerspace.accounts.models import Account, RecoveryCode, SignInLink
from peerspace.accounts.sessions import end_all_sessions, hash_secret
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, NotFound
from peerspace.kernel.pruning import prune
from peerspace.kernel.uow import UnitOfWork

CODES = 8
GROUPS, GROUP = 4, 4
ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
"""Thirty signs that are not mistaken for one another: a code of sixteen holds 78 random bits."""

LINK_LIFE = timedelta(days=3)
LINKS_KEPT = timedelta(days=30)
"""So long a link that can't be used any more keeps its row; that it was made and used stays in the audit chain."""


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
    uow.audit("recovery_codes_made", "account", account_id, concerns=account_id)
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
    uow.audit("recovery_code_used", "account", account.public_id, concerns=account.id)
    return True


def create_link(uow: UnitOfWork, account_id: int, *, life: timedelta = LINK_LIFE) -> str:
    """Make a one-time link's token for a person; earlier unused ones no longer work.

    Raises NotAllowed unless an administrator or the installation acts, NotFound for an unknown account.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    account = uow.session.get(Account, account_id)
    if account is None or account.status == "left":
        raise NotFound("not_found")
    uow.session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account_id, SignInLink.used_at.is_(None))
        .values(expires_at=uow.now)
    )
    token = secrets.token_urlsafe(24)
    uow.session.add(
        SignInLink(
            account_id=account_id,
            token_hash=hash_secret(token),
            created_at=uow.now,
            expires_at=uow.now + life,
        )
    )
    uow.session.flush()
    uow.audit("sign_in_link_made", "account", account.public_id, concerns=account_id)
    return token


def prune_links(uow: UnitOfWork) -> int:
    """Take out links that ran out a month ago, used or not; returns how many. A job calls this."""
    return prune(uow, SignInLink.id, SignInLink.expires_at < uow.now - LINKS_KEPT)


def link_account(uow: UnitOfWork, token: str) -> Account:
    """Whose link `token` is, without using it.

    Raises BadRequest("link_over") when it is unknown, used or too old.
    """
    row = uow.session.scalars(
        select(SignInLink).where(
            SignInLink.token_hash == hash_secret(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > uow.now,
        )
    ).first()
    account = uow.session.get(Account, row.account_id) if row else None
    if account is None or account.status == "left":
        raise BadRequest("link_over")
    return account


def use_link(uow: UnitOfWork, token: str, hashed: str) -> Account:
    """Set the passphrase hash by a one-time link, end every session, and return whose it is.

    Raises BadRequest("link_over") when it is unknown, used or too old.
    """
    account = link_account(uow, token)
    taken = uow.session.execute(
        update(SignInLink)
        .where(SignInLink.token_hash == hash_secret(token), SignInLink.used_at.is_(None))
        .values(used_at=uow.now)
        .returning(SignInLink.id)
    ).first()
    if taken is None:
        raise BadRequest("link_over")
    account.passphrase_hash = hashed
    end_all_sessions(uow, account.id, "link_used")
    uow.audit("sign_in_link_used", "account", account.public_id, concerns=account.id)
    return account


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))


def _code_hash(account_id: int, code: str) -> str:
    plain = "".join(sign for sign in code.lower() if sign in ALPHABET)
    return hash_secret(f"{account_id}:{plain}")
