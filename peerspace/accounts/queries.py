"""Read models about people: cards for names beside words, roles now and at a past moment, blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select

from peerspace.accounts.models import MAY_AGREE, Account, Block, LinkRequest, RoleGrant
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.actor import Role
from peerspace.kernel.clock import from_us
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext

ROLE_WORDS = {
    "": "",
    "member": N_("Member"),
    "peer_worker": N_("Peer worker"),
    "supervisor": N_("Supervisor"),
    "researcher": N_("Researcher"),
    "panel": N_("Panel member"),
    "administrator": N_("Administrator"),
}
"""What each role is called, to be translated where it is shown."""


def role_word(role: object) -> str:
    """The word for a role by its name in code, where one is held; a member's is not said."""
    return gettext(ROLE_WORDS.get(str(role), "")) if role and role != "member" else ""


SHOWN_ROLES = (Role.SUPERVISOR.value, Role.PEER_WORKER.value)
"""Roles that stand beside a name, the first that is held wins. The others are nobody's business."""

_STATUS_GONE = "left"


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as others see them: a name, a token, a role word. `role` is '', 'peer_worker' or 'supervisor'."""

    id: int
    public_id: str
    pseudonym: str
    token_symbol: str
    token_colour: str
    role: str = ""
    gone: bool = False

    @property
    def name(self) -> str:
        return gettext(N_("former member")) if self.gone else self.pseudonym

    @property
    def symbol(self) -> str:
        return self.token_symbol

    @property
    def colour(self) -> str:
        return self.token_colour

    @property
    def role_label(self) -> str:
        return gettext(ROLE_WORDS[self.role])


@dataclass(frozen=True, slots=True)
class RoleAt:
    """The role on whose footing a person acted at one moment.

    `role`: supervisor, peer_worker, member or none (no such role then). `training`: trained, untrained, not_recorded;
    `pay`: paid, volunteer, not_recorded; both of that role's grant.
    """

    role: str
    training: str
    pay: str


def live_at(at: datetime) -> ColumnElement[bool]:
    """The condition that a role grant stood at `at`."""
    return and_(RoleGrant.granted_at <= at, or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > at))


# Asked on every page, and building a statement costs more than running it: built once.
_BLOCKS = select(Block.blocker_id, Block.blocked_id).where(
    or_(Block.blocker_id == bindparam("me"), Block.blocked_id == bindparam("me"))
)
_SHOWN_GRANTS = (
    select(func.aggregate_strings(RoleGrant.role, ","))
    .where(
        RoleGrant.account_id == Account.id,
        RoleGrant.role.in_(SHOWN_ROLES),
        RoleGrant.ended_at.is_(None),
    )
    .correlate(Account)
    .scalar_subquery()
)
CARD = (
    Account.id.label("card_id"),
    Account.public_id.label("card_public_id"),
    Account.pseudonym,
    Account.token_symbol,
    Account.token_colour,
    Account.status.label("card_status"),
    _SHOWN_GRANTS.label("card_roles"),
)
"""What a card is made of (`card_from`), as columns of a statement about somebody's account."""
_PEOPLE = select(*CARD).where(Account.id.in_(bindparam("ids", expanding=True)))


def blocked_by(uow: UnitOfWork, account_id: int) -> frozenset[int]:
    """Ids of the accounts that `account_id` has blocked."""
    return _blocks(uow, account_id)[0]


def blockers_of(uow: UnitOfWork, account_id: int) -> frozenset[int]:
    """Ids of the accounts that have blocked `account_id`. For filtering only; never shown in any form."""
    return _blocks(uow, account_id)[1]


def _blocks(uow: UnitOfWork, account_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Whom an account blocked and who blocked it, asked once in a unit of work that only reads."""
    known: tuple[frozenset[int], frozenset[int]] | None = uow.known.get((_blocks, account_id))
    if known is None:
        rows = uow.rows(_BLOCKS, {"me": account_id}).all()
        known = (
            frozenset(row.blocked_id for row in rows if row.blocker_id == account_id),
            frozenset(row.blocker_id for row in rows if row.blocked_id == account_id),
        )
        if not uow.writes:
            uow.known[_blocks, account_id] = known
    return known


def people_cards(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, PersonCard]:
    """Cards of the accounts `ids` with the role they hold now. One query at most, however many people.

    A unit of work that only reads asks for nobody twice.
    """
    wanted = set(ids)
    cards: dict[int, PersonCard] = {} if uow.writes else uow.known.setdefault(people_cards, {})
    if missing := wanted - cards.keys():
        cards.update((row.card_id, card_from(row)) for row in uow.rows(_PEOPLE, {"ids": sorted(missing)}))
    return {one: cards[one] for one in wanted if one in cards}


def card_from(row: Row[Any]) -> PersonCard:
    """The card of a row that holds the columns of CARD."""
    gone, held = row.card_status == _STATUS_GONE, (row.card_roles or "").split(",")
    role = "" if gone else next((role for role in SHOWN_ROLES if role in held), "")
    return PersonCard(
        row.card_id, row.card_public_id, row.pseudonym, row.token_symbol, row.token_colour, role, gone=gone
    )


def roles_of(uow: UnitOfWork, account_id: int) -> frozenset[Role]:
    """The roles that `account_id` holds now."""
    live = select(RoleGrant.role).where(RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None))
    return frozenset(Role(role) for role in uow.session.scalars(live))


def holders_of(uow: UnitOfWork, *roles: Role) -> set[int]:
    """The active accounts that hold at least one of `roles` now."""
    found = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.ended_at.is_(None),
            RoleGrant.role.in_([role.value for role in roles]),
            Account.status == AccountStatus.ACTIVE,
        )
    )
    return set(uow.session.scalars(found))


def role_at(uow: UnitOfWork, account_id: int, at: datetime) -> RoleAt:
    """The role on whose footing `account_id` acted at `at`, with the training and pay of that grant."""
    grants = select(RoleGrant).where(RoleGrant.account_id == account_id, live_at(at))
    held = {grant.role: grant for grant in uow.session.scalars(grants)}
    for role in (*SHOWN_ROLES, Role.MEMBER.value):
        if role in held:
            return RoleAt(role, held[role].training, held[role].pay)
    return RoleAt("none", "not_recorded", "not_recorded")


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a member of staff into something private (invariant 8). `what` is the audit entry's action."""

    at: datetime
    what: AuditedAction
    by: PersonCard | None

    @property
    def said(self) -> str:
        """The look as a sentence, in the language of whoever reads it."""
        name = self.by.name if self.by is not None else gettext(N_("Somebody who runs this PeerSpace"))
        return gettext(self.what.to_member, name=name)


def who_looked(
    uow: UnitOfWork, account_id: int, actions: Mapping[str, AuditedAction], *, limit: int = 200
) -> list[Look]:
    """Looks of others into what is private to `account_id`, newest first. `by` is None for the installation.

    `actions`: all there are, by code. A look is one that has words for the person it concerns (`to_member`); so not
    `evidence_opened`, which before a decision would tell them that somebody reported them.
    """
    looks = {code: action for code, action in actions.items() if action.to_member}
    entries = uow.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.concerns_id == account_id,
            AuditEntry.action.in_(looks),
            or_(AuditEntry.account_id.is_(None), AuditEntry.account_id != account_id),
        )
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    ).all()
    cards = people_cards(uow, {entry.account_id for entry in entries if entry.account_id is not None})
    return [
        Look(from_us(entry.at_us), looks[entry.action], cards.get(entry.account_id or 0)) for entry in entries
    ]


@dataclass(frozen=True, slots=True)
class LinkRequestLine:
    """One open request for a one-time link. `is_mine`: the reader asked for it; `is_for_me`: it is for the reader."""

    public_id: str
    person: PersonCard
    asked_by: PersonCard
    note: str
    at: datetime
    agreed: bool
    made: bool
    is_mine: bool
    is_for_me: bool


def link_requests(uow: UnitOfWork) -> list[LinkRequestLine]:
    """Open requests for one-time links, oldest first.

    Raises NotAllowed for anybody but administrators and supervisors.
    """
    uow.actor.require(*MAY_AGREE)
    return _link_requests(uow)


def my_link_requests(uow: UnitOfWork) -> list[LinkRequestLine]:
    """Open requests for a link into the acting person's own account."""
    return _link_requests(uow, LinkRequest.account_id == uow.actor.require_account())


def _link_requests(uow: UnitOfWork, *where: ColumnElement[bool]) -> list[LinkRequestLine]:
    rows = uow.session.scalars(
        select(LinkRequest).where(LinkRequest.all_open(uow.now), *where).order_by(LinkRequest.id)
    ).all()
    cards = people_cards(uow, {one for row in rows for one in (row.account_id, row.asked_by_id)})
    me = uow.actor.account_id
    return [
        LinkRequestLine(
            row.public_id,
            cards[row.account_id],
            cards[row.asked_by_id],
            row.note,
            row.asked_at,
            agreed=row.agreed_at is not None,
            made=row.link_id is not None,
            is_mine=row.asked_by_id == me,
            is_for_me=row.account_id == me,
        )
        for row in rows
    ]
