"""Accounts: who is here, in which roles, through which sessions, and whom they blocked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, String, Text, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.db import Base, BigId, UtcTime, one_of
from peerspace.kernel.inventory import personal

LINK_LIFE = timedelta(days=3)
"""How long a one-time link works, how long one waits for a second person, and how long an agreed one for being made."""
MAY_AGREE = (Role.ADMINISTRATOR, Role.SUPERVISOR)
"""Whoever holds one of these can agree to a one-time link, and stop one."""

GRANT_ROLES = ("member", "peer_worker", "supervisor", "researcher", "panel", "administrator")
TRAINING = ("trained", "untrained", "not_recorded")
PAY = ("paid", "volunteer", "not_recorded")


class Account(Base):
    """A person's account: a pseudonym, a token, a status. Nothing that names them."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    pseudonym: Mapped[str] = mapped_column(String(40), info=personal("how others know you", "account"))
    pseudonym_folded: Mapped[str] = mapped_column(
        String(80), unique=True, info=personal("one name, one person", "account")
    )
    pseudonym_capitals: Mapped[str] = mapped_column(
        String(80), unique=True, info=personal("one name, one person", "account")
    )
    """The name as `accounts.names` compares it: in small letters, and in capitals."""
    token_symbol: Mapped[str] = mapped_column(String(24), info=personal("your drawn symbol", "account"))
    token_colour: Mapped[str] = mapped_column(String(16), info=personal("your symbol's colour", "account"))
    passphrase_hash: Mapped[str] = mapped_column(
        String(256), default="", info=personal("signing in", "account")
    )
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    adult_confirmed_at: Mapped[datetime | None] = mapped_column(
        UtcTime, info=personal("adults only", "account")
    )
    rules_number: Mapped[int | None] = mapped_column(
        Integer, info=personal("which rules you agreed to", "account")
    )
    """The number of the rules version agreed to at joining (community.models.RulesVersion.number)."""
    own_words: Mapped[str] = mapped_column(
        Text, default="", info=personal("what brought you, for supervisors", "admission")
    )
    admitted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    admitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    established_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the first contributions had been seen by a human; until then they may be held."""
    status_changed_at: Mapped[datetime] = mapped_column(UtcTime)
    suspended_until: Mapped[datetime | None] = mapped_column(
        UtcTime, info=personal("an end to a suspension", "decisions")
    )
    read_only_until: Mapped[datetime | None] = mapped_column(
        UtcTime, info=personal("an end to a restriction", "decisions")
    )

    __table_args__ = (one_of("status", tuple(AccountStatus)), Index("ix_account_status", "status"))


class RoleGrant(Base):
    """A dated role, with training and pay, so that the role at the time of any event is known."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str] = mapped_column(String(16), info=personal("what you may do here", "account"))
    training: Mapped[str] = mapped_column(String(16), default="not_recorded")
    pay: Mapped[str] = mapped_column(String(16), default="not_recorded")
    granted_at: Mapped[datetime] = mapped_column(UtcTime)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        one_of("role", GRANT_ROLES),
        one_of("training", TRAINING),
        one_of("pay", PAY),
        Index(
            "uq_role_grant_live",
            "account_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class WebSession(Base):
    """A signed-in browser. The cookie holds the secret, the row its SHA-256; sockets are bound to the row."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, info=personal("your list of sessions", "sessions"))
    seen_at: Mapped[datetime] = mapped_column(UtcTime, info=personal("ending idle sessions", "sessions"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    end_reason: Mapped[str] = mapped_column(String(24), default="")


class SignInLink(Base):
    """A one-time link that sets a passphrase: the first administrator's, or one an administrator hands over."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class LinkRequest(Base):
    """An administrator's request for a one-time link, which a second person agrees to before it is made."""

    __tablename__ = "link_request"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(Text, info=personal("how staff knew that it was you", "account"))
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in_link.id"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When somebody said no, another request took its place, or the link was used."""

    def is_open(self, now: datetime) -> bool:
        """True while it can still be agreed to, made or refused."""
        return self.ended_at is None and self.expires_at > now

    @classmethod
    def all_open(cls, now: datetime) -> ColumnElement[bool]:
        """The same, asked of the rows."""
        return and_(cls.ended_at.is_(None), cls.expires_at > now)


class RecoveryCode(Base):
    """One hashed recovery code, shown once at joining."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), info=personal("getting back in", "account"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)


class AdmissionStep(Base):
    """One step on the way in: applied, asked, answered, admitted, declined; with what was said to the person."""

    __tablename__ = "admission_step"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text, default="", info=personal("the talk about joining", "admission"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (one_of("kind", ("applied", "asked", "answered", "admitted", "declined")),)


class Block(Base):
    """`blocker` no longer wants to meet `blocked`. Exists nowhere the blocked person can look (invariant 9)."""

    __tablename__ = "block"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    blocker_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=personal("your blocks", "account"))
    blocked_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("blocker_id", "blocked_id"),)


class SignInAttempt(Base):
    """Tries to sign in that were not right, so that guessing slows down: a count per name and place, per name, and per
    signed-in person.

    `name_hash` is the hash of whichever it counts; neither name nor place can be read from it.
    """

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
