"""Writing anew that a socket is in rooms, where another process swept its rows."""

from __future__ import annotations

from collections.abc import Iterable

from peerspace.chat.models import RoomPresence
from peerspace.kernel.uow import UnitOfWork


def stand_again(uow: UnitOfWork, sid: str, account_id: int, room_ids: Iterable[int]) -> None:
    """The socket `sid` is in these rooms, as it was: nobody joined, so nothing is told."""
    for room_id in room_ids:
        uow.session.add(RoomPresence(sid=sid, room_id=room_id, account_id=account_id, at=uow.now))
    uow.session.flush()
