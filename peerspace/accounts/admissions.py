"""What supervisors see of people: who waits at the door, and a member's file (opened on record: invariant 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from peerspace.accounts.access import person_for_staff
from peerspace.accounts.actions import AccountAction
from peerspace.accounts.models import Account, RoleGrant
from peerspace.accounts.own import StepLine, steps_by_account, steps_of
from peerspace.accounts.queries import ROLE_WORDS, PersonCard, people_cards
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext

LIMIT = 200
"""Most people shown at the door at once."""

STATUS_WORDS = {
    "waiting": N_("at the door"),
    "asked": N_("at the door, with a question to answer"),
    "active": N_("a member"),
    "declined": N_("not let in"),
    "suspended": N_("on a pause"),
    "ended": N_("membership ended"),
    "left": N_("has left"),
}
TRAINING_WORDS = {
    "trained": N_("trained"),
    "untrained": N_("not trained"),
    "not_recorded": N_("training not recorded"),
}
PAY_WORDS = {"paid": N_("paid"), "volunteer": N_("volunteer"), "not_recorded": N_("pay not recorded")}


@dataclass(frozen=True, slots=True)
class Applicant:
    """One person at the door. `urgent`: their words may mean danger, so a human reads them first."""

    person: PersonCard
    status: str
    since: datetime
    own_words: str
    steps: list[StepLine]
    urgent: bool


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role, held now or before."""

    role: str
    training: str
    pay: str
    since: datetime
    until: datetime | None

    @property
    def words(self) -> list[str]:
        """The role, and on which footing it is held."""
        named = (ROLE_WORDS[self.role], TRAINING_WORDS[self.training], PAY_WORDS[self.pay])
        return [gettext(name) for name in named]


@dataclass(frozen=True, slots=True)
class MemberFile:
    """What a supervisor sees of a member. Nothing of what they wrote in the community, no count of anything."""

    person: PersonCard
    status: str
    status_since: datetime
    joined_at: datetime
    admitted_at: datetime | None
    admitted_by: PersonCard | None
    established_at: datetime | None
    suspended_until: datetime | None
    read_only_until: datetime | None
    rules_number: int | None
    own_words: str
    steps: list[StepLine]
    roles: list[RoleLine]

    @property
    def status_words(self) -> str:
        """How the membership stands."""
        return gettext(STATUS_WORDS[self.status])


def waiting_people(uow: UnitOfWork, in_danger: Callable[[str, str], object]) -> list[Applicant]:
    """People at the door, those first in whose words a crisis shows, then the longest waiting; at most LIMIT.

    `in_danger` is the check for danger (community.danger), asked with a name and with words. Everybody's are looked
    at before the list is cut: who needs a human soonest is never beyond its end. Raises NotAllowed unless a
    supervisor acts.
    """
    uow.actor.require(Role.SUPERVISOR)
    at_the_door = select(Account).where(Account.status.in_((AccountStatus.WAITING, AccountStatus.ASKED)))
    rows = list(uow.session.scalars(at_the_door.order_by(Account.created_at, Account.id)))
    steps = steps_by_account(uow, at_the_door.with_only_columns(Account.id))
    urgent = {row.id: bool(in_danger(row.pseudonym, _said(steps[row.id]))) for row in rows}
    rows.sort(key=lambda row: (not urgent[row.id], row.status != AccountStatus.WAITING))
    del rows[LIMIT:]
    cards = people_cards(uow, {row.id for row in rows})
    return [
        Applicant(cards[row.id], row.status, row.created_at, row.own_words, steps[row.id], urgent[row.id])
        for row in rows
    ]


def open_member_file(uow: UnitOfWork, public_id: str) -> MemberFile:
    """Open a member's file; the look goes into the audit chain, where the member can see it.

    Needs a unit of work that writes. Raises NotAllowed unless a supervisor acts, NotFound.
    """
    account = person_for_staff(uow, public_id)
    uow.audit(AccountAction.MEMBER_FILE_OPENED, "account", account.public_id, concerns=account.id)
    cards = people_cards(uow, {account.id, account.admitted_by_id or account.id})
    grants = (
        select(RoleGrant)
        .where(RoleGrant.account_id == account.id)
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return MemberFile(
        person=cards[account.id],
        status=account.status,
        status_since=account.status_changed_at,
        joined_at=account.created_at,
        admitted_at=account.admitted_at,
        admitted_by=cards.get(account.admitted_by_id or 0),
        established_at=account.established_at,
        suspended_until=account.suspended_until,
        read_only_until=account.read_only_until,
        rules_number=account.rules_number,
        own_words=account.own_words,
        steps=steps_of(uow, account.id),
        roles=[
            RoleLine(row.role, row.training, row.pay, row.granted_at, row.ended_at)
            for row in uow.session.scalars(grants)
        ],
    )


def _said(steps: list[StepLine]) -> str:
    return "\n".join(step.words for step in steps if not step.staff)
