"""Going on and off duty. Duty takes the room's row, so that no message slips in after the last person left."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, or_, select

from peerspace.accounts.models import WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.chat.events import DutyChanged, RoomStateChanged
from peerspace.chat.models import Duty
from peerspace.chat.rooms import locked_room
from peerspace.chat.sequence import state_of
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Invalid, RoomClosed
from peerspace.kernel.uow import UnitOfWork

LONGEST = timedelta(hours=12)
"""How far ahead an end may be announced, and how long a stretch without an announced end can last."""
OVERDUE = timedelta(minutes=30)
"""How long after its announced end a stretch of duty is ended by the installation."""


def go_on_duty(uow: UnitOfWork, room_id: int | None, *, until: datetime | None = None) -> Duty:
    """The acting peer worker or supervisor goes on duty in a room, or at the desk (None; supervisors only).

    `until` is when they mean to stop, shown to members; being on duty already moves it. Raises NotAllowed without
    the role, Invalid (`until`) for a time that has passed or is more than 12 hours off, RoomClosed for an archived
    or closed room.
    """
    account_id = _require_keeper(uow, room_id)
    if until is not None and until <= uow.now:
        raise Invalid(fields={"until": "duty_until_past"})
    if until is not None and until > uow.now + LONGEST:
        raise Invalid(fields={"until": "duty_until_far"})
    room = locked_room(uow, room_id) if room_id is not None else None
    if room is not None and state_of(room) in ("closed", "archived"):
        raise RoomClosed(f"room_{state_of(room)}")
    standing = _live(uow, account_id, room_id)
    if standing is not None:
        if until is not None and until != standing.until_at:
            standing.until_at = until
            uow.emit(DutyChanged(account_id=account_id, room_id=room_id, on=True))
        return standing
    duty = Duty(room_id=room_id, account_id=account_id, from_at=uow.now, until_at=until)
    uow.session.add(duty)
    if room is not None:
        room.on_duty += 1
    uow.session.flush()
    uow.audit("duty_on", "duty", duty.id, room=room_id or 0)
    uow.emit(DutyChanged(account_id=account_id, room_id=room_id, on=True))
    if room is not None and room.on_duty == 1:
        uow.emit(RoomStateChanged(room_id=room.id, state=state_of(room)))
    return duty


def go_off_duty(uow: UnitOfWork, room_id: int | None) -> None:
    """The acting person goes off duty; not being on duty is fine. The last one leaves the room read-only."""
    account_id = uow.actor.require_account()
    _end(uow, account_id, room_id, "left")


def end_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> int:
    """End every stretch of duty of a person who can no longer keep it: signed out everywhere, suspended, role ended.

    `reason`: up to 24 characters, an enumeration. Returns how many were ended.
    """
    rooms = list(
        uow.session.scalars(
            select(Duty.room_id)
            .where(Duty.account_id == account_id, Duty.to_at.is_(None))
            .order_by(Duty.room_id)
        )
    )
    for room_id in rooms:
        _end(uow, account_id, room_id, reason)
    return len(rooms)


def end_desk_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> None:
    """End the desk duty of a person who keeps rooms still but is no supervisor any more. `reason` as above."""
    _end(uow, account_id, None, reason)


def end_overdue_duty(uow: UnitOfWork) -> int:
    """End stretches that nobody can be keeping any more. For background work; returns how many.

    Those are: half an hour past their announced end, without one and older than LONGEST, or of a person whose
    sessions have all ended or expired. A session that expires raises no event, so it is looked for here.
    """
    signed_in = (
        select(WebSession.id).where(WebSession.account_id == Duty.account_id, unexpired(uow.now)).exists()
    )
    overdue = or_(
        Duty.until_at < uow.now - OVERDUE, Duty.until_at.is_(None) & (Duty.from_at < uow.now - LONGEST)
    )
    why = case((overdue, "overdue"), else_="signed_out")
    found = uow.session.execute(
        select(Duty.account_id, Duty.room_id, why)
        .where(Duty.to_at.is_(None), or_(overdue, ~signed_in))
        .order_by(Duty.room_id)
    ).all()
    for account_id, room_id, reason in found:
        _end(uow, account_id, room_id, reason)
    return len(found)


def _end(uow: UnitOfWork, account_id: int, room_id: int | None, reason: str) -> None:
    room = locked_room(uow, room_id) if room_id is not None else None
    duty = _live(uow, account_id, room_id)
    if duty is None:
        return
    duty.to_at, duty.end_reason = uow.now, reason
    was = state_of(room) if room is not None else ""
    if room is not None:
        room.on_duty -= 1
    uow.session.flush()
    uow.audit("duty_off", "duty", duty.id, room=room_id or 0)
    uow.emit(DutyChanged(account_id=account_id, room_id=room_id, on=False))
    if room is not None and state_of(room) != was:
        uow.emit(RoomStateChanged(room_id=room.id, state=state_of(room)))


def _live(uow: UnitOfWork, account_id: int, room_id: int | None) -> Duty | None:
    where = Duty.room_id.is_(None) if room_id is None else Duty.room_id == room_id
    return uow.session.scalar(
        select(Duty).where(Duty.account_id == account_id, where, Duty.to_at.is_(None)),
        execution_options={"populate_existing": True},
    )


def _require_keeper(uow: UnitOfWork, room_id: int | None) -> int:
    if room_id is None:
        return uow.actor.require(Role.SUPERVISOR)
    return uow.actor.require(Role.PEER_WORKER, Role.SUPERVISOR)
