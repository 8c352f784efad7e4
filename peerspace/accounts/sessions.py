"""Signed-in browsers: a secret in the cookie, its SHA-256 in the row, checked on every request and socket event."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    ScalarSelect,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from peerspace.accounts.events import SessionsEnded
from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Actor, Origin, Role
from peerspace.kernel.errors import NotFound
from peerspace.kernel.pruning import prune
from peerspace.kernel.uow import UnitOfWork

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
STAFF_IDLE = timedelta(hours=12)
STAFF = frozenset({Role.SUPERVISOR, Role.RESEARCHER, Role.PANEL, Role.ADMINISTRATOR, Role.PEER_WORKER})
KEPT_AFTER_END = timedelta(days=7)
"""So long the row of a session that ended or expired is kept, to look into what went wrong; then it goes."""
TOUCH_AFTER = timedelta(minutes=1)
"""A session's `seen_at` is not written more often than this."""

SET_BACK = timedelta(minutes=10)
"""A session seen so far in the future was seen before the clock was set back."""

MAY_SIGN_IN = frozenset(AccountStatus) - {AccountStatus.LEFT}
"""Only active accounts reach the community; the others see where they stand, and why. `left` is gone."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser is, this very moment. Times are UTC."""

    session_id: int
    account_id: int
    public_id: str
    pseudonym: str
    token_symbol: str
    token_colour: str
    status: str
    roles: frozenset[Role]
    seen_at: datetime
    needs_touch: bool
    read_only_until: datetime | None

    @property
    def is_active(self) -> bool:
        return self.status == AccountStatus.ACTIVE

    def actor(self, origin: Origin = Origin.WEB) -> Actor:
        """The actor of this person through `origin`. Whoever is not active acts without any role."""
        return Actor(
            origin=origin,
            account_id=self.account_id,
            public_id=self.public_id,
            roles=self.roles if self.is_active else frozenset(),
            session_id=self.session_id,
        )


def hash_secret(secret: str) -> str:
    """SHA-256 of a secret of at least 128 random bits, as kept in the database (hex, 64 characters)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(uow: UnitOfWork, account_id: int) -> str:
    """Open a session of `account_id` and return the secret for the cookie: the only time that it is known."""
    secret = secrets.token_urlsafe(32)
    uow.session.add(
        WebSession(token_hash=hash_secret(secret), account_id=account_id, created_at=uow.now, seen_at=uow.now)
    )
    uow.session.flush()
    return secret


_HELD = (
    select(func.aggregate_strings(RoleGrant.role, ","))
    .where(RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None))
    .correlate(Account)
    .scalar_subquery()
)
_ASKED = (
    select(
        WebSession.id.label("session_id"), WebSession.created_at, WebSession.seen_at,
        Account.id, Account.public_id, Account.pseudonym, Account.token_symbol, Account.token_colour,
        Account.status, Account.read_only_until, _HELD.label("roles"),
    )
    .join(Account, Account.id == WebSession.account_id)
    .where(WebSession.ended_at.is_(None))
)  # fmt: skip


class Asking:
    """One statement that says who a session signs in, and `figures` about that account with it.

    Asked on every request and every socket event: made once, by whoever asks. A figure is a subquery on Account.id.
    """

    def __init__(self, **figures: ScalarSelect[int]) -> None:
        asked = _ASKED.add_columns(*(figure.label(name) for name, figure in figures.items()))
        self._by_secret = asked.where(WebSession.token_hash == bindparam("which"))
        self._by_id = asked.where(WebSession.id == bindparam("which"))

    def by_secret(self, uow: UnitOfWork, secret: str) -> tuple[SignedIn, Row[Any]] | None:
        """Whom `secret` signs in now, and the row with the figures.

        None when the session is unknown, ended, expired, or its person may not sign in.
        """
        return self._ask(uow, self._by_secret, hash_secret(secret))

    def by_id(self, uow: UnitOfWork, session_id: int) -> tuple[SignedIn, Row[Any]] | None:
        """The same for a known session row."""
        return self._ask(uow, self._by_id, session_id)

    def _ask(self, uow: UnitOfWork, asked: Executable, which: str | int) -> tuple[SignedIn, Row[Any]] | None:
        row = uow.rows(asked, {"which": which}).one_or_none()
        person = _signed_in(row, uow.now) if row is not None else None
        return (person, row) if person is not None and row is not None else None


_PLAINLY = Asking()


def signed_in_by(uow: UnitOfWork, secret: str) -> SignedIn | None:
    """Who `secret` signs in now, or None when the session is unknown, ended, expired, or its person may not sign in."""
    found = _PLAINLY.by_secret(uow, secret)
    return found[0] if found is not None else None


def signed_in_as(uow: UnitOfWork, session_id: int) -> SignedIn | None:
    """The same for a known session row; sockets ask this on every event."""
    found = _PLAINLY.by_id(uow, session_id)
    return found[0] if found is not None else None


def _signed_in(row: Row[Any], now: datetime) -> SignedIn | None:
    roles = frozenset(Role(role) for role in (row.roles or "").split(",") if role)
    idle = STAFF_IDLE if roles & STAFF else IDLE
    if row.status not in MAY_SIGN_IN or now - row.seen_at > idle or now - row.created_at > ABSOLUTE:
        return None
    return SignedIn(
        row.session_id, row.id, row.public_id, row.pseudonym, row.token_symbol, row.token_colour, row.status,
        roles, row.seen_at, abs(now - row.seen_at) > TOUCH_AFTER, row.read_only_until,
    )  # fmt: skip


def unexpired(now: datetime) -> ColumnElement[bool]:
    """Which rows of WebSession still sign their person in at `now`, as far as the session itself goes.

    The same limits as `_signed_in`, for many rows at once; the account's status is asked separately.
    """
    staff = (
        select(RoleGrant.id)
        .where(
            RoleGrant.account_id == WebSession.account_id,
            RoleGrant.ended_at.is_(None),
            RoleGrant.role.in_([role.value for role in STAFF]),
        )
        .exists()
    )
    return and_(
        WebSession.ended_at.is_(None),
        WebSession.created_at >= now - ABSOLUTE,
        WebSession.seen_at >= now - IDLE,
        or_(~staff, WebSession.seen_at >= now - STAFF_IDLE),
    )


def prune_sessions(uow: UnitOfWork) -> int:
    """Take out sessions that ended or expired a week ago; returns how many. A job calls this."""
    past = uow.now - KEPT_AFTER_END
    over = or_(
        WebSession.ended_at < past, WebSession.seen_at < past - IDLE, WebSession.created_at < past - ABSOLUTE
    )
    return prune(uow, WebSession.id, over)


def touch_sessions(uow: UnitOfWork, seen: dict[int, datetime]) -> None:
    """Move `seen_at` of live sessions forward: {session id: when it was last seen}.

    Never backwards, unless it stands so far ahead that the clock must have been set back since.
    """
    if not seen:
        return
    ids = list(seen)
    at = case(seen, value=WebSession.id)
    uow.session.execute(
        update(WebSession)
        .where(
            WebSession.id.in_(ids),
            WebSession.ended_at.is_(None),
            or_(WebSession.seen_at < at, WebSession.seen_at > max(seen.values()) + SET_BACK),
        )
        .values(seen_at=at),
        execution_options={"synchronize_session": False},
    )


def end_session(uow: UnitOfWork, account_id: int, session_id: int, reason: str) -> None:
    """End one session of `account_id`; ending it twice is fine.

    Raises NotFound when it is not theirs.
    """
    row = uow.session.get(WebSession, session_id)
    if row is None or row.account_id != account_id:
        raise NotFound("not_found")
    if row.ended_at is None:
        row.ended_at, row.end_reason = uow.now, reason
        uow.emit(SessionsEnded(account_id=account_id, session_id=session_id, reason=reason))


def end_all_sessions(uow: UnitOfWork, account_id: int, reason: str, *, but: int | None = None) -> None:
    """End every session of a person, except the row `but` when given. Their sockets close after the commit."""
    live = select(WebSession).where(WebSession.account_id == account_id, WebSession.ended_at.is_(None))
    ended = [row for row in uow.session.scalars(live) if row.id != but]
    for row in ended:
        row.ended_at, row.end_reason = uow.now, reason
    if but is None:
        uow.emit(SessionsEnded(account_id=account_id, session_id=None, reason=reason))
    else:
        for row in ended:
            uow.emit(SessionsEnded(account_id=account_id, session_id=row.id, reason=reason))
