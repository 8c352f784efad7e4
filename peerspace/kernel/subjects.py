"""What reports and items on the desk can be about. A feature names each kind of subject in its manifest (`brings`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peerspace.kernel.errors import Conflict
from peerspace.kernel.uow import UnitOfWork

SEEN_BY_MEMBERS = ("published", "held", "hidden", "removed")
"""States of what had its place: an edit that waits does not take away the words somebody read."""


@dataclass(frozen=True, slots=True)
class Target:
    """One subject as it stands now. `member_id`: its author, or the member themselves.

    `where` names the place for people; `body` is what stood there when members could last read it, for the desk: who
    reports may read it again only while it `is_readable`. `had_place` is False for what never appeared to others.
    """

    kind: str
    id: int
    public_id: str
    member_id: int
    version: int
    body: str
    state: str
    where: str
    place_url: str
    had_place: bool = True
    title: str = ""
    """What stands above an opening post: a title can hurt as much as what follows it. A content note, read before the
    words are opened, is part of `body` too."""

    history_url: str = ""
    """Where its former versions are, of what has some."""

    @property
    def is_readable(self) -> bool:
        return self.state == "published"

    @property
    def could_be_seen(self) -> bool:
        """Whether members could ever see it."""
        return self.had_place and self.state in SEEN_BY_MEMBERS

    @property
    def open_key(self) -> str:
        return f"{self.kind}:{self.id}"


def _cannot(_uow: UnitOfWork, _row_id: int) -> None:
    raise Conflict("not_held")


def _no_earlier(_uow: UnitOfWork, _target: Target, _since: datetime) -> Sequence[Target]:
    return ()


def _no_context(_uow: UnitOfWork, _target: Target) -> list[dict[str, Any]]:
    return []


def _nowhere(_uow: UnitOfWork, _row_ids: Collection[int]) -> Mapping[int, str]:
    return {}


def _none_waits(_uow: UnitOfWork, _row_ids: Collection[int]) -> Collection[int]:
    return ()


def _never(_uow: UnitOfWork, _row_id: int) -> None:
    """Nothing to hold."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of subject, and all that the desk does with it. Row ids go in, so that nothing of it is imported."""

    kind: str
    """As items, evidence and reports have it."""
    load: Callable[[UnitOfWork, str, int], Target | None]
    """By its public id, or by its row id where that is not 0."""
    about: str = ""
    """What it is called on the desk, in English, with `%(name)s`; `about_in` also with `%(place)s`."""
    about_in: str = ""
    modality: str = "site"
    """One of research.rows.CHANNELS."""
    is_reportable: bool = False
    is_content: bool = False
    """Something somebody wrote for others: it can be held, hidden, restored and published."""
    versions: Callable[[UnitOfWork, Target, datetime], Sequence[Target]] = _no_earlier
    """As it stood, version by version, whenever others could read it after a moment."""
    context: Callable[[UnitOfWork, Target], list[dict[str, Any]]] = _no_context
    """What stood before it."""
    places: Callable[[UnitOfWork, Collection[int]], Mapping[int, str]] = _nowhere
    """The name of the place where each of some stands. A fixed number of queries."""
    waiting: Callable[[UnitOfWork, Collection[int]], Collection[int]] = _none_waits
    """Those of some that are held now."""
    hold: Callable[[UnitOfWork, int], None] = _never
    """Holds its row until the act ends: before the item's, so that two acts never wait for one another."""
    publish: Callable[[UnitOfWork, int], object] = _cannot
    hide: Callable[[UnitOfWork, int], object] = _cannot
    restore: Callable[[UnitOfWork, int], object] = _cannot
    lock: Callable[[UnitOfWork, int], object] | None = None
    """Closes the place where it stands to answers."""


def subject_of(uow: UnitOfWork, kind: str) -> Subject | None:
    """The kind of subject with this name; None where no feature brings it."""
    return next((one for one in uow.database.catalogue.every(Subject) if one.kind == kind), None)
