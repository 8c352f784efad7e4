"""Web processes and their sockets as rows: written when they come and go, renewed while they live.

Who counts as lost is the others' judgement (realtime.heartbeats); here it is only written down.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update

from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.kernel.uow import UnitOfWork

_ALIVE = WebProcess.lost_at.is_(None)


class OtherProcess(NamedTuple):
    """Another web process. `lost_at`: since when it is taken for gone."""

    id: str
    seen_at: datetime
    lost_at: datetime | None


def open_process(uow: UnitOfWork, process_id: str) -> None:
    """A web process is there from now on."""
    uow.session.add(WebProcess(id=process_id, started_at=uow.now, seen_at=uow.now))
    uow.session.flush()


def give_up_silent(uow: UnitOfWork, process_id: str, silent_for: timedelta) -> None:
    """Take every other process for lost that was not seen for `silent_for`. One that lives takes it back."""
    uow.session.execute(
        update(WebProcess)
        .where(_ALIVE, WebProcess.seen_at < uow.now - silent_for, WebProcess.id != process_id)
        .values(lost_at=uow.now)
    )


def renew_process(uow: UnitOfWork, process_id: str) -> None:
    """The process lives: its row says so, and is written anew where others swept it."""
    alive = uow.session.execute(
        update(WebProcess)
        .where(WebProcess.id == process_id)
        .values(seen_at=uow.now, lost_at=None)
        .returning(WebProcess.id)
    ).first()
    if alive is None:
        open_process(uow, process_id)


def other_processes(uow: UnitOfWork, process_id: str) -> list[OtherProcess]:
    """All web processes but this one."""
    rows = uow.session.execute(
        select(WebProcess.id, WebProcess.seen_at, WebProcess.lost_at).where(WebProcess.id != process_id)
    )
    return [OtherProcess(*row) for row in rows]


def mark_lost(uow: UnitOfWork, process_id: str, seen_at: datetime) -> None:
    """Take a process for lost, unless it was seen again after `seen_at`."""
    uow.session.execute(
        update(WebProcess)
        .where(WebProcess.id == process_id, WebProcess.seen_at == seen_at)
        .values(lost_at=uow.now)
    )


def close_process(uow: UnitOfWork, process_id: str) -> None:
    """Take out a process and its sockets. Whoever was there through it has left the rooms before."""
    uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.process_id == process_id))
    uow.session.execute(delete(WebProcess).where(WebProcess.id == process_id))


def add_socket(uow: UnitOfWork, process_id: str, sid: str, *, account_id: int, session_id: int) -> None:
    """A socket connected to the process."""
    uow.session.add(
        ConnectedSocket(
            sid=sid,
            process_id=process_id,
            account_id=account_id,
            session_id=session_id,
            connected_at=uow.now,
        )
    )
    uow.session.flush()


def remove_socket(uow: UnitOfWork, sid: str) -> None:
    """A socket is gone."""
    uow.session.execute(delete(ConnectedSocket).where(ConnectedSocket.sid == sid))
