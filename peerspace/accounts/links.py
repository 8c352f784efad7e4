"""One-time links that set a passphrase, for somebody who cannot sign in any more.

Whoever holds such a link becomes that person. So no one person can make one from the pages: an administrator asks,
another administrator or a supervisor agrees, and only then is the link shown, once, to whoever asked. The member hears
of every step in their inbox and under *Who looked*, and may say no. The command line makes a link at once: it is how
the first administrator comes in, and an installation with a single administrator helps itself.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update

from peerspace.accounts.actions import AccountAction
from peerspace.accounts.events import LinkAsked
from peerspace.accounts.models import LINK_LIFE, MAY_AGREE, Account, LinkRequest, SignInLink
from peerspace.accounts.sessions import end_all_sessions, hash_secret
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict, NotAllowed, NotFound
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.locks import hold, hold_one
from peerspace.kernel.pruning import prune
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean

NOTE_LIMIT = 300
LINKS_KEPT = timedelta(days=30)
"""So long a link that can't be used any more keeps its row; that it was made and used stays in the audit chain."""


def create_link(uow: UnitOfWork, account_id: int) -> str:
    """Make a one-time link's token for a person from the command line; earlier unused ones no longer work.

    Raises NotAllowed unless the installation acts, NotFound for an unknown account or one that left.
    """
    if not uow.actor.is_installation:
        raise NotAllowed("link_needs_two")
    return _new_link(uow, _account(uow, account_id))[1]


def ask_for_link(uow: UnitOfWork, account_id: int, note: object) -> LinkRequest:
    """An administrator asks for a link for a person. `note` says how they know who asked them, for whoever agrees.

    An earlier request for the same person that is still open ends. Raises NotAllowed, NotFound, Invalid or TooLong
    (`note`, up to 300 characters).
    """
    asked_by = uow.actor.require(Role.ADMINISTRATOR)
    said = clean(note, field="note", limit=NOTE_LIMIT)
    account = _account(uow, account_id)
    uow.session.execute(
        update(LinkRequest)
        .where(LinkRequest.account_id == account.id, LinkRequest.ended_at.is_(None))
        .values(ended_at=uow.now)
    )
    asked = LinkRequest(
        public_id=new_public_id(),
        account_id=account.id,
        asked_by_id=asked_by,
        note=said,
        asked_at=uow.now,
        expires_at=uow.now + LINK_LIFE,
    )
    uow.session.add(asked)
    uow.session.flush()
    uow.audit(AccountAction.SIGN_IN_LINK_ASKED, "account", account.public_id, concerns=account.id)
    uow.emit(LinkAsked(account_id=account.id, asked_by_id=asked_by))
    return asked


def agree_to_link(uow: UnitOfWork, public_id: str) -> None:
    """A second administrator or supervisor agrees. Neither who asked nor whom it is for can.

    Raises NotAllowed, NotFound, Conflict("changed_meanwhile") when it is agreed to, ended or too old.
    """
    second = uow.actor.require(*MAY_AGREE)
    asked = _open_request(uow, public_id)
    if second in (asked.asked_by_id, asked.account_id):
        raise NotAllowed("link_needs_two")
    if asked.agreed_at is not None:
        raise Conflict("changed_meanwhile")
    asked.agreed_by_id, asked.agreed_at, asked.expires_at = second, uow.now, uow.now + LINK_LIFE
    uow.session.flush()
    _audit(uow, AccountAction.SIGN_IN_LINK_AGREED, asked)


def refuse_link(uow: UnitOfWork, public_id: str) -> None:
    """Stop a request, and the link if it was made already: staff who may agree, or the person it is for.

    Raises NotAllowed, NotFound, Conflict("changed_meanwhile").
    """
    asked = _open_request(uow, public_id)
    if uow.actor.require_account() != asked.account_id:
        uow.actor.require(*MAY_AGREE)
    asked.ended_at = uow.now
    if asked.link_id is not None:
        uow.session.execute(
            update(SignInLink)
            .where(SignInLink.id == asked.link_id, SignInLink.used_at.is_(None))
            .values(expires_at=uow.now)
        )
    uow.session.flush()
    _audit(uow, AccountAction.SIGN_IN_LINK_REFUSED, asked)


def take_link(uow: UnitOfWork, public_id: str) -> str:
    """Make the link that was agreed to and return its token: the only time it is known.

    Raises NotAllowed for anybody but who asked, NotFound, Conflict("link_not_agreed") before a second person agreed,
    Conflict("changed_meanwhile") when it was made already.
    """
    me = uow.actor.require(Role.ADMINISTRATOR)
    asked = _open_request(uow, public_id)
    if asked.asked_by_id != me:
        raise NotAllowed("link_needs_two")
    if asked.agreed_at is None:
        raise Conflict("link_not_agreed")
    if asked.link_id is not None:
        raise Conflict("changed_meanwhile")
    asked.link_id, token = _new_link(uow, _account(uow, asked.account_id))
    uow.session.flush()
    return token


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
    if account is None or account.status == AccountStatus.LEFT:
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
    uow.session.execute(update(LinkRequest).where(LinkRequest.link_id == taken.id).values(ended_at=uow.now))
    account.passphrase_hash = hashed
    end_all_sessions(uow, account.id, "link_used")
    uow.audit(AccountAction.SIGN_IN_LINK_USED, "account", account.public_id, concerns=account.id)
    return account


def prune_links(uow: UnitOfWork) -> int:
    """Take out links that ran out a month ago and requests as old, used or not; returns how many. A job calls this."""
    old = uow.now - LINKS_KEPT
    asked = prune(uow, LinkRequest.id, LinkRequest.expires_at < old)
    of_a_request = select(LinkRequest.link_id).where(LinkRequest.link_id.is_not(None))
    return asked + prune(
        uow, SignInLink.id, (SignInLink.expires_at < old) & SignInLink.id.not_in(of_a_request)
    )


def _account(uow: UnitOfWork, account_id: int) -> Account:
    account = hold(uow.session, Account, account_id)
    if account is None or account.status == AccountStatus.LEFT:
        raise NotFound("not_found")
    return account


def _open_request(uow: UnitOfWork, public_id: str) -> LinkRequest:
    """The request, with its account held until the end of the transaction: two people who press at once take turns."""
    found = select(LinkRequest).where(LinkRequest.public_id == public_id)
    asked = uow.session.scalars(found).first()
    if asked is None:
        raise NotFound("not_found")
    hold_one(uow.session, Account, asked.account_id)
    uow.session.refresh(asked)
    if not asked.is_open(uow.now):
        raise Conflict("changed_meanwhile")
    return asked


def _new_link(uow: UnitOfWork, account: Account) -> tuple[int, str]:
    """A fresh link's row and token; earlier unused ones no longer work."""
    uow.session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account.id, SignInLink.used_at.is_(None))
        .values(expires_at=uow.now)
    )
    token = secrets.token_urlsafe(24)
    made = SignInLink(
        account_id=account.id,
        token_hash=hash_secret(token),
        created_at=uow.now,
        expires_at=uow.now + LINK_LIFE,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.audit(AccountAction.SIGN_IN_LINK_MADE, "account", account.public_id, concerns=account.id)
    return made.id, token


def _audit(uow: UnitOfWork, action: AccountAction, asked: LinkRequest) -> None:
    account = uow.session.get_one(Account, asked.account_id)
    uow.audit(action, "account", account.public_id, concerns=account.id)
