"""Going on and off duty. Duty takes the stream's row, so that nothing slips in after the last person left.

Who is on duty *holds* it: present (a stretch that has not ended) or away (the stretch ended and `resumes`). What a
lost connection does to it is in duty.presence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.sessions import unexpired
from peerspace.accounts.status import AccountStatus
from peerspace.duty.actions import DutyAction
from peerspace.duty.events import DutyChanged
from peerspace.duty.models import Duty
from peerspace.kernel.actor import INVENTED, Role
from peerspace.kernel.errors import Invalid
from peerspace.kernel.locks import DESK_DUTY, take_turn
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_unrestricted
from peerspace.streams.closing import ClosedBy
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Stream
from peerspace.streams.taking import set_closed, stream_for_update

LONGEST = timedelta(hours=12)
"""How far ahead an end may be announced, and how long duty without an announced end can last, pauses or not."""
OVERDUE = timedelta(minutes=30)
"""How long after its announced end duty is ended by the installation."""
HELD = or_(Duty.to_at.is_(None), Duty.resumes)
"""Rows of Duty that somebody holds now, present or away: at most one for each person and place."""
ENDED = ClosedBy.CLOSED | ClosedBy.ARCHIVED
"""Nobody goes on duty in a stream that was closed."""
AWAY = "away"
"""Why a stretch ended that resumes when its person is back."""


def go_on_duty(uow: UnitOfWork, stream_id: int | None, *, until: datetime | None = None) -> Duty:
    """The acting peer worker or supervisor goes on duty in a stream, or at the desk (None; supervisors only).

    `until` is when they mean to stop, shown to members; being on duty already moves it, and ends a pause. Raises
    NotAllowed without the role, for an account that is not active or is restricted; Invalid (`until`) for a time that
    has passed or is more than 12 hours off; RoomClosed for an archived or closed stream.
    """
    account_id = _require_keeper(uow, stream_id)
    if until is not None and until <= uow.now:
        raise Invalid(fields={"until": "duty_until_past"})
    if until is not None and until > uow.now + LONGEST:
        raise Invalid(fields={"until": "duty_until_far"})
    stream = place_for_update(uow, stream_id)
    if stream is not None and stream.closed_by & ENDED:
        raise kind_named(uow, stream.kind).refusal(stream)
    standing = duty_of(uow, account_id, stream_id)
    if standing is not None and standing.to_at is None:
        standing.seen_at = uow.now
        if until is not None and until != standing.until_at:
            standing.until_at = until
            uow.emit(DutyChanged(account_id=account_id, stream_id=stream_id, on=True))
        return standing
    if standing is not None:
        forget_pause(uow, standing)
    duty = begin_stretch(uow, stream, account_id, until=until, began_at=uow.now)
    uow.audit(DutyAction.DUTY_ON, "duty", duty.id, stream=stream_id or 0)
    return duty


def go_off_duty(uow: UnitOfWork, stream_id: int | None) -> None:
    """The acting person goes off duty; not being on duty is fine. The last one leaves the room read-only."""
    account_id = uow.actor.require_account()
    _end(uow, account_id, stream_id, "left")


def end_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> int:
    """End all duty of a person who can no longer keep it: signed out everywhere, restricted, suspended, role ended.

    `reason`: up to 24 characters, an enumeration. Returns how many places were concerned.
    """
    held = select(Duty.stream_id).where(Duty.account_id == account_id, HELD)
    places = sorted(uow.session.scalars(held), key=_in_order)
    for stream_id in places:
        _end(uow, account_id, stream_id, reason)
    return len(places)


def end_desk_duty_of(uow: UnitOfWork, account_id: int, reason: str) -> None:
    """End the desk duty of a person who keeps rooms still but is no supervisor any more. `reason` as above."""
    _end(uow, account_id, None, reason)


def end_overdue_duty(uow: UnitOfWork) -> int:
    """End duty that nobody can be keeping any more, paused or not. For background work; returns how many.

    That is: half an hour past its announced end, without one and older than LONGEST, of a person whose sessions have
    all ended or expired, or of somebody who is not active, is restricted, or has not the role any more. A session that
    expires raises no event, so
    it is looked for here.
    """
    signed_in = (
        select(WebSession.id).where(WebSession.account_id == Duty.account_id, unexpired(uow.now)).exists()
    )
    restricted = (
        select(Account.id)
        .where(
            Account.id == Duty.account_id,
            or_(Account.status != AccountStatus.ACTIVE, Account.read_only_until > uow.now),
        )
        .exists()
    )
    overdue = _overdue(uow.now)
    why = case((overdue, "overdue"), (restricted, "restricted"), (~_keeps(), "role"), else_="signed_out")
    found = uow.session.execute(
        select(Duty.account_id, Duty.stream_id, why).where(
            HELD, or_(overdue, restricted, ~_keeps(), ~signed_in)
        )
    ).all()
    for account_id, stream_id, reason in sorted(found, key=lambda row: (_in_order(row[1]), row[0])):
        _end(uow, account_id, stream_id, reason)
    return len(found)


def place_for_update(uow: UnitOfWork, stream_id: int | None) -> Stream | None:
    """Hold the place of duty until the act ends: a stream's row, or the desk's turn (None)."""
    if stream_id is None:
        take_turn(uow.session, DESK_DUTY)
        return None
    return stream_for_update(uow, stream_id)


def _in_order(stream_id: int | None) -> int:
    """The desk first, then streams by their ids: in one order on both databases."""
    return stream_id or 0


def _keeps() -> ColumnElement[bool]:
    """Whether the person of a row of Duty has a role that keeps the place."""
    roles = case(
        (Duty.stream_id.is_(None), RoleGrant.role == Role.SUPERVISOR.value),
        else_=RoleGrant.role.in_((Role.SUPERVISOR.value, Role.PEER_WORKER.value)),
    )
    return (
        select(RoleGrant.id)
        .where(RoleGrant.account_id == Duty.account_id, RoleGrant.ended_at.is_(None), roles)
        .exists()
    )


def _overdue(now: datetime) -> ColumnElement[bool]:
    return or_(Duty.until_at < now - OVERDUE, and_(Duty.until_at.is_(None), Duty.began_at < now - LONGEST))


def duty_of(uow: UnitOfWork, account_id: int, stream_id: int | None) -> Duty | None:
    """The duty that a person holds in a place, present or away. Call it with the place held (`place_for_update`)."""
    where = Duty.stream_id.is_(None) if stream_id is None else Duty.stream_id == stream_id
    return uow.session.scalar(
        select(Duty).where(Duty.account_id == account_id, where, HELD),
        execution_options={"populate_existing": True},
    )


def begin_stretch(
    uow: UnitOfWork,
    stream: Stream | None,
    account_id: int,
    *,
    until: datetime | None,
    began_at: datetime,
    invented: bool | None = None,
) -> Duty:
    """A person is there from now on. `stream`: its row held, None for the desk."""
    duty = Duty(
        stream_id=stream.id if stream is not None else None,
        account_id=account_id,
        from_at=uow.now,
        until_at=until,
        began_at=began_at,
        seen_at=uow.now,
        invented=uow.actor.origin in INVENTED if invented is None else invented,
    )
    uow.session.add(duty)
    _tell(uow, duty, stream, on=True)
    return duty


def end_stretch(
    uow: UnitOfWork, duty: Duty, stream: Stream | None, reason: str, *, at: datetime, resumes: bool = False
) -> None:
    """A person is no longer there: off duty, or away (`resumes`). `stream`: its row held, None for the desk."""
    duty.to_at, duty.end_reason, duty.resumes = max(at, duty.from_at), reason, resumes
    _tell(uow, duty, stream, on=False)


def forget_pause(uow: UnitOfWork, duty: Duty) -> None:
    """A pause is over: its person is back, or will not be. Call it with the stream's row held."""
    duty.resumes = False
    uow.session.flush()


def desk_is_kept(uow: UnitOfWork) -> bool:
    """True while somebody is on duty at the desk."""
    at_desk = select(Duty.id).where(Duty.stream_id.is_(None), Duty.to_at.is_(None)).limit(1)
    return uow.session.scalar(at_desk) is not None


def on_duty_now(uow: UnitOfWork) -> dict[int, int]:
    """How many people are on duty in each stream, by its id."""
    counted = (
        select(Duty.stream_id, func.count())
        .where(Duty.stream_id.is_not(None), Duty.to_at.is_(None))
        .group_by(Duty.stream_id)
    )
    return {stream_id: count for stream_id, count in uow.session.execute(counted) if stream_id is not None}


def _end(uow: UnitOfWork, account_id: int, stream_id: int | None, reason: str) -> None:
    stream = place_for_update(uow, stream_id)
    duty = duty_of(uow, account_id, stream_id)
    if duty is None:
        return
    if duty.to_at is None:
        end_stretch(uow, duty, stream, reason, at=uow.now)
    else:
        forget_pause(uow, duty)
        duty.end_reason = reason
        _tell(uow, duty, stream, on=False)
    uow.audit(DutyAction.DUTY_OFF, "duty", duty.id, stream=stream_id or 0)


def _tell(uow: UnitOfWork, duty: Duty, stream: Stream | None, *, on: bool) -> None:
    """Tell of a stretch that began or ended, and open or close its stream to match who is left."""
    uow.session.flush()
    uow.emit(DutyChanged(account_id=duty.account_id, stream_id=duty.stream_id, on=on))
    if stream is None:
        return
    present, away = _staffing(uow, stream.id)
    left = ClosedBy(0) if present else ClosedBy.NO_DUTY | (ClosedBy.AWAY if away else ClosedBy(0))
    set_closed(uow, stream, on=left, off=(ClosedBy.NO_DUTY | ClosedBy.AWAY) & ~left)


def _staffing(uow: UnitOfWork, stream_id: int) -> tuple[bool, bool]:
    """Whether somebody is on duty in a stream, and whether somebody's duty there is paused."""
    stretches = uow.session.scalars(
        select(Duty.to_at.is_(None)).where(Duty.stream_id == stream_id, HELD)
    ).all()
    return any(stretches), not all(stretches)


def _require_keeper(uow: UnitOfWork, stream_id: int | None) -> int:
    wanted = (Role.SUPERVISOR,) if stream_id is None else (Role.PEER_WORKER, Role.SUPERVISOR)
    account_id = uow.actor.require(*wanted)
    require_unrestricted(uow, account_id)
    return account_id
