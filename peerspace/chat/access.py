"""Loading rooms for somebody: what they may not know of is not there (NotFound)."""

from __future__ import annotations

from sqlalchemy import Select, bindparam, select

from peerspace.chat.models import Room
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader

LONGEST_SLUG = 48

# Asked for every message: built once.
_BY_SLUG = select(Room).where(Room.slug == bindparam("which"))


def room_by_slug(uow: UnitOfWork, slug: object) -> Room:
    """The room at an address, as it stands now.

    Raises NotFound when there is none. Archived rooms can still be read.
    """
    if not isinstance(slug, str) or not 0 < len(slug) <= LONGEST_SLUG or "\x00" in slug:
        raise NotFound("not_found")
    room = uow.session.scalar(_BY_SLUG, {"which": slug}, execution_options={"populate_existing": uow.writes})
    if room is None:
        raise NotFound("not_found")
    return room


def readable_rooms(uow: UnitOfWork) -> Select[int]:
    """The ids of the rooms that the acting person may read: all of them, for anybody in the community."""
    require_reader(uow)
    return select(Room.id)
