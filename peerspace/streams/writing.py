"""Writing a contribution: once for its client id, `published` or `held`, and whom it answers.

Forum and rooms say where it goes and who answers whom; everything else happens here, once, for all kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import make_transient_to_detached

from peerspace.accounts.models import Account
from peerspace.accounts.queries import SHOWN_ROLES
from peerspace.community.danger import note_danger
from peerspace.community.drafts import Draft
from peerspace.community.review import Review
from peerspace.kernel.errors import Conflict, PeerSpaceError
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.events import ContributionHeld, ContributionPublished
from peerspace.streams.kinds import Answered, kind_named
from peerspace.streams.models import Contribution, State, Stream
from peerspace.streams.placing import ask_for_a_look, no_check, place, tell_published
from peerspace.streams.taking import Take, refuse_closed

C = TypeVar("C", bound=Contribution)
Reviewer = Callable[[Account, Draft], Review]
"""What is asked of a human about words by somebody, in the place where they are to stand."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Where something is to be written, found and checked: by whom, in which stream, what it answers, and whether it
    opens the stream.

    `check` may refuse with an error (slow mode). It is asked with None before anything is done in vain, and
    with the new contribution once the stream's row is held.
    """

    author: Account
    stream: Stream
    review: Reviewer
    answered: Contribution | None = None
    opens: bool = False
    check: Callable[[Contribution | None], None] = no_check

    @property
    def answers(self) -> Answered | None:
        """What it names as answered."""
        return Answered(self.answered.id, self.answered.author_id) if self.answered is not None else None


def contribute(
    uow: UnitOfWork, what: type[C], draft: Draft, *, client_id: object, find: Callable[[], Writing]
) -> C:
    """Write `draft` into the stream that `find` names, and return the row: `published`, or `held` for a human.

    The same `client_id` returns the same row, written once (invariant 11), whatever has changed since: its writer may
    not have heard that it was kept. Raises what `find` raises, NotAllowed, and the kind's refusal of a closed stream.
    """
    author_id = uow.actor.require_human()
    key = check_client_id(client_id)
    try:
        writing = find()
        refuse_closed(uow, writing.stream, Take.SEND)
        writing.check(None)
    except PeerSpaceError:
        known = sent_before(uow, author_id, key, what)
        if known is None:
            raise
        return known
    uow.keep(writing.stream)
    kind = kind_named(uow, writing.stream.kind)
    answers = writing.answers or kind.opening(uow, writing.stream.id)
    share(uow, (author_id, answers.author_id if answers else None))
    asked = writing.review(writing.author, draft)
    made = _insert(uow, what, _row(uow, writing, key, draft, asked))
    if made is None:
        return _sent_meanwhile(uow, author_id, key, what)
    place(uow, made, Take.HOLD if asked.held else Take.SEND, writing.check)
    if asked.held:
        uow.emit(ContributionHeld(made.id, made.stream_id, made.kind, author_id, asked.held))
    else:
        tell_published(uow, made, answers, is_opening=writing.opens)
    ask_for_a_look(uow, made, asked)
    note_danger(uow, draft.danger, kind.contribution, made.id, author_id)
    return made


def sent_before(uow: UnitOfWork, author_id: int, client_id: str, what: type[C]) -> C | None:
    """What this author wrote under this client id, if anything."""
    known = uow.rows(_sent(what), {"author": author_id, "client": client_id}).scalar()
    return uow.session.get(what, known) if known is not None else None


@cache
def _sent(what: type[Contribution]) -> Select[int]:
    """The statement, built once for each class. It asks for the number alone: nearly always there is none."""
    return select(what.id).where(what.author_id == bindparam("author"), what.client_id == bindparam("client"))


def is_written_here(uow: UnitOfWork, contribution: Contribution) -> bool:
    """True where this act wrote it, and did not only find it written before."""
    told = (one for one in uow.events if isinstance(one, ContributionPublished | ContributionHeld))
    return any(one.contribution_id == contribution.id for one in told)


def shown(draft: Draft, author: Account) -> str:
    """The body as HTML. Links come alive once their author is past the first contributions."""
    return draft.body.shown(links=author.established_at is not None)


def answered_by(uow: UnitOfWork, contribution: Contribution) -> Answered | None:
    """What a contribution answers: the one it names, or the opening of its stream."""
    if contribution.reply_to_id is None:
        return kind_named(uow, contribution.kind).opening(uow, contribution.stream_id)
    author_id = uow.session.scalar(_AUTHOR, {"which": contribution.reply_to_id})
    return Answered(contribution.reply_to_id, author_id) if author_id is not None else None


_AUTHOR = select(Contribution.author_id).where(Contribution.id == bindparam("which"))


def hold_sides_of(uow: UnitOfWork, contribution_id: int) -> None:
    """Hold who wrote it and whom they answered against choices about research, and take the act's time after that.

    For what waited. Neither side ever changes, so they are read before the row is held.
    """
    found = uow.session.get(Contribution, contribution_id)
    if found is not None and found.seq is None:
        answers = answered_by(uow, found)
        share(uow, (found.author_id, answers.author_id if answers else None))


def _row(uow: UnitOfWork, writing: Writing, client_id: str, draft: Draft, asked: Review) -> dict[str, Any]:
    """The contribution's columns, without a place yet."""
    appears = None if asked.held else uow.now
    return {
        "public_id": new_public_id(),
        "stream_id": writing.stream.id,
        "kind": writing.stream.kind,
        "author_id": writing.author.id,
        "author_role": next((role for role in SHOWN_ROLES if role in uow.actor.roles), ""),
        "seq": None,
        "rev": 0,
        "reply_to_id": writing.answered.id if writing.answered is not None else None,
        "body": draft.body.text,
        "body_html": shown(draft, writing.author),
        "content_note": draft.note.text,
        "state": State.HELD if asked.held else State.PUBLISHED,
        "client_id": client_id,
        "version": 1,
        "created_at": uow.now,
        "published_at": appears,
        "shown_from": appears,
        "edited_at": None,
        "removed_at": None,
    }


def _insert(uow: UnitOfWork, what: type[C], row: dict[str, Any]) -> C | None:
    """Insert a contribution; None when its client id is there already.

    `ON CONFLICT DO NOTHING` waits for another transaction that is inserting the same, so two at once make one row.
    Every column is known, so the object is made of the row and joins the session as if it had been read.
    """
    new_id = uow.rows(_INSERT_ONCE[uow.database.is_sqlite], row).scalar()
    if new_id is None:
        return None
    made = what(id=new_id, **row)
    make_transient_to_detached(made)
    uow.session.add(made)
    return made


# The same words on both databases, but each dialect has its own construct. Built once: it is run for every message.
_TABLE = cast(Table, Contribution.__table__)
_INSERT_ONCE: dict[bool, Any] = {
    is_sqlite: dialect.insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["author_id", "client_id"])
    .returning(_TABLE.c.id)
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}


def _sent_meanwhile(uow: UnitOfWork, author_id: int, client_id: str, what: type[C]) -> C:
    """The row that another transaction committed while this one was about to insert the same."""
    known = sent_before(uow, author_id, client_id, what)
    if known is None:  # it was undone between the two statements, or is of another kind: nothing was kept
        raise Conflict("changed_meanwhile")
    return known
