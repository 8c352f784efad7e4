"""The life of a contribution: written, edited, removed; hidden, shown again and published by a supervisor.

How one is written is in `writing`; it is offered here too, so that callers need one name. The numbers of a stream are
taken last (`placing`), when everybody inside the act has heard of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from peerspace.community.danger import note_danger
from peerspace.community.drafts import Draft
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.access import (
    contribution_for_update,
    own_contribution,
    require_reader,
    require_writer,
)
from peerspace.streams.events import ContributionHeld
from peerspace.streams.kinds import Change, kind_named
from peerspace.streams.models import Contribution, State
from peerspace.streams.placing import ask_for_a_look, change, place, tell_changed, tell_published
from peerspace.streams.taking import Take, refuse_closed, stream_now
from peerspace.streams.versions import keep_version
from peerspace.streams.writing import (
    Reviewer,
    Writing,
    answered_by,
    contribute,
    hold_sides_of,
    is_written_here,
    sent_before,
    shown,
)

__all__ = [
    "Reviewer",
    "Writing",
    "answered_by",
    "contribute",
    "edit",
    "hold_sides_of",
    "is_written_here",
    "publish_held",
    "remove",
    "sent_before",
    "set_state",
    "shown",
]

C = TypeVar("C", bound=Contribution)


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
    contribution_for_update(uow, found.id)
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
    place(uow, found, Take.EDIT)
    if found.state == State.PUBLISHED:
        ask_for_a_look(uow, found, asked)
    elif not was_held:
        uow.emit(ContributionHeld(found.id, found.stream_id, found.kind, author.id, asked.held))
    tell_changed(uow, found, by_staff=False)
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
    contribution_for_update(uow, found.id)
    if found.state == State.REMOVED:
        return found
    before = State(found.state)
    keep_version(uow, found, author_id)
    found.body, found.body_html, found.content_note = "", "", ""
    found.state, found.removed_at = State.REMOVED, uow.now
    found.version += 1
    change(uow, found, before, by_staff=False)
    return found


def set_state(uow: UnitOfWork, contribution_id: int, state: object) -> Contribution:
    """A supervisor hides a contribution (`hidden`) or shows it again (`published`), following a decision (invariant 7).

    `contribution_id` is the row's. What its author removed stays removed. Raises NotAllowed, NotFound, BadRequest.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    if state not in (State.HIDDEN, State.PUBLISHED):
        raise BadRequest("state_unknown")
    hold_sides_of(uow, contribution_id)
    found = contribution_for_update(uow, contribution_id)
    before = State(found.state)
    if before in (state, State.REMOVED):
        return found
    if found.seq is None and state == State.PUBLISHED:
        return publish_held(uow, contribution_id)
    if state == State.HIDDEN and found.shown_from is not None:
        keep_version(uow, found, me)
    found.state = State(str(state))
    found.shown_from = uow.now if found.state == State.PUBLISHED else None
    change(uow, found, before, by_staff=True)
    return found


def publish_held(uow: UnitOfWork, contribution_id: int) -> Contribution:
    """A supervisor lets what waited appear: it gets its place now, at the end of its stream.

    An edit that waited keeps the place it had. Publishing twice changes nothing. Raises NotAllowed, NotFound,
    Conflict("not_held") when it was hidden or removed meanwhile.
    """
    uow.actor.require(Role.SUPERVISOR)
    hold_sides_of(uow, contribution_id)
    found = contribution_for_update(uow, contribution_id)
    before = State(found.state)
    if before == State.PUBLISHED:
        return found
    if before == State.REMOVED or (before == State.HIDDEN and found.seq is not None):
        raise Conflict("not_held")
    found.state, found.shown_from = State.PUBLISHED, uow.now
    if found.seq is not None:
        change(uow, found, before, by_staff=True)
        return found
    found.published_at = uow.now
    uow.session.flush()
    place(uow, found, Take.PUBLISH, then=Change(found, before, by_staff=True))
    answers = answered_by(uow, found)
    tell_published(uow, found, answers, is_opening=answers is not None and answers.id == found.id)
    return found
