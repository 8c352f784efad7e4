"""Loading contributions for somebody: what they may not know of is not there (NotFound)."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, or_, select

from peerspace.accounts.models import Account, Block
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotAllowed, NotFound
from peerspace.kernel.locks import hold
from peerspace.kernel.uow import UnitOfWork
from peerspace.streams.kinds import StreamKind, kinds
from peerspace.streams.models import Contribution

COMMUNITY = (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR)
"""Who may read what members write. Researchers, panel members and administrators as such see no community content."""
LONGEST_ID = 24

C = TypeVar("C", bound=Contribution)

# Asked for every message: built once.
_ACCOUNT = select(Account).where(Account.id == bindparam("which"))


def require_reader(uow: UnitOfWork) -> int:
    """Return the id of a person who may read what members write, or raise NotAllowed."""
    return uow.actor.require(*COMMUNITY)


def require_writer(uow: UnitOfWork) -> Account:
    """Return the account of a human who may write now (invariant 1).

    Raises NotAllowed for anything but a person at an interactive door (`humans_only`), for an account that is not
    active (`account_not_active`) or is restricted to reading (`account_read_only`, value `until`).
    """
    account_id = uow.actor.require_human()
    uow.actor.require(*COMMUNITY)
    return require_unrestricted(uow, account_id)


def require_unrestricted(uow: UnitOfWork, account_id: int) -> Account:
    """Return the account, as it stands now, of somebody who is active and not restricted to reading.

    Raises NotAllowed (`account_not_active`, `account_read_only` with `until`).
    """
    account = uow.session.scalar(
        _ACCOUNT, {"which": account_id}, execution_options={"populate_existing": True}
    )
    if account is None or account.status != AccountStatus.ACTIVE:
        raise NotAllowed("account_not_active")
    if account.read_only_until is not None and account.read_only_until > uow.now:
        raise NotAllowed("account_read_only", until=account.read_only_until)
    return account


def checked_id(public_id: object) -> str:
    """`public_id` where it can be one, else NotFound: nothing else reaches the database."""
    if (
        not isinstance(public_id, str)
        or not 0 < len(public_id) <= LONGEST_ID
        or not public_id.isascii()
        or "\0" in public_id
    ):
        raise NotFound("not_found")
    return public_id


def standing(uow: UnitOfWork, what: type[C], *, past_blocks: bool = False) -> Select[C]:
    """The contributions of the class `what` that the acting person may know of: the one way to select them for reading.

    They stand in a stream that its owner lets them read, and have their place or are their own; supervisors also reach
    what waits. Where somebody blocked leaves no stub, what they wrote is not there,
    but with `past_blocks`, for what a supervisor has to look at. Raises NotAllowed.
    """
    reader_id = require_reader(uow)
    mapped = what.__mapper_args__.get("polymorphic_identity")
    wanted = [kind for kind in kinds(uow) if mapped in (None, kind.name)]
    there = or_(false(), *(_in_kind(uow, kind, reader_id, past_blocks=past_blocks) for kind in wanted))
    if uow.actor.has(Role.SUPERVISOR):
        return select(what).where(there)
    return select(what).where(there, or_(Contribution.seq.is_not(None), Contribution.author_id == reader_id))


def _in_kind(uow: UnitOfWork, kind: StreamKind, reader_id: int, *, past_blocks: bool) -> ColumnElement[bool]:
    conditions = [Contribution.kind == kind.name, Contribution.stream_id.in_(kind.readable(uow))]
    if not kind.blocked_leave_a_stub and not past_blocks:
        conditions.append(~by_blocked(reader_id))
    return and_(*conditions)


def by_blocked(reader_id: int) -> ColumnElement[bool]:
    """The condition that a contribution is by somebody whom the reader blocked."""
    return exists().where(Block.blocker_id == reader_id, Block.blocked_id == Contribution.author_id)


def contribution_for(uow: UnitOfWork, public_id: object, what: type[C], *, past_blocks: bool = False) -> C:
    """One contribution that the acting person may know of (`standing`). Raises NotAllowed, NotFound."""
    found = uow.session.scalar(
        standing(uow, what, past_blocks=past_blocks).where(Contribution.public_id == checked_id(public_id)),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NotFound("not_found")
    return found


def own_contribution(uow: UnitOfWork, public_id: object, what: type[C]) -> C:
    """One contribution that the acting person wrote.

    Raises NotFound when they cannot see it, NotAllowed("own_only") when it is somebody else's.
    """
    found = contribution_for(uow, public_id, what)
    if found.author_id != uow.actor.account_id:
        raise NotAllowed("own_only")
    return found


def contribution_for_update(uow: UnitOfWork, contribution_id: int) -> Contribution:
    """A contribution's newest state, held against other changes until this act ends. Raises NotFound.

    The lock leaves room for answers that refer to it: they do not change it.
    """
    found = hold(uow.session, Contribution, contribution_id)
    if found is None:
        raise NotFound("not_found")
    return found
