"""Loading rooms and messages for somebody: what they may not know of is not there (NotFound)."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, select

from peerspace.accounts.models import Account, Block
from peerspace.chat.models import Message, Room
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import NotAllowed, NotFound
from peerspace.kernel.uow import UnitOfWork

COMMUNITY = (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR)
"""Who may be in rooms. Researchers, panel members and administrators as such see no community content."""

VISIBLE_STATES = ("published", "hidden", "removed")
"""States in which a message has its place in the room; all but `published` show as a stub."""


# Asked for every message: built once.
_ACCOUNT = select(Account).where(Account.id == bindparam("which"))
_BY_SLUG = select(Room).where(Room.slug == bindparam("which"))


def require_reader(uow: UnitOfWork) -> int:
    """Return the id of a person who may read rooms, or raise NotAllowed."""
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
    if account is None or account.status != "active":
        raise NotAllowed("account_not_active")
    if account.read_only_until is not None and account.read_only_until > uow.now:
        raise NotAllowed("account_read_only", until=account.read_only_until)
    return account


def room_by_slug(uow: UnitOfWork, slug: object) -> Room:
    """The room at an address.

    Raises NotFound when there is none. Archived rooms can still be read.
    """
    if not isinstance(slug, str) or not 0 < len(slug) <= 48 or "\x00" in slug:
        raise NotFound("not_found")
    room = uow.session.scalar(_BY_SLUG, {"which": slug})
    if room is None:
        raise NotFound("not_found")
    return room


def message_for(uow: UnitOfWork, public_id: object, reader_id: int) -> Message:
    """A message that `reader_id` can see: standing in its room and not by somebody they blocked, or their own.

    Raises NotFound.
    """
    if not isinstance(public_id, str) or not 0 < len(public_id) <= 24 or "\x00" in public_id:
        raise NotFound("not_found")
    blocked = exists().where(Block.blocker_id == reader_id, Block.blocked_id == Message.author_id)
    message = uow.session.scalar(select(Message).where(Message.public_id == public_id, ~blocked))
    if message is None or (message.seq is None and message.author_id != reader_id):
        raise NotFound("not_found")
    return message


def own_message(uow: UnitOfWork, public_id: object, author_id: int) -> Message:
    """A message that `author_id` wrote.

    Raises NotFound when they cannot see it, NotAllowed("own_only") when it is somebody else's.
    """
    message = message_for(uow, public_id, author_id)
    if message.author_id != author_id:
        raise NotAllowed("own_only")
    return message
