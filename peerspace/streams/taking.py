"""Taking the next numbers of a stream: one guarded UPDATE of its row, which duty and closing take too (invariant 2)."""

from __future__ import annotations

from enum import Enum
from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.sql.dml import ReturningUpdate

from peerspace.kernel.errors import NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.closing import NOTHING, ClosedBy
from peerspace.streams.events import StreamStateChanged
from peerspace.streams.kinds import kind_named
from peerspace.streams.models import Stream, free_of

_ANYTHING = int(sum(ClosedBy))


class Take(Enum):
    """What is taken for an act: how far `seq` and `rev` move, and which reasons to be closed refuse it."""

    SEND = (1, 1, _ANYTHING)
    """A contribution that appears at once."""
    HOLD = (0, 0, _ANYTHING & ~ClosedBy.WAITING)
    """One that waits for a human: it gets its numbers when it is published. An opening waits with its stream."""
    EDIT = (0, 1, _ANYTHING & ~ClosedBy.WAITING)
    """New words for one that was sent. An opening that waits can be changed before anybody read it."""
    CHANGE = (0, 1, 0)
    """Removing, hiding, restoring: possible whether the stream is open or not."""
    PUBLISH = (1, 1, 0)
    """A supervisor publishes what waited: it was taken while the stream was open, and they are the human attending."""

    def __init__(self, seq: int, rev: int, refused_by: int) -> None:
        self.seq, self.rev, self.refused_by = seq, rev, int(refused_by)


def take(uow: UnitOfWork, stream_id: int, what: Take) -> tuple[int, int]:
    """The `(seq, rev)` of a stream for an act, its row held until the end. Raises the kind's refusal when it is closed.

    Call it through `UnitOfWork.last`: everybody who writes there waits for this row.
    """
    row = uow.rows(_TAKING[what], {"which": stream_id}).one_or_none()
    if row is not None:
        return row.seq, row.rev
    stream = stream_now(uow, stream_id)
    raise kind_named(uow, stream.kind).refusal(stream)


def refuse_closed(uow: UnitOfWork, stream: Stream, what: Take) -> None:
    """Raise what its kind tells where a stream takes nothing, before any work is done in vain."""
    if stream.closed_by & what.refused_by:
        raise kind_named(uow, stream.kind).refusal(stream)


def stream_now(uow: UnitOfWork, stream_id: int) -> Stream:
    """A stream as it stands now. Raises NotFound."""
    stream = uow.session.get(Stream, stream_id, populate_existing=True)
    if stream is None:
        raise NotFound("not_found")
    return stream


def set_closed(uow: UnitOfWork, stream: Stream, *, on: ClosedBy = NOTHING, off: ClosedBy = NOTHING) -> None:
    """Flip an owner's own bits of a stream whose row is held, and tell it where that changes its state."""
    before = stream.state_word
    stream.closed_by = int((stream.closed_by | on) & ~off)
    uow.session.flush()
    if stream.state_word != before:
        uow.emit(StreamStateChanged(stream.id, stream.kind, stream.state_word))


def stream_for_update(uow: UnitOfWork, stream_id: int) -> Stream:
    """A stream with its row held until the end of the transaction, as it stands now. Raises NotFound."""
    stream = hold(uow.session, Stream, stream_id)
    if stream is None:
        raise NotFound("not_found")
    return stream


def _taking(what: Take) -> ReturningUpdate[int, int]:
    """The statement, built once: `which` is the stream's id. The table's: no object of the session follows it."""
    taking = update(cast(Table, Stream.__table__)).where(Stream.id == bindparam("which"))
    if what.refused_by:
        taking = taking.where(free_of(what.refused_by))
    return taking.values(seq=Stream.seq + what.seq, rev=Stream.rev + what.rev).returning(
        Stream.seq, Stream.rev
    )


_TAKING = {what: _taking(what) for what in Take}
