"""Duty follows presence: it pauses when its person has no live connection for a while, and comes back with them.

A live connection is a socket through a web process that lives: the pages of rooms, of duty and of the desk hold one.
At the desk a page that was opened counts as well, since the desk works without script. Invented hosts (demo, bench)
count as present. Every web process calls `changes_due` every other second and carries out what it names, so that no
process takes messages for a room without this being looked after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from peerspace.accounts.models import WebSession
from peerspace.community.settings import get_setting
from peerspace.duty.actions import DutyAction
from peerspace.duty.models import Duty
from peerspace.duty.service import (
    AWAY,
    ENDED,
    HELD,
    begin_stretch,
    duty_of,
    end_stretch,
    forget_pause,
    place_for_update,
)
from peerspace.kernel.models import ConnectedSocket, WebProcess
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import Stream, free_of

SEEN_EVERY = timedelta(seconds=20)
"""`seen_at` is not written more often than this while somebody is there."""
_MAY_RESUME = or_(Duty.stream_id.is_(None), free_of(ENDED))
"""Nobody is on duty in a stream that was closed. The desk is never closed."""


@dataclass(frozen=True, slots=True)
class DutyChange:
    """Duty of one person in one place that should pause (`back` False) or come back (`back` True)."""

    account_id: int
    stream_id: int | None
    back: bool


@dataclass(frozen=True, slots=True)
class ChangesDue:
    """What is to be written down. `seen`: ids of stretches whose person is there; `early`: those to be dated back.

    `early` are stretches of people who are gone, last seen later than now: the clock was set back meanwhile.
    """

    seen: tuple[int, ...]
    early: tuple[int, ...]
    changes: tuple[DutyChange, ...]


def changes_due(uow: UnitOfWork) -> ChangesDue:
    """Compare all duty that is held with who is connected now. Reads only; one query beside the setting."""
    pause = pause_after(uow)
    rows = uow.session.execute(
        select(Duty, _there(uow.now, pause), _MAY_RESUME)
        .outerjoin(Stream, Stream.id == Duty.stream_id)
        .where(HELD, ~Duty.invented)
    ).all()
    present = [(duty, there) for duty, there, _ in rows if duty.to_at is None]
    changes = [
        DutyChange(duty.account_id, duty.stream_id, back=bool(there))
        for duty, there, may_resume in rows
        if (there and may_resume if duty.to_at else not there and duty.seen_at <= uow.now - pause)
    ]
    return ChangesDue(
        seen=tuple(
            duty.id for duty, there in present if there and not uow.now - SEEN_EVERY < duty.seen_at <= uow.now
        ),
        early=tuple(duty.id for duty, there in present if not there and duty.seen_at > uow.now),
        changes=tuple(sorted(changes, key=lambda change: (change.stream_id or 0, change.account_id))),
    )


def note_seen(uow: UnitOfWork, duty_ids: Sequence[int]) -> None:
    """Write down that the people of these stretches are there now, or that they were so at most until now."""
    uow.session.execute(
        update(Duty).where(Duty.id.in_(duty_ids), Duty.to_at.is_(None)).values(seen_at=uow.now),
        execution_options={"synchronize_session": False},
    )


def carry_out(uow: UnitOfWork, change: DutyChange) -> bool:
    """Pause or resume duty if that is right still, with the room's row held. Returns whether anything changed.

    A paused stretch ends when its person was last known to be there, and the grace after it: until then the room was
    open. So an installation that was down meanwhile does not count that time as kept.
    """
    stream = place_for_update(uow, change.stream_id)
    duty = duty_of(uow, change.account_id, change.stream_id)
    if duty is None or duty.invented or (duty.to_at is not None) != change.back:
        return False
    there = uow.session.scalar(select(_there(uow.now, pause_after(uow))).where(Duty.id == duty.id))
    if bool(there) != change.back:
        return False
    if not change.back:
        if duty.seen_at > uow.now - pause_after(uow):
            return False
        at = min(uow.now, duty.seen_at + pause_after(uow))
        end_stretch(uow, duty, stream, AWAY, at=at, resumes=True)
        uow.audit(DutyAction.DUTY_PAUSED, "duty", duty.id, stream=change.stream_id or 0)
        return True
    if stream is not None and stream.closed_by & ENDED:
        return False
    forget_pause(uow, duty)
    resumed = begin_stretch(
        uow,
        stream,
        duty.account_id,
        until=duty.until_at,
        began_at=duty.began_at,
        invented=False,
    )
    uow.audit(DutyAction.DUTY_RESUMED, "duty", resumed.id, stream=change.stream_id or 0)
    return True


def pause_after(uow: UnitOfWork) -> timedelta:
    """How long somebody on duty may be without a connection before their duty pauses."""
    return timedelta(minutes=int(get_setting(uow, "duty_pause_minutes")))


def is_there(uow: UnitOfWork, account_id: int) -> bool:
    """True while a person is connected, or opened a page within the time after which duty pauses."""
    connected, opened = _signs_of(account_id, uow.now, pause_after(uow))
    return bool(uow.session.scalar(select(or_(connected, opened))))


def _there(now: datetime, recently: timedelta) -> ColumnElement[bool]:
    """Whether the person of a row of Duty is connected; at the desk also whether they opened a page `recently`."""
    connected, opened = _signs_of(Duty.account_id, now, recently)
    return or_(connected, and_(Duty.stream_id.is_(None), opened))


def _signs_of(
    account_id: int | InstrumentedAttribute[int], now: datetime, recently: timedelta
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a person is connected, and whether they opened a page `recently`."""
    connected = (
        select(ConnectedSocket.sid)
        .join(WebProcess, WebProcess.id == ConnectedSocket.process_id)
        .where(ConnectedSocket.account_id == account_id, WebProcess.lost_at.is_(None))
        .exists()
    )
    opened = (
        select(WebSession.id)
        .where(
            WebSession.account_id == account_id,
            WebSession.ended_at.is_(None),
            WebSession.seen_at > now - recently,
            WebSession.seen_at < now + recently,  # later ones are from before the clock was set back
        )
        .exists()
    )
    return connected, opened
