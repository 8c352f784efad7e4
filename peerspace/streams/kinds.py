"""Kinds of streams: what the owner of one says about it, so that everything else treats all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select

from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.models import Contribution, State, Stream


@dataclass(frozen=True, slots=True)
class Description:
    """Where a contribution stands, for people. `title`: what stands above it, its author's words too."""

    place: str
    """The name of the space or room."""
    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a contribution. `before` is the state it had; `by_staff`: by a supervisor's decision."""

    contribution: Contribution
    before: State
    by_staff: bool


def _nothing(_uow: UnitOfWork, _about: object) -> None:
    """Nothing else follows."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A contribution that is answered: its id, and who wrote it."""

    id: int
    author_id: int


def _no_opening(_uow: UnitOfWork, _stream_id: int) -> Answered | None:
    return None


@dataclass(frozen=True, slots=True)
class StreamKind:
    """One kind of stream. A feature names it in its manifest (`brings`)."""

    name: str
    """As `Stream.kind` and the captured places have it: thread, room."""
    contribution: str
    """What stands in it, as reports and the captured items call it: post, message."""
    modality: str
    """One of research.rows.CHANNELS."""
    written: str
    """The kind of captured row that one who writes there makes."""
    opened: str
    """The same for what opens a stream."""
    first_ones: str
    """The setting that says how many of a new member's first ones are seen by a human."""
    readable: Callable[[UnitOfWork], Select[int]]
    """The ids of the streams that the acting person may read. Everything that is read goes through this."""
    describe: Callable[[UnitOfWork, Collection[int]], Mapping[int, Description]]
    """Where each of some contributions (ids) stands. A fixed number of queries."""
    refusal: Callable[[Stream], PeerSpaceError]
    """What somebody is told who writes into a stream that takes nothing."""
    about: str
    """What one is called on the desk, in English, with `%(name)s`; `about_in` also with `%(place)s`."""
    about_in: str
    history_href: Callable[[str], str]
    """The address of the former versions of one (public id)."""
    gone: str
    """The key of the sentence for what is no longer there to be changed."""
    is_live: bool = False
    """Read along as it is written: sockets are told, and evidence keeps what stood before."""
    blocked_leave_a_stub: bool = True
    """What somebody blocked wrote keeps its place as a thin line, or is not there at all."""
    opening: Callable[[UnitOfWork, int], Answered | None] = field(default=_no_opening)
    """The contribution that opens a stream (id): what names nobody answers it."""
    placed: Callable[[UnitOfWork, Contribution], None] = field(default=_nothing)
    """What else follows once a contribution has its place. The stream's row is held."""
    changed: Callable[[UnitOfWork, Change], None] = field(default=_nothing)
    """What else follows when one is removed, hidden, restored or published after it waited."""
    lock: Callable[[UnitOfWork, int], None] | None = None
    """Closes the stream of a contribution (id) to answers, where a supervisor may decide that."""


def kind_named(uow: UnitOfWork, name: str) -> StreamKind:
    """The kind with this name. Raises KeyError for one that no feature brings."""
    for kind in kinds(uow):
        if kind.name == name:
            return kind
    raise KeyError(f"no feature brings the stream kind {name!r}")


def kinds(uow: UnitOfWork) -> tuple[StreamKind, ...]:
    """All kinds of streams."""
    return uow.database.catalogue.every(StreamKind)
