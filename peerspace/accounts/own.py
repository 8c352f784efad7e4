"""What a person sees of their own account: sessions, blocks, codes, the way in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from peerspace.accounts.models import Account, AdmissionStep, Block, WebSession
from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.accounts.recovery import codes_left
from peerspace.accounts.sessions import unexpired
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext

STEP_WORDS = {
    "applied": N_("You asked to join"),
    "asked": N_("A supervisor asked you something"),
    "answered": N_("You answered"),
    "admitted": N_("You were let in"),
    "declined": N_("You were not let in"),
}
"""The steps on the way in, as the person who takes them reads them."""

STEP_WORDS_OF_THEM = {
    "applied": N_("They asked to join"),
    "asked": N_("A supervisor asked them something"),
    "answered": N_("They answered"),
    "admitted": N_("They were let in"),
    "declined": N_("They were not let in"),
}
"""The same as supervisors read them in a member's file."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One signed-in browser of a person."""

    id: int
    since: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One person whom the reader blocked."""

    person: PersonCard
    since: datetime


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step on the way in, as the applicant and supervisors read it. `staff`: said by a supervisor."""

    kind: str
    words: str
    at: datetime
    staff: bool

    @property
    def what(self) -> str:
        """What happened, in the words of the person it happened to."""
        return gettext(STEP_WORDS[self.kind])

    @property
    def what_they(self) -> str:
        """What happened, as somebody else reads it."""
        return gettext(STEP_WORDS_OF_THEM[self.kind])


@dataclass(frozen=True, slots=True)
class MySettings:
    """The page `my settings`."""

    sessions: list[SessionLine]
    blocks: list[BlockLine]
    codes_left: int


@dataclass(frozen=True, slots=True)
class OwnStatus:
    """Where somebody stands who is not in, or not in any more."""

    status: str
    since: datetime
    until: datetime | None
    steps: list[StepLine]
    own_words: str


def my_settings(uow: UnitOfWork) -> MySettings:
    """Sessions, blocks and codes of the acting person."""
    me = uow.actor.require_account()
    live = select(WebSession).where(WebSession.account_id == me, unexpired(uow.now))
    sessions = [
        SessionLine(row.id, row.created_at, row.seen_at, row.id == uow.actor.session_id)
        for row in uow.session.scalars(live.order_by(WebSession.seen_at.desc()))
    ]
    return MySettings(sessions, my_blocks(uow), codes_left(uow, me))


def my_blocks(uow: UnitOfWork) -> list[BlockLine]:
    """Whom the acting person blocked, newest first."""
    mine = select(Block).where(Block.blocker_id == uow.actor.require_account()).order_by(Block.id.desc())
    rows = list(uow.session.scalars(mine))
    cards = people_cards(uow, {row.blocked_id for row in rows})
    return [BlockLine(cards[row.blocked_id], row.created_at) for row in rows if row.blocked_id in cards]


def account_status(uow: UnitOfWork) -> OwnStatus:
    """Where the acting person stands on the way in or out."""
    account = uow.session.get_one(Account, uow.actor.require_account())
    until = account.suspended_until if account.status == AccountStatus.SUSPENDED else None
    return OwnStatus(
        account.status, account.status_changed_at, until, steps_of(uow, account.id), account.own_words
    )


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the supervisor who let somebody in said to them. `by` is None for the command line."""

    words: str
    by: PersonCard | None


def welcome_of(uow: UnitOfWork, account_id: int) -> Welcome | None:
    """The welcome that came with being let in; None where nobody said anything."""
    row = uow.session.scalars(
        select(AdmissionStep)
        .where(AdmissionStep.account_id == account_id, AdmissionStep.kind == "admitted")
        .order_by(AdmissionStep.id.desc())
        .limit(1)
    ).first()
    if row is None or not row.words:
        return None
    by = people_cards(uow, [row.by_id])[row.by_id] if row.by_id is not None else None
    return Welcome(row.words, by)


def newest_step(uow: UnitOfWork, account_id: int) -> int:
    """The row id of the newest step on somebody's way in."""
    mine = select(func.max(AdmissionStep.id)).where(AdmissionStep.account_id == account_id)
    return uow.session.scalar(mine) or 0


def steps_of(uow: UnitOfWork, account_id: int) -> list[StepLine]:
    """The talk about joining, oldest first."""
    return steps_by_account(uow, [account_id]).get(account_id, [])


def steps_by_account(
    uow: UnitOfWork, account_ids: Iterable[int] | Select[tuple[int]]
) -> dict[int, list[StepLine]]:
    """The talks about joining of several people (ids, or a query for them), each oldest first. One query."""
    rows = select(AdmissionStep).where(AdmissionStep.account_id.in_(account_ids)).order_by(AdmissionStep.id)
    steps: dict[int, list[StepLine]] = defaultdict(list)
    for row in uow.session.scalars(rows):
        by_staff = row.kind not in ("applied", "answered")
        steps[row.account_id].append(StepLine(row.kind, row.words, row.at, by_staff))
    return steps
