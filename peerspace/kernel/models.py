"""Tables the kernel itself needs: the installation's stamp, audit, lease, control, web processes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from peerspace.kernel.db import Base, BigId, UtcTime

CLOCKS_APART = timedelta(seconds=10)
"""How far the clocks of two machines may be apart without anybody noticing."""


class Installation(Base):
    """One row (id 1). `invented_at` is set for ever once demo or bench wrote here; production then refuses to start."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    invented_at: Mapped[datetime | None] = mapped_column(UtcTime)


class AuditEntry(Base):
    """One link of the audit chain: ids and enumerations, never words. `mac` covers the entry and the link before."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigId)
    account_id: Mapped[int | None] = mapped_column(BigId)
    """Who acted; deliberately no foreign key: the chain outlives an erased account."""
    origin: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    concerns_id: Mapped[int | None] = mapped_column(BigId, index=True)
    """The member this look or act was about: they can see it (invariant 8)."""
    detail: Mapped[dict[str, str | int]] = mapped_column(JSON)
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """One row (id 1): the last link, updated with every append, so that appends queue up behind its lock."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigId)
    mac: Mapped[str] = mapped_column(String(64))


class JobLease(Base):
    """Who may run background work now: one holder a name (empty: given back), until `expires_at` unless renewed."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    renewed_at: Mapped[datetime] = mapped_column(UtcTime)
    late: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Jobs that have not run for much longer than they should, by the holder's monotonic clock."""

    def stands(self, now: datetime) -> bool:
        """Whether somebody holds it. One renewed in the future is from before the clock was set back."""
        return bool(self.holder) and self.expires_at > now and self.renewed_at <= now + CLOCKS_APART


class JobRun(Base):
    """One run of one background job: when, how it ended. `error` is an error's class name, never a text."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(48), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(String(64), default="")


class ControlMessage(Base):
    """How another process (command line, worker, second web process) reaches this one's sockets.

    Every web process reads what is newer than its own cursor. `kind` names an event class, `body` its ids.
    """

    __tablename__ = "control_message"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    process: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, str | int | None]] = mapped_column(JSON)


class WebProcess(Base):
    """A running web process, renewing `seen_at`. Presence of a process that others gave up no longer counts.

    Who lives is decided by the others, each by its own monotonic clock (realtime.heartbeats), and written down as
    `lost_at`. Readers compare no times: a clock that is set back or forward makes nobody look dead or alive.
    """

    __tablename__ = "web_process"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    lost_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """Since when it is taken for gone; empty again once it is heard of."""


class ConnectedSocket(Base):
    """One connected socket: whose it is, by which session, in which process."""

    __tablename__ = "connected_socket"

    sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    process_id: Mapped[str] = mapped_column(ForeignKey("web_process.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(BigId)
    session_id: Mapped[int] = mapped_column(BigId)
    connected_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_connected_socket_account", "account_id"),
        Index("ix_connected_socket_session", "session_id"),
    )
