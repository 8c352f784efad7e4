"""Items on the desk: opened by reports and holds, changed under a version, one open item a target."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from peerspace.accounts.queries import holders_of
from peerspace.community.settings import get_setting
from peerspace.duty.presence import is_there, pause_after
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotAllowed, NotFound
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.locks import held
from peerspace.kernel.subjects import Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.actions import ModerationAction
from peerspace.moderation.events import ItemChanged
from peerspace.moderation.kinds import OVER, ItemKind, ItemState, Priority, Step
from peerspace.moderation.models import Item, ItemEvent, Report
from peerspace.moderation.reasons import RANK, due_within
from peerspace.moderation.targets import target_by_id
from peerspace.streams.models import State
from peerspace.text.clean import clean

NOTE_LIMIT = 4_000
FIRST_RANK = -1
"""A worried item stands before everything else on the desk."""
UNSETTLED = (State.HELD, State.HIDDEN)
"""States of content that only a decision can settle."""


def open_item(uow: UnitOfWork, target: Target, kind: ItemKind, priority: Priority) -> Item:
    """The open item on `target`, made now if there is none; a more urgent report raises its priority.

    What comes to an open item asks for a look as soon as it would for a new one, also where somebody acted since.

    With the kind `worried` it is the one about the person behind the target, apart from what else is open about what
    they wrote: a worry is no complaint, and what breaks a rule is decided without it.

    Two reporters at the same moment meet on one item: the second insert fails on `open_key` and finds the first.
    """
    about = target_by_id(uow, "member", target.member_id) if kind == ItemKind.WORRIED else target
    key = f"{ItemKind.WORRIED}:{about.id}" if kind == ItemKind.WORRIED else about.open_key
    item = find_open(uow, key)
    if item is None:
        try:
            with uow.session.begin_nested():
                item = _new_item(uow, about, kind, priority, key)
        except IntegrityError:
            item = find_open(uow, key)
            if item is None:
                raise
    if RANK[priority] < item.priority_rank:
        item.priority, item.priority_rank = priority, RANK[priority]
    item.due_at = min(item.due_at, _due_from_now(uow, priority))
    return item


def find_open(uow: UnitOfWork, key: str) -> Item | None:
    """The open item with this key, held until this act ends.

    A decision taken meanwhile closes it first or waits for this step.
    """
    return uow.session.scalar(
        held(select(Item).where(Item.open_key == key)),
    )


def _new_item(uow: UnitOfWork, target: Target, kind: ItemKind, priority: Priority, key: str) -> Item:
    item = Item(
        public_id=new_public_id(),
        kind=kind,
        target_kind=target.kind,
        target_id=target.id,
        member_id=target.member_id,
        open_key=key,
        priority=priority,
        priority_rank=FIRST_RANK if kind == ItemKind.WORRIED else RANK[priority],
        state=ItemState.NEW,
        opened_at=uow.now,
        due_at=_due_from_now(uow, priority),
    )
    uow.session.add(item)
    uow.session.flush()
    return item


def _due_from_now(uow: UnitOfWork, priority: Priority) -> datetime:
    return uow.now + due_within(priority, get_setting(uow, "response_targets"))


def wait_for_answer(uow: UnitOfWork, item: Item) -> None:
    """Somebody was helped, and nothing is overdue: the next look is due within the target for other items.

    Or sooner, when more comes (`open_item`).
    """
    item.due_at = max(item.due_at, _due_from_now(uow, Priority.OTHER))


def step(uow: UnitOfWork, item: Item, kind: Step, note: str = "", *, by_software: bool = False) -> None:
    """Write one step of the item's life and tell the desks. `by_software`: nobody took it."""
    uow.session.add(
        ItemEvent(
            item_id=item.id,
            kind=kind,
            by_id=None if by_software else uow.actor.account_id,
            at=uow.now,
            version=item.version,
            note=note,
        )
    )
    uow.emit(ItemChanged(item_id=item.id, state=item.state))


def load_item(uow: UnitOfWork, public_id: str) -> Item:
    """The item a supervisor names.

    Raises NotAllowed for anyone else, NotFound when there is none.
    """
    uow.actor.require(Role.SUPERVISOR)
    item = uow.session.scalar(select(Item).where(Item.public_id == public_id))
    if item is None:
        raise NotFound("not_found")
    return item


def refuse_changed(item: Item, version: int) -> None:
    """Raise Conflict for a page that is older than the item, before anything is held for it."""
    if item.version != version:
        raise Conflict("changed_meanwhile")


def take_version(uow: UnitOfWork, item: Item, version: int) -> None:
    """Move the item from `version` to the next, or raise Conflict because somebody else changed it first."""
    moved = uow.session.execute(
        update(Item)
        .where(Item.id == item.id, Item.version == version)
        .values(version=version + 1)
        .returning(Item.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        raise Conflict("changed_meanwhile")
    uow.session.refresh(item)


def move_on(uow: UnitOfWork, item: Item) -> None:
    """Move the item to its next version, whichever it has now: what a supervisor had open no longer fits.

    Counted in the database: added to a version read earlier, it could vanish in somebody else's step.
    """
    uow.session.flush()
    uow.session.execute(
        update(Item)
        .where(Item.id == item.id)
        .values(version=Item.version + 1)
        .execution_options(synchronize_session=False)
    )
    uow.session.refresh(item)


def claim(uow: UnitOfWork, public_id: str, version: int) -> Item:
    """Take an item, or take it over from whoever holds it. A report about oneself goes to somebody else."""
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    refuse_closed(item)
    take_version(uow, item, version)
    before = item.claimed_by_id
    item.state, item.claimed_by_id, item.claimed_at = ItemState.CLAIMED, me, uow.now
    uow.audit(
        ModerationAction.ITEM_CLAIMED,
        "item",
        item.public_id,
        taken_over=int(before is not None and before != me),
    )
    open_evidence(uow, public_id)  # whoever holds an item reads what was kept with it
    step(uow, item, Step.CLAIMED)
    return item


def open_evidence(uow: UnitOfWork, public_id: str) -> Item:
    """A supervisor looks at what was kept with an item; the look is written down.

    The member does not see this look: before a decision it would tell them that somebody reported them. They read
    the decision, and who looked into their file.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    uow.audit(ModerationAction.EVIDENCE_OPENED, "item", item.public_id)
    return item


def let_go(uow: UnitOfWork, public_id: str, version: int, note: object = "") -> Item:
    """Hand an item back to the desk, with a note for whoever takes it next; never one about oneself."""
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    refuse_closed(item)
    words = clean(note, field="note", limit=NOTE_LIMIT, required=False)
    take_version(uow, item, version)
    item.state, item.claimed_by_id, item.claimed_at = ItemState.NEW, None, None
    uow.audit(ModerationAction.ITEM_LET_GO, "item", item.public_id)
    step(uow, item, Step.LET_GO, words)
    return item


def free_if_left(uow: UnitOfWork, item: Item) -> None:
    """Put an item back into the queue whose supervisor is not there, because something new came to it.

    Nobody else looks at what somebody has. There is whoever is connected, opened a page lately, or claimed it just now;
    and who may look at it at all.
    """
    holder = item.claimed_by_id
    if holder is None or item.claimed_at is None:
        return
    just_now = item.claimed_at > uow.now - pause_after(uow)
    if holder in holders_of(uow, Role.SUPERVISOR) and (just_now or is_there(uow, holder)):
        return
    item.state = ItemState.NEW if item.state == ItemState.CLAIMED else item.state
    item.claimed_by_id, item.claimed_at = None, None
    uow.audit(ModerationAction.ITEM_FREED, "item", item.public_id)
    step(uow, item, Step.FREED, by_software=True)


def can_be_seen(uow: UnitOfWork, item: Item) -> bool:
    """True for what software brought here, nobody reported, and others can read already: there is nothing to decide."""
    reported = select(Report.id).where(Report.item_id == item.id).limit(1)
    return (
        item.kind == ItemKind.HELD
        and item.open_key is not None
        and uow.session.scalar(reported) is None
        and target_by_id(uow, item.target_kind, item.target_id).state not in UNSETTLED
    )


def seen(uow: UnitOfWork, public_id: str, version: int) -> Item:
    """A claimed first contribution was read and stands as it is: the item is closed, and no decision is written.

    The member hears nothing: nobody complained, and nothing changed for them. Raises NotAllowed for something about
    oneself or held by somebody else, Conflict when the item changed meanwhile, was reported or still waits.
    """
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    refuse_closed(item)
    take_version(uow, item, version)
    if item.claimed_by_id != me:
        raise NotAllowed("claim_first")
    if not can_be_seen(uow, item):
        raise Conflict("seen_not_enough")
    item.state, item.closed_at, item.open_key = ItemState.CLOSED, uow.now, None
    uow.audit(ModerationAction.ITEM_SEEN, "item", item.public_id)
    step(uow, item, Step.SEEN)
    return item


def add_note(uow: UnitOfWork, public_id: str, version: int, note: object) -> Item:
    """Write a note on an item for the other supervisors; never on one about oneself."""
    me = uow.actor.require(Role.SUPERVISOR)
    item = load_item(uow, public_id)
    refuse_own_case(item, me)
    words = clean(note, field="note", limit=NOTE_LIMIT)
    take_version(uow, item, version)
    step(uow, item, Step.NOTE, words)
    return item


def refuse_own_case(item: Item, supervisor_id: int) -> None:
    """A supervisor never has a hand in a report about themselves. Raises NotAllowed("own_case")."""
    if item.member_id == supervisor_id:
        raise NotAllowed("own_case")


def refuse_closed(item: Item) -> None:
    if item.state in OVER:
        raise Conflict("item_closed")
