"""Going on and off duty. Duty takes the room's row, so that no message slips in after the last person left.

Who is on duty *holds* it: present (a stretch that has not ended) or away (the stretch ended and `resumes`). What a
lost connection does to it is in chat.duty_presence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select

from peerspace.accounts.models import Account, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.chat.access import require_unrestricted
from peerspace.chat.actions import ChatAction
from peerspace.chat.events import DutyChanged, RoomStateChanged
from peerspace.chat.models import Duty, Room
from peerspace.chat.rooms import locked_room
from peerspace.chat.sequence import state_of
from peerspace.kernel.actor import INVENTED, Role
from peerspace.kernel.errors import Invalid, RoomClosed
from peerspace.kernel.uow import UnitOfWork

LONGEST = timedelta(hours=12)
"""How far ahead an end may be announced, and how long duty without an announced end can last, pauses or not."""
OVERDUE = timedelta(minutes=30)
"""How long after its announced end duty is ended by the installation."""
HELD = or_(Duty.to_at.is_(None), Duty.resumes)
"""Rows of Duty that somebody holds now, present or away: at most one for each person and place."""
AWAY = "away"
"""Why a stretch ended that resumes when its person is back."""


def go_on_duty(uow: UnitOfWork, room_id: int | None, *, until: datetime | None = None) -> Duty:
    """The acting peer worker or supervisor goes on duty in a room, or at the desk (None; supervisors only).

    `until` is when they mean to stop, shown to members; being on duty already moves it, and ends a pause. Raises
    NotAllowed without the role, for an account that is not active or is restricted; Invalid (`until`) for a time that
    has passed or is more than 12 hours off; RoomClosed for an archived or closed room.
    """
    account_id = _require_keeper(uow, room_id)
    if until is not None and until <= uow.now:
        raise Invalid(fields={"until": "duty_until_past"})
    if until is not None and until > uow.now + LONGEST:
        raise Invalid(fields={"until": "duty_until_far"})
    room = locked_room(uow, room_id) if room_id is not None else None
    if room is not None and state_of(room) in ("closed", "archived"):
        raise RoomClosed(f"room_{state_of(room)}")
    standing = held_duty(uow, account_id, room_id)
    if standing is not None and standing.to_at is None:
        standing.seen_at = uow.now
        if until is not None and until != standing.until_at:
            standing.until_at = until
            uow.emit(DutyChanged(account_id=account_id, room_id=room_id, on=True))
        return standing
    if standing is not None:
        forget_pause(uow, standing, room)
    duty = begin_stretch(uow, room, account_id, until=until, began_at=uow.now)
    uow.audit(ChatAction.DUTY_ON, "duty", duty.id, room=room_id or 0)
    return duty


def go_off_duty(uow: UnitOfWork, room_id: int | None) -> None:
    """The acting person goes off duty; not being on duty is fine. The last one leaves the room read-only."""
    account_id = uow.actor.require_account()
    _end(uow, account_id, room_id, "left")


def end_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> int:
    """End all duty of a person who can no longer keep it: signed out everywhere, restricted, suspended, role ended.

    `reason`: up to 24 characters, an enumeration. Returns how many places were concerned.
    """
    held = select(Duty.room_id).where(Duty.account_id == account_id, HELD).order_by(Duty.room_id)
    rooms = list(uow.session.scalars(held))
    for room_id in rooms:
        _end(uow, account_id, room_id, reason)
    return len(rooms)


def end_desk_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> None:
    """End the desk duty of a person who keeps rooms still but is no supervisor any more. `reason` as above."""
    _end(uow, account_id, None, reason)


def end_overdue_duty(uow: UnitOfWork) -> int:
    """End duty that nobody can be keeping any more, paused or not. For background work; returns how many.

    That is: half an hour past its announced end, without one and older than LONGEST, of a person whose sessions have
    all ended or expired, or of somebody who is not active or is restricted. A session that expires raises no event, so
    it is looked for here.
    """
    signed_in = (
        select(WebSession.id).where(WebSession.account_id == Duty.account_id, unexpired(uow.now)).exists()
    )
    restricted = (
        select(Account.id)
        .where(
            Account.id == Duty.account_id,
            or_(Account.status != "active", Account.read_only_until > uow.now),
        )
        .exists()
    )
    overdue = _overdue(uow.now)
    why = case((overdue, "overdue"), (restricted, "restricted"), else_="signed_out")
    found = uow.session.execute(
        select(Duty.account_id, Duty.room_id, why)
        .where(HELD, or_(overdue, restricted, ~signed_in))
        .order_by(Duty.room_id, Duty.account_id)
    ).all()
    for account_id, room_id, reason in found:
        _end(uow, account_id, room_id, reason)
    return len(found)


def _overdue(now: datetime) -> ColumnElement[bool]:
    return or_(Duty.until_at < now - OVERDUE, and_(Duty.until_at.is_(None), Duty.began_at < now - LONGEST))


def held_duty(uow: UnitOfWork, account_id: int, room_id: int | None) -> Duty | None:
    """The duty that a person holds in a place, present or away. Call it with the room's row held."""
    where = Duty.room_id.is_(None) if room_id is None else Duty.room_id == room_id
    return uow.session.scalar(
        select(Duty).where(Duty.account_id == account_id, where, HELD),
        execution_options={"populate_existing": True},
    )


def begin_stretch(
    uow: UnitOfWork,
    room: Room | None,
    account_id: int,
    *,
    until: datetime | None,
    began_at: datetime,
    invented: bool | None = None,
) -> Duty:
    """A person is there from now on. `room`: its row held, None for the desk."""
    duty = Duty(
        room_id=room.id if room is not None else None,
        account_id=account_id,
        from_at=uow.now,
        until_at=until,
        began_at=began_at,
        seen_at=uow.now,
        invented=uow.actor.origin in INVENTED if invented is None else invented,
    )
    uow.session.add(duty)
    before = state_of(room) if room is not None else ""
    if room is not None:
        room.on_duty += 1
    uow.session.flush()
    _tell(uow, duty, room, before, on=True)
    return duty


def end_stretch(
    uow: UnitOfWork, duty: Duty, room: Room | None, reason: str, *, at: datetime, resumes: bool = False
) -> None:
    """A person is no longer there: off duty, or away (`resumes`). `room`: its row held, None for the desk."""
    duty.to_at, duty.end_reason, duty.resumes = max(at, duty.from_at), reason, resumes
    before = state_of(room) if room is not None else ""
    if room is not None:
        room.on_duty -= 1
        room.away += 1 if resumes else 0
    uow.session.flush()
    _tell(uow, duty, room, before, on=False)


def forget_pause(uow: UnitOfWork, duty: Duty, room: Room | None) -> None:
    """A pause is over: its person is back, or will not be. `room`: its row held, None for the desk."""
    duty.resumes = False
    if room is not None:
        room.away -= 1
    uow.session.flush()


def _end(uow: UnitOfWork, account_id: int, room_id: int | None, reason: str) -> None:
    room = locked_room(uow, room_id) if room_id is not None else None
    duty = held_duty(uow, account_id, room_id)
    if duty is None:
        return
    if duty.to_at is None:
        end_stretch(uow, duty, room, reason, at=uow.now)
    else:
        before = state_of(room) if room is not None else ""
        forget_pause(uow, duty, room)
        duty.end_reason = reason
        _tell(uow, duty, room, before, on=False)
    uow.audit(ChatAction.DUTY_OFF, "duty", duty.id, room=room_id or 0)


def _tell(uow: UnitOfWork, duty: Duty, room: Room | None, before: str, *, on: bool) -> None:
    uow.emit(DutyChanged(account_id=duty.account_id, room_id=duty.room_id, on=on))
    if room is not None and state_of(room) != before:
        uow.emit(RoomStateChanged(room_id=room.id, state=state_of(room)))


def _require_keeper(uow: UnitOfWork, room_id: int | None) -> int:
    wanted = (Role.SUPERVISOR,) if room_id is None else (Role.PEER_WORKER, Role.SUPERVISOR)
    account_id = uow.actor.require(*wanted)
    require_unrestricted(uow, account_id)
    return account_id
