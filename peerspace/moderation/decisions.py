"""Decisions: taken by a person, with a reason the member reads and the rule it refers to (invariant 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select

from peerspace.accounts import service as accounts
from peerspace.accounts.models import Account
from peerspace.community.models import RulesVersion
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.locks import hold
from peerspace.kernel.moments import hold_alone_among, share
from peerspace.kernel.subjects import Subject
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.moderation.actions import ModerationAction
from peerspace.moderation.desk import load_item, refuse_changed, refuse_own_case, step, take_version
from peerspace.moderation.events import DecisionTaken
from peerspace.moderation.kinds import (
    HIDING,
    LOCKING,
    OVER,
    SANCTIONS,
    DecisionKind,
    ItemKind,
    ItemState,
    Step,
)
from peerspace.moderation.models import Decision, Item
from peerspace.moderation.targets import subject_named, target_by_id, witnesses_of
from peerspace.streams.models import State
from peerspace.text.clean import clean

REASON_LIMIT = 4_000
LONGEST_DAYS = 366


class Fits(StrEnum):
    """What a decision fits."""

    ANYTHING = "anything"
    CONTENT = "content"
    """Something written for others."""
    LOCKABLE = "lockable"
    """Content that stands where a supervisor can close the place to answers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision a supervisor can take. `fits`: what it is for; `needs_days`: it ends by itself.

    Its words, in English (whoever shows them translates): `label` while it can be chosen, `taken` once it is,
    `held_label` while the content still waits, empty where it cannot be taken then.
    """

    kind: DecisionKind
    label: str
    taken: str
    fits: Fits
    needs_days: bool = False
    held_label: str = ""


CHOICES: tuple[Choice, ...] = (
    Choice(DecisionKind.NO_ACTION, N_("No action"), N_("No action"), Fits.ANYTHING),
    Choice(
        DecisionKind.PUBLISH, N_("Publish it"), N_("Published"), Fits.CONTENT, held_label=N_("Publish it")
    ),
    Choice(
        DecisionKind.PRIVATE_WORD,
        N_("A private word"),
        N_("A private word"),
        Fits.ANYTHING,
        held_label=N_("Hide it, with a private word"),
    ),
    Choice(DecisionKind.HIDE, N_("Hide it"), N_("Hidden"), Fits.CONTENT, held_label=N_("Hide it")),
    Choice(
        DecisionKind.HIDE_AND_LOCK,
        N_("Hide it, and close the thread to answers"),
        N_("Hidden, and the thread was locked"),
        Fits.LOCKABLE,
    ),
    Choice(DecisionKind.RESTORE, N_("Show it again"), N_("Shown again"), Fits.CONTENT),
    Choice(
        DecisionKind.LOCK,
        N_("Lock the thread"),
        N_("The thread was locked"),
        Fits.LOCKABLE,
        held_label=N_("Hide it, and lock the thread"),
    ),
    Choice(
        DecisionKind.WARN,
        N_("Warn the member"),
        N_("A warning"),
        Fits.ANYTHING,
        held_label=N_("Hide it, and warn the member"),
    ),
    Choice(
        DecisionKind.READ_ONLY,
        N_("Read-only for a time"),
        N_("Read-only for a time"),
        Fits.ANYTHING,
        needs_days=True,
        held_label=N_("Hide it, and read-only for a time"),
    ),
    Choice(
        DecisionKind.SUSPEND,
        N_("Suspend for a time"),
        N_("A pause"),
        Fits.ANYTHING,
        needs_days=True,
        held_label=N_("Hide it, and suspend for a time"),
    ),
    Choice(
        DecisionKind.END_MEMBERSHIP,
        N_("End the membership"),
        N_("The membership was ended"),
        Fits.ANYTHING,
        held_label=N_("Hide it, and end the membership"),
    ),
)
BY_KIND: dict[str, Choice] = {choice.kind: choice for choice in CHOICES}


def choices_for(uow: UnitOfWork, item: Item) -> list[Choice]:
    """The decisions that fit an item as its target stands now; none for a worried item: nobody did anything.

    While the content still waits, every decision settles it, or it would wait for ever: it is published, or it is
    hidden, alone or along with a measure; the labels say so. What does not wait cannot be published, what is not hidden
    cannot be shown again, and what is hidden cannot be hidden. What its author removed can be: that says it was wrong.
    """
    if item.kind == ItemKind.WORRIED:
        return []
    fits = _fits(subject_named(uow, item.target_kind))
    fitting = [choice for choice in CHOICES if choice.fits in fits]
    state = target_by_id(uow, item.target_kind, item.target_id).state
    if state == State.HELD:
        return [replace(choice, label=choice.held_label) for choice in fitting if choice.held_label]
    not_now = (
        (DecisionKind.PUBLISH, *HIDING)
        if state == State.HIDDEN
        else (DecisionKind.PUBLISH, DecisionKind.RESTORE)
    )
    return [choice for choice in fitting if choice.kind not in not_now]


def _fits(subject: Subject) -> set[Fits]:
    fits = {Fits.ANYTHING}
    if subject.is_content:
        fits.add(Fits.CONTENT)
    if subject.lock is not None:
        fits.add(Fits.LOCKABLE)
    return fits


def _still_waits(uow: UnitOfWork, item: Item) -> bool:
    return target_by_id(uow, item.target_kind, item.target_id).state == State.HELD


def decide(
    uow: UnitOfWork,
    public_id: str,
    version: int,
    *,
    kind: object,
    reason: object,
    rule_ref: object = "",
    days: object = "",
    to_reporters: object = "",
) -> Decision:
    """Take a decision on a claimed item and carry it out in the same transaction. A worried item takes none.

    `reason` is what the member reads; `days` is needed where the decision ends by itself. Raises NotAllowed for a
    report about oneself or an item somebody else holds, Conflict when the item changed meanwhile, Invalid for fields.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = _open_case(uow, public_id, me)
    refuse_changed(item, version)
    _hold(uow, item, sanction=kind in SANCTIONS)
    # The version first: what somebody else did meanwhile is a conflict, and a conflict keeps what was typed.
    take_version(uow, item, version)
    if item.claimed_by_id != me:
        raise NotAllowed("claim_first")
    choice = _choice(uow, item, kind)
    made = Decision(
        public_id=new_public_id(),
        item_id=item.id,
        kind=choice.kind,
        member_id=item.member_id,
        decided_by_id=me,
        decided_at=uow.now,
        reason=clean(reason, field="reason", limit=REASON_LIMIT),
        rule_ref=clean(rule_ref, field="rule_ref", limit=80, required=False),
        to_reporters=clean(to_reporters, field="to_reporters", limit=REASON_LIMIT, required=False),
        rules_version_id=uow.session.scalar(select(func.max(RulesVersion.id))),
        expires_at=uow.now + timedelta(days=_days(days)) if choice.needs_days else None,
    )
    uow.session.add(made)
    item.state, item.decided_at, item.closed_at, item.open_key = ItemState.DECIDED, uow.now, uow.now, None
    uow.session.flush()
    hid = _carry_out(uow, item, made)
    _tell(uow, item, made, hid=hid)
    return made


def _open_case(uow: UnitOfWork, public_id: str, me: int) -> Item:
    """An item that is decided on: not about oneself, not a worry, and not over."""
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    if item.kind == ItemKind.WORRIED:
        raise NotAllowed("worried_no_decision")
    if item.state in OVER:
        raise Conflict("item_closed")
    return item


def _tell(uow: UnitOfWork, item: Item, made: Decision, *, hid: bool) -> None:
    uow.audit(
        ModerationAction.DECISION_TAKEN,
        "decision",
        made.public_id,
        concerns=item.member_id,
        kind=made.kind,
        item=item.public_id,
    )
    step(uow, item, Step.DECIDED)
    uow.emit(
        DecisionTaken(made.id, item.id, item.member_id, made.kind, item.target_kind, item.target_id, hid=hid)
    )


def _choice(uow: UnitOfWork, item: Item, kind: object) -> Choice:
    choice = BY_KIND.get(kind) if isinstance(kind, str) else None
    if choice is None or kind not in [one.kind for one in choices_for(uow, item)]:
        raise Invalid(fields={"kind": "decision_kind_unknown"})
    return choice


def _days(value: object) -> int:
    text = str(value).strip()
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= LONGEST_DAYS:
        raise Invalid(fields={"days": "decision_days"}, most=LONGEST_DAYS)
    return int(text)


def _hold(uow: UnitOfWork, item: Item, *, sanction: bool) -> None:
    """Hold what a decision touches before its item, in the order of kernel.locks."""
    others = witnesses_of(uow, item.target_kind, item.target_id)
    if sanction:
        hold(uow.session, Account, item.member_id)
        hold_alone_among(uow, item.member_id, others)
    else:
        share(uow, (item.member_id, *others))
    subject_named(uow, item.target_kind).hold(uow, item.target_id)


def _carry_out(uow: UnitOfWork, item: Item, decision: Decision) -> bool:
    """Do what was decided, through the verbs of the feature it concerns. Returns whether content was hidden by it."""
    subject, target, hid = subject_named(uow, item.target_kind), item.target_id, False
    if decision.kind == DecisionKind.PUBLISH:
        subject.publish(uow, target)
    elif decision.kind == DecisionKind.RESTORE:
        subject.restore(uow, target)
    elif decision.kind in HIDING or _still_waits(uow, item):
        subject.hide(uow, target)
        hid = True
    if decision.kind in LOCKING and subject.lock is not None:
        subject.lock(uow, target)
    elif decision.kind == DecisionKind.READ_ONLY:
        accounts.restrict(uow, item.member_id, until=decision.expires_at)
    elif decision.kind == DecisionKind.SUSPEND:
        accounts.suspend(uow, item.member_id, until=decision.expires_at)
    elif decision.kind == DecisionKind.END_MEMBERSHIP:
        accounts.end_membership(uow, item.member_id)
    return hid
