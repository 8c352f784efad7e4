"""Reporting: any member, anything they can see, heard at once and kept as it stood."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from peerspace.community.danger import note_danger
from peerspace.kernel.errors import Invalid
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.moments import share
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.desk import move_on, open_item, step
from peerspace.moderation.events import ReportMade
from peerspace.moderation.evidence import (
    keep_evidence,
    keep_former_versions,
    keep_what_was_read,
    kept_versions,
)
from peerspace.moderation.kinds import ItemKind, Priority, ReasonKey, Step
from peerspace.moderation.models import Evidence, Item, Report
from peerspace.moderation.reasons import BY_KEY
from peerspace.moderation.targets import REPORT, load_target, target_by_id
from peerspace.text.clean import clean

WORDS_LIMIT = 4_000
LOOK_WITHIN = timedelta(hours=1)
"""How soon a human looks at what appeared at once."""


def report(
    uow: UnitOfWork,
    kind: object,
    public_id: object,
    *,
    reason: object,
    words: object = "",
    client_id: object,
    danger: tuple[str, ...] = (),
) -> Report:
    """Report a post, a message or a member; the same `client_id` returns the same report.

    `danger`: the phrases that may mean danger in what is told (community.danger.look_for_danger).

    Being restricted or blocked never takes this away. Raises Invalid for an unknown reason or missing words,
    NotFound for something this member cannot know of.
    """
    me = uow.actor.require_account()
    once = check_client_id(client_id)
    known = _sent_before(uow, me, once)
    if known is not None:
        return known
    target = load_target(uow, str(kind), str(public_id))
    if target.member_id == me:
        raise Invalid("report_own")
    chosen = BY_KEY.get(reason) if isinstance(reason, str) else None
    if chosen is None:
        raise Invalid(fields={"reason": "report_reason_missing"})
    told = clean(words, field="words", limit=WORDS_LIMIT, required=chosen.key == ReasonKey.SOMETHING_ELSE)
    share(uow, (me,))
    about = ItemKind.WORRIED if chosen.key == ReasonKey.WORRIED else ItemKind.REPORT
    item = open_item(uow, target, about, chosen.priority)
    was_there = bool(uow.session.scalar(select(Evidence.id).where(Evidence.item_id == item.id).limit(1)))
    made = Report(
        public_id=new_public_id(), item_id=item.id, reporter_id=me, reason=chosen.key, words=told,
        client_id=once, at=uow.now,
    )  # fmt: skip
    known = _insert(uow, made)
    if known is not made:
        return known
    keep_what_was_read(uow, item, target, made.id)
    if was_there:
        move_on(uow, item)  # whoever is about to decide has not read this one
    step(uow, item, Step.REPORTED)
    uow.emit(ReportMade(made.id, item.id, me, chosen.key, target.kind, target.id))
    note_danger(uow, danger, REPORT.kind, made.id, me)
    return made


def _insert(uow: UnitOfWork, made: Report) -> Report:
    """The report, or the one that another form with the same number made meanwhile."""
    try:
        with uow.session.begin_nested():
            uow.session.add(made)
            uow.session.flush()
    except IntegrityError:
        known = _sent_before(uow, made.reporter_id, made.client_id)
        if known is None:
            raise
        return known
    return made


def _sent_before(uow: UnitOfWork, me: int, client_id: str) -> Report | None:
    return uow.session.scalar(select(Report).where(Report.reporter_id == me, Report.client_id == client_id))


def hold_for_human(uow: UnitOfWork, kind: str, target_id: int) -> None:
    """Put held content on the desk, with the words as they stand.

    Held content can still be changed by its author. Then the item's version moves on, so that no supervisor publishes
    words they never saw. What others read before an edit that waits is kept as well: it can be reported.
    """
    _bring(uow, kind, target_id, Step.HELD)


def ask_for_a_look(uow: UnitOfWork, kind: str, target_id: int) -> None:
    """Put what stands already on the desk for human eyes, within the hour. Nothing is hidden or decided by that."""
    item = _bring(uow, kind, target_id, Step.TO_LOOK_AT)
    item.due_at = min(item.due_at, uow.now + LOOK_WITHIN)


def _bring(uow: UnitOfWork, kind: str, target_id: int, why: Step) -> Item:
    target = target_by_id(uow, kind, target_id)
    item = open_item(uow, target, ItemKind.HELD, Priority.OTHER)
    if why == Step.HELD:
        item.kind = ItemKind.HELD  # an open report on it stays on the same item
    versions = kept_versions(uow, item, target)
    if target.version in versions:
        return item
    keep_evidence(uow, item, target, None)
    if why == Step.HELD:
        keep_former_versions(uow, item, target)
    if versions:
        move_on(uow, item)
    step(uow, item, Step.CHANGED if versions else why)
    return item
