"""Making notices and marking them read. A notice is the platform speaking: it has no author (invariant 1)."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, insert, select, update

from peerspace.accounts.queries import blocked_by
from peerspace.kernel.errors import NotFound
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.notifications.events import NoticeMade
from peerspace.notifications.models import Notice

KINDS = (
    "post_answered",
    "decision_about_you",
    "report_decided",
    "report_heard",
    "safety_written",
    "safety_replied",
    "worry_ended",
    "worry_grew",
    "worry_in_room",
    "membership_admitted",
    "membership_asked",
    "membership_declined",
    "sign_in_link_asked",
    "sign_in_link_waits",
    "role_taken",
)


def tell(
    uow: UnitOfWork,
    account_id: int,
    kind: str,
    *,
    ref_kind: str = "",
    ref_id: str = "",
    about: int | None = None,
    **values: str | int,
) -> None:
    """Put a notice in a member's inbox, unless it tells of somebody they blocked (invariant 9).

    `values` holds ids and enumerations for its sentence, never words.
    """
    if about is not None and about in blocked_by(uow, account_id):
        return
    row = {
        "public_id": new_public_id(),
        "account_id": account_id,
        "kind": kind,
        "ref_kind": ref_kind,
        "ref_id": ref_id,
        "about_id": about,
        "values": values,
        "at": uow.now,
        "read_at": None,
    }
    uow.emit(NoticeMade(notice_id=uow.rows(_INSERT, row).scalar_one(), account_id=account_id))


# For nearly every reply: built once.
_TABLE = cast(Table, Notice.__table__)
_INSERT = insert(_TABLE).returning(_TABLE.c.id)


def tell_again(
    uow: UnitOfWork, account_id: int, kind: str, *, ref_kind: str = "", ref_id: str = "", **values: str | int
) -> None:
    """Tell of something that may go on: as `tell`, but one that waits unread is told anew instead of a second one.

    It moves to the top of the inbox and to the person's open pages; the inbox does not fill up with the same.
    """
    waits = uow.session.scalars(
        select(Notice).where(
            Notice.account_id == account_id,
            Notice.kind == kind,
            Notice.ref_id == ref_id,
            Notice.read_at.is_(None),
        )
    )
    same = next((notice for notice in waits if notice.values == values), None)
    if same is None:
        tell(uow, account_id, kind, ref_kind=ref_kind, ref_id=ref_id, about=None, **values)
        return
    same.at = uow.now
    uow.session.flush()
    uow.emit(NoticeMade(notice_id=same.id, account_id=account_id))


def mark_read(uow: UnitOfWork, public_id: str) -> Notice:
    """Mark one of the member's own notices read. Raises NotFound for anyone else's."""
    me = uow.actor.require_account()
    notice = uow.session.scalar(select(Notice).where(Notice.public_id == public_id, Notice.account_id == me))
    if notice is None:
        raise NotFound("not_found")
    notice.read_at = notice.read_at or uow.now
    return notice


def mark_all_read(uow: UnitOfWork) -> None:
    """Mark everything in the member's inbox read."""
    me = uow.actor.require_account()
    uow.session.execute(
        update(Notice).where(Notice.account_id == me, Notice.read_at.is_(None)).values(read_at=uow.now)
    )
