"""The path of *worried about someone*: steps that help a person, and words between them and a supervisor.

It is no complaint. Nobody is warned, restricted or sent away over it; what breaks a rule has an item of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.community.danger import note_danger
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.ids import check_client_id, new_public_id
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_
from peerspace.moderation.actions import ModerationAction
from peerspace.moderation.desk import (
    NOTE_LIMIT,
    free_if_left,
    load_item,
    move_on,
    open_item,
    refuse_closed,
    refuse_own_case,
    step,
    take_version,
    wait_for_answer,
)
from peerspace.moderation.events import SafetyReplied, SafetyWritten, WorryEnded
from peerspace.moderation.kinds import ItemKind, ItemState, Priority, Step
from peerspace.moderation.models import Item, SafetyMessage
from peerspace.moderation.targets import target_by_id
from peerspace.text.clean import clean

WORDS_LIMIT = 4_000
CLOSING = Step.NOTHING_NEEDED
"""The step that always closes the item."""
SHOWN = 200
"""Most messages between a person and the supervisors that a page shows, the newest ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step of the form, in English: whoever shows it translates."""

    key: Step
    label: str
    hint: str


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        Step.CONTACTED,
        N_("I reached out in another way"),
        N_("By a room, a phone or somebody near them. Say which way in the note."),
    ),
    Outcome(Step.ANSWERED, N_("They answered"), N_("Say in the note how they are, as they put it.")),
    Outcome(
        Step.ESCALATED,
        N_("I passed it on"),
        N_("To the safeguarding lead or, where the published rule says so, to emergency services."),
    ),
    Outcome(
        CLOSING,
        N_("Nothing is needed"),
        N_("I read it, and nobody is in danger. This closes the item."),
    ),
)
BY_KEY: dict[str, Outcome] = {outcome.key: outcome for outcome in OUTCOMES}


@dataclass(frozen=True, slots=True)
class SafetyLine:
    """One message between a person and a supervisor. `theirs`: the person wrote it."""

    public_id: str
    body: str
    at: datetime
    by: PersonCard
    theirs: bool


def take_step(
    uow: UnitOfWork, public_id: str, version: int, *, kind: object, note: object = "", closes: bool = False
) -> Item:
    """Note a step on a claimed worried item, with its time; `closes` ends the item with it.

    Raises NotAllowed for anyone but the supervisor who has it, Conflict when it changed meanwhile or is no worried
    item, Invalid for `step` and `step_note`.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = _open_worry(uow, public_id, me)
    chosen = BY_KEY.get(kind) if isinstance(kind, str) else None
    if chosen is None:
        raise Invalid(fields={"step": "worried_step_missing"})
    words = clean(note, field="step_note", limit=NOTE_LIMIT, required=False)
    take_version(uow, item, version)
    _refuse_unclaimed(item, me)
    if chosen.key == Step.ESCALATED:
        item.state = ItemState.ESCALATED
    uow.audit(ModerationAction.WORRIED_STEP, "item", item.public_id, step=chosen.key)
    wait_for_answer(uow, item)
    step(uow, item, chosen.key, words)
    if closes or chosen.key == CLOSING:
        _close(uow, item)
    return item


def write_to_person(
    uow: UnitOfWork, public_id: str, version: int, words: object, *, client_id: object
) -> SafetyMessage:
    """A supervisor writes to the person as themselves; it reaches their inbox, whatever stands between the two.

    The same `client_id` returns the same message (invariant 11). Raises as `take_step`; Invalid or TooLong on `words`.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    uow.actor.require_human()
    once = check_client_id(client_id)
    known = _sent_before(uow, me, once)
    if known is not None:
        return known
    item = _open_worry(uow, public_id, me)
    said = clean(words, field="words", limit=WORDS_LIMIT)
    take_version(uow, item, version)
    _refuse_unclaimed(item, me)
    message, is_new = _insert(uow, item, me, said, once)
    if is_new:
        uow.audit(ModerationAction.SAFETY_WRITTEN, "item", item.public_id, concerns=item.member_id)
        wait_for_answer(uow, item)
        step(uow, item, Step.WROTE)
        uow.emit(SafetyWritten(message.id, item.member_id))
    return message


def reply_to_staff(
    uow: UnitOfWork, words: object, *, client_id: object, danger: tuple[str, ...] = ()
) -> SafetyMessage:
    """The person answers whoever wrote to them. Their item on the desk moves on, or is opened again.

    Restricted and suspended people can answer too. `danger`: the phrases that may mean danger in it
    (community.danger.look_for_danger). Raises NotFound where nobody wrote to them, Invalid or TooLong on
    `words`.
    """
    me = uow.actor.require_human()
    once = check_client_id(client_id)
    known = _sent_before(uow, me, once)
    if known is not None:
        return known
    written = select(SafetyMessage.id).where(SafetyMessage.account_id == me).limit(1)
    if uow.session.scalar(written) is None:
        raise NotFound("not_found")
    said = clean(words, field="words", limit=WORDS_LIMIT)
    item = open_item(uow, target_by_id(uow, "member", me), ItemKind.WORRIED, Priority.SAFETY)
    message, is_new = _insert(uow, item, me, said, once)
    if is_new:
        free_if_left(uow, item)
        move_on(uow, item)  # whoever is about to close it has not read this
        step(uow, item, Step.REPLIED)
        note_danger(uow, danger, "contact", message.id, me)
        uow.emit(SafetyReplied(message.id, item.id, item.claimed_by_id))
    return message


def words_with(uow: UnitOfWork, account_id: int) -> list[SafetyLine]:
    """What a person and the supervisors wrote to one another, oldest first: for the person and for the desk."""
    if uow.actor.require_account() != account_id:
        uow.actor.require(Role.SUPERVISOR)
    rows = uow.session.scalars(
        select(SafetyMessage)
        .where(SafetyMessage.account_id == account_id)
        .order_by(SafetyMessage.id.desc())
        .limit(SHOWN)
    ).all()
    cards = people_cards(uow, {row.by_id for row in rows})
    return [
        SafetyLine(row.public_id, row.body, row.at, cards[row.by_id], row.by_id == account_id)
        for row in reversed(rows)
    ]


def _open_worry(uow: UnitOfWork, public_id: str, me: int) -> Item:
    item = load_item(uow, public_id)
    if item.kind != ItemKind.WORRIED:
        raise Conflict("worried_only")
    refuse_own_case(item, me)
    refuse_closed(item)
    return item


def _refuse_unclaimed(item: Item, me: int) -> None:
    if item.claimed_by_id != me:
        raise NotAllowed("claim_first")


def _close(uow: UnitOfWork, item: Item) -> None:
    item.state, item.closed_at, item.open_key = ItemState.CLOSED, uow.now, None
    step(uow, item, Step.FINISHED)
    uow.emit(WorryEnded(item.id, item.member_id))


def _sent_before(uow: UnitOfWork, by_id: int, client_id: str) -> SafetyMessage | None:
    return uow.session.scalar(
        select(SafetyMessage).where(SafetyMessage.by_id == by_id, SafetyMessage.client_id == client_id)
    )


def _insert(uow: UnitOfWork, item: Item, by_id: int, body: str, client_id: str) -> tuple[SafetyMessage, bool]:
    """The message, and whether it was made now; two forms sent at once meet at the unique constraint."""
    made = SafetyMessage(
        public_id=new_public_id(), account_id=item.member_id, item_id=item.id, by_id=by_id, body=body,
        client_id=client_id, at=uow.now,
    )  # fmt: skip
    try:
        with uow.session.begin_nested():
            uow.session.add(made)
        return made, True
    except IntegrityError:
        known = _sent_before(uow, by_id, client_id)
        if known is None:
            raise
        return known, False
