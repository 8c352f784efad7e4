"""The life of a contribution: written, edited, removed; hidden, shown again and published by a supervisor.

Forum and rooms say where it goes and who answers whom; everything else happens here, once, for all kinds. The numbers
of a stream are taken last (`UnitOfWork.last`), when everybody inside the act has heard of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from peerspace.accounts.models import Account
from peerspace.accounts.queries import SHOWN_ROLES
from peerspace.community.danger import note_danger
from peerspace.community.drafts import Draft
from peerspace.community.review import Review
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict, PeerSpaceError
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import (
    held_contribution,
    own_contribution,
    require_reader,
    require_writer,
)
from peerspace.streams.events import (
    ContributionChanged,
    ContributionHeld,
    ContributionPublished,
    ContributionToLookAt,
)
from peerspace.streams.kinds import Change, kind_named
from peerspace.streams.models import Contribution, State, Stream
from peerspace.streams.taking import Take, refuse_closed, stream_now, take
from peerspace.streams.versions import keep_version

C = TypeVar("C", bound=Contribution)
Reviewer = Callable[[Account, Draft], Review]
"""What is asked of a human about words by somebody, in the place where they are to stand."""


def _no_check(_contribution: Contribution | None) -> None:
    """Nothing else speaks against it."""


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
    check: Callable[[Contribution | None], None] = _no_check


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
    kind = kind_named(uow, writing.stream.kind)
    answers = writing.answered.id if writing.answered else kind.opening(uow, writing.stream.id)
    _hold_sides(uow, author_id, answers)
    asked = writing.review(writing.author, draft)
    made: C | None = _insert(uow, writing, key, draft, asked)
    if made is None:
        return _sent_meanwhile(uow, author_id, key, what)
    _place(uow, made, Take.HOLD if asked.held else Take.SEND, writing.check)
    if asked.held:
        uow.emit(ContributionHeld(made.id, made.stream_id, made.kind, author_id, asked.held))
    else:
        _tell_published(uow, made, answers, is_opening=writing.opens)
    _ask_for_a_look(uow, made, asked)
    note_danger(uow, draft.danger, kind.contribution, made.id, author_id)
    return made


def edit(
    uow: UnitOfWork,
    public_id: object,
    what: type[C],
    draft: Draft,
    *,
    review: Callable[[C], Reviewer],
    version: int | None = None,
    with_note: bool = True,
) -> C:
    """Change one's own words; the former ones are kept and everybody sees that it was edited.

    `version` is the one the writer started from, where the page knows it; `with_note`: the draft's content note takes
    the place of the former one. New words are reviewed like those of a new contribution: what is held keeps its place
    and shows as waiting. The same words again change nothing. Raises NotAllowed, NotFound, the kind's refusal, and
    Conflict: the kind's `gone` for what was hidden or removed, `changed_meanwhile`.
    """
    author = require_writer(uow)
    found = own_contribution(uow, public_id, what)
    held_contribution(uow, found.id)
    kind = kind_named(uow, found.kind)
    if found.state not in (State.PUBLISHED, State.HELD):
        raise Conflict(kind.gone)
    text, note = draft.body.text, draft.note.text if with_note else found.content_note
    if (text, note) == (found.body, found.content_note):
        return found
    refuse_closed(uow, stream_now(uow, found.stream_id), Take.EDIT)
    if version is not None and version != found.version:
        raise Conflict("changed_meanwhile")
    was_held = found.state == State.HELD
    asked = review(found)(author, draft)
    keep_version(uow, found, author.id)
    found.body, found.body_html, found.content_note = text, shown(draft, author), note
    found.edited_at = uow.now
    found.version += 1
    found.state = State.HELD if asked.held or was_held else State.PUBLISHED
    found.shown_from = uow.now if found.state == State.PUBLISHED else None
    uow.session.flush()
    _place(uow, found, Take.EDIT)
    if found.state == State.PUBLISHED:
        _ask_for_a_look(uow, found, asked)
    elif not was_held:
        uow.emit(ContributionHeld(found.id, found.stream_id, found.kind, author.id, asked.held))
    _tell_changed(uow, found, by_staff=False)
    note_danger(uow, draft.danger, kind.contribution, found.id, author.id)
    return found


def remove(uow: UnitOfWork, public_id: object, what: type[C]) -> C:
    """Take one's own words out of a stream; a stub stays in their place, the words are kept for the desk.

    Possible in a closed stream too, and for a person restricted to reading. Removing twice changes nothing. Raises
    NotFound, NotAllowed.
    """
    author_id = uow.actor.require_human()
    require_reader(uow)
    found = own_contribution(uow, public_id, what)
    held_contribution(uow, found.id)
    if found.state == State.REMOVED:
        return found
    before = State(found.state)
    keep_version(uow, found, author_id)
    found.body, found.body_html, found.content_note = "", "", ""
    found.state, found.removed_at = State.REMOVED, uow.now
    found.version += 1
    _change(uow, found, before, by_staff=False)
    return found


def set_state(uow: UnitOfWork, contribution_id: int, state: object) -> Contribution:
    """A supervisor hides a contribution (`hidden`) or shows it again (`published`), following a decision (invariant 7).

    `contribution_id` is the row's. What its author removed stays removed. Raises NotAllowed, NotFound, BadRequest.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    if state not in (State.HIDDEN, State.PUBLISHED):
        raise BadRequest("state_unknown")
    hold_sides_of(uow, contribution_id)
    found = held_contribution(uow, contribution_id)
    before = State(found.state)
    if before in (state, State.REMOVED):
        return found
    if found.seq is None and state == State.PUBLISHED:
        return publish_held(uow, contribution_id)
    if state == State.HIDDEN and found.shown_from is not None:
        keep_version(uow, found, me)
    found.state = State(str(state))
    found.shown_from = uow.now if found.state == State.PUBLISHED else None
    _change(uow, found, before, by_staff=True)
    return found


def publish_held(uow: UnitOfWork, contribution_id: int) -> Contribution:
    """A supervisor lets what waited appear: it gets its place now, at the end of its stream.

    An edit that waited keeps the place it had. Publishing twice changes nothing. Raises NotAllowed, NotFound,
    Conflict("not_held") when it was hidden or removed meanwhile.
    """
    uow.actor.require(Role.SUPERVISOR)
    hold_sides_of(uow, contribution_id)
    found = held_contribution(uow, contribution_id)
    before = State(found.state)
    if before == State.PUBLISHED:
        return found
    if before == State.REMOVED or (before == State.HIDDEN and found.seq is not None):
        raise Conflict("not_held")
    found.state, found.shown_from = State.PUBLISHED, uow.now
    if found.seq is not None:
        _change(uow, found, before, by_staff=True)
        return found
    found.published_at = uow.now
    uow.session.flush()
    kind = kind_named(uow, found.kind)
    _place(uow, found, Take.PUBLISH, change=Change(found, before, by_staff=True))
    opening = kind.opening(uow, found.stream_id)
    _tell_published(uow, found, found.reply_to_id or opening, is_opening=opening == found.id)
    return found


def sent_before(uow: UnitOfWork, author_id: int, client_id: str, what: type[C]) -> C | None:
    """What this author wrote under this client id, if anything."""
    return uow.session.scalar(
        select(what).where(Contribution.author_id == author_id, Contribution.client_id == client_id)
    )


def shown(draft: Draft, author: Account) -> str:
    """The body as HTML. Links come alive once their author is past the first contributions."""
    return draft.body.shown(links=author.established_at is not None)


def _hold_sides(uow: UnitOfWork, author_id: int, answers_id: int | None) -> None:
    """Hold who writes and whom they answer against choices about research, and take the act's time after that."""
    answered = None
    if answers_id is not None:
        answered = uow.session.scalar(select(Contribution.author_id).where(Contribution.id == answers_id))
    share(uow, (author_id, answered))


def hold_sides_of(uow: UnitOfWork, contribution_id: int) -> None:
    """The same for what was written before. Neither side ever changes, so they are read before the row is held."""
    found = uow.session.get(Contribution, contribution_id)
    if found is not None and found.seq is None:
        kind = kind_named(uow, found.kind)
        _hold_sides(uow, found.author_id, found.reply_to_id or kind.opening(uow, found.stream_id))


def _insert(uow: UnitOfWork, writing: Writing, client_id: str, draft: Draft, asked: Review) -> Any:
    """Insert the contribution without a place yet; None when this `client_id` is there already.

    `ON CONFLICT DO NOTHING` waits for another transaction that is inserting the same, so two at once make one row.
    """
    appears = None if asked.held else uow.now
    row = {
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
    }
    made: Any = uow.session.scalars(_INSERT_ONCE[uow.database.is_sqlite], [row]).one_or_none()
    return made


# The same words on both databases, but each dialect has its own construct. Built once: it is run for every message.
_INSERT_ONCE: dict[bool, Any] = {
    is_sqlite: dialect.insert(Contribution)
    .on_conflict_do_nothing(index_elements=["author_id", "client_id"])
    .returning(Contribution)
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}


def _sent_meanwhile(uow: UnitOfWork, author_id: int, client_id: str, what: type[C]) -> C:
    """The row that another transaction committed while this one was about to insert the same."""
    known = sent_before(uow, author_id, client_id, what)
    if known is None:  # it was undone between the two statements, or is of another kind: nothing was kept
        raise Conflict("changed_meanwhile")
    return known


def _place(
    uow: UnitOfWork,
    contribution: Contribution,
    what: Take,
    check: Callable[[Contribution | None], None] = _no_check,
    change: Change | None = None,
) -> None:
    """When the act settles, take the stream's numbers for a contribution that got its place, or changed in it.

    `check` may still refuse then; `change` is told to the stream's owner.
    """

    def taken() -> None:
        seq, rev = take(uow, contribution.stream_id, what)
        check(contribution)
        if what.seq:
            contribution.seq = seq
        if contribution.seq is not None:
            contribution.rev = rev
        uow.session.flush()
        kind = kind_named(uow, contribution.kind)
        if change is not None:
            kind.changed(uow, change)
        if what.seq:
            kind.placed(uow, contribution)

    uow.last(contribution.stream_id, taken)


def _change(uow: UnitOfWork, contribution: Contribution, before: State, *, by_staff: bool) -> None:
    uow.session.flush()
    _place(uow, contribution, Take.CHANGE, change=Change(contribution, before, by_staff))
    _tell_changed(uow, contribution, by_staff=by_staff)


def _ask_for_a_look(uow: UnitOfWork, contribution: Contribution, asked: Review) -> None:
    if asked.look:
        uow.emit(
            ContributionToLookAt(
                contribution.id, contribution.stream_id, contribution.kind, contribution.author_id, asked.look
            )
        )


def _tell_published(
    uow: UnitOfWork, contribution: Contribution, answers_id: int | None, *, is_opening: bool
) -> None:
    uow.emit(
        ContributionPublished(
            contribution.id,
            contribution.stream_id,
            contribution.kind,
            contribution.author_id,
            is_opening=is_opening,
            answers_id=None if is_opening else answers_id,
            names_it=contribution.reply_to_id is not None,
        )
    )


def _tell_changed(uow: UnitOfWork, contribution: Contribution, *, by_staff: bool) -> None:
    uow.emit(
        ContributionChanged(
            contribution.id,
            contribution.stream_id,
            contribution.kind,
            contribution.author_id,
            contribution.state,
            by_staff,
        )
    )
