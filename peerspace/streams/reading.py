"""How far somebody has read, what is new since, and what they follow: on every device the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from peerspace.accounts.models import Block
from peerspace.kernel.errors import BadRequest, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import require_reader
from peerspace.streams.kinds import kinds
from peerspace.streams.models import Contribution, Following, Level, ReadingPosition, State, Stream

UNREAD_MOST = 20
"""Counting stops here: "20+" says as much, and no count grows with a stream."""


def mark_read(uow: UnitOfWork, stream_id: int, seq: int) -> None:
    """The acting person has read a stream up to `seq`; never back, and never beyond what is there.

    Raises NotFound for a stream they may not read.
    """
    account_id = require_reader(uow)
    there = min(seq, _readable_stream(uow, stream_id).seq)
    row = {"account_id": account_id, "stream_id": stream_id, "seq": there, "at": uow.now}
    uow.session.execute(_MOVE_ON[uow.database.is_sqlite], row)


def read_up_to(uow: UnitOfWork, stream_ids: Collection[int]) -> dict[int, int]:
    """How far the acting person has read each of some streams; a stream they never opened is left out."""
    rows = uow.session.execute(
        select(ReadingPosition.stream_id, ReadingPosition.seq).where(
            ReadingPosition.account_id == uow.actor.require_account(),
            ReadingPosition.stream_id.in_(stream_ids),
        )
    )
    return {row.stream_id: row.seq for row in rows}


def unread(uow: UnitOfWork, stream_ids: Collection[int]) -> dict[int, int]:
    """How many contributions by others are new in each of some streams, up to UNREAD_MOST.

    Those by people the reader blocked do not count, and streams they may not read are left out.
    """
    account_id = require_reader(uow)
    blocked = select(Block.blocked_id).where(Block.blocker_id == account_id)
    read = read_up_to(uow, stream_ids)
    found: dict[int, int] = {}
    for stream_id in _readable_among(uow, stream_ids):
        new = (
            select(Contribution.id)
            .where(
                Contribution.stream_id == stream_id,
                Contribution.seq > read.get(stream_id, 0),
                Contribution.state == State.PUBLISHED,
                Contribution.author_id != account_id,
                Contribution.author_id.not_in(blocked),
            )
            .limit(UNREAD_MOST)
        )
        found[stream_id] = uow.session.scalar(select(func.count()).select_from(new.subquery())) or 0
    return found


def follow(uow: UnitOfWork, stream_id: int, level: object = Level.ALL) -> None:
    """The acting person follows a stream, or changes what of it they are told (Level).

    Raises NotFound for a stream they may not read, BadRequest("level_unknown").
    """
    account_id = require_reader(uow)
    if level not in tuple(Level):
        raise BadRequest("level_unknown")
    _readable_stream(uow, stream_id)
    row = {"account_id": account_id, "stream_id": stream_id, "level": str(level), "at": uow.now}
    uow.session.execute(_FOLLOW[uow.database.is_sqlite], row)


def followed(uow: UnitOfWork) -> dict[int, Level]:
    """What the acting person follows, and at which level; without streams they may not read any more."""
    rows = uow.session.execute(
        select(Following.stream_id, Following.level).where(Following.account_id == require_reader(uow))
    ).all()
    readable = set(_readable_among(uow, [stream_id for stream_id, _ in rows]))
    return {stream_id: Level(level) for stream_id, level in rows if stream_id in readable}


def _readable_among(uow: UnitOfWork, stream_ids: Collection[int]) -> list[int]:
    found: list[int] = []
    for kind in kinds(uow):
        mine = select(Stream.id).where(
            Stream.id.in_(stream_ids), Stream.kind == kind.name, Stream.id.in_(kind.readable(uow))
        )
        found.extend(uow.session.scalars(mine))
    return sorted(found)


def _readable_stream(uow: UnitOfWork, stream_id: int) -> Stream:
    if not _readable_among(uow, [stream_id]):
        raise NotFound("not_found")
    return uow.session.get_one(Stream, stream_id, populate_existing=True)


def _upsert(dialect: Any, table: type[Any], *moved: str, only_up: str = "") -> Any:
    """Insert a row, or change the columns `moved` of the one that is there; `only_up`: where that column rises."""
    inserting = dialect.insert(table)
    return inserting.on_conflict_do_update(
        index_elements=["account_id", "stream_id"],
        set_={name: inserting.excluded[name] for name in moved},
        where=inserting.excluded[only_up] > getattr(table, only_up) if only_up else None,
    )


_DIALECTS = ((True, sqlite), (False, postgresql))
_MOVE_ON = {
    is_sqlite: _upsert(one, ReadingPosition, "seq", "at", only_up="seq") for is_sqlite, one in _DIALECTS
}
_FOLLOW = {is_sqlite: _upsert(one, Following, "level", "at") for is_sqlite, one in _DIALECTS}
