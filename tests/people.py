"""Quick ways to set up people and places for a test, straight in the database."""

from __future__ import annotations

from datetime import timedelta

from peerspace.accounts.models import Account, Block, RoleGrant
from peerspace.accounts.names import fold, fold_capitals
from peerspace.chat.models import Room
from peerspace.duty.models import Duty
from peerspace.forum.models import Space
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.uow import Database
from peerspace.streams.closing import ClosedBy


class People:
    """A maker of accounts, spaces and rooms. Names are given out in order unless one is asked for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._count = 0

    def add(
        self,
        name: str = "",
        *roles: Role,
        status: str = "active",
        established: bool = True,
        training: str = "not_recorded",
        pay: str = "not_recorded",
        origin: Origin = Origin.WEB,
    ) -> Actor:
        """A person with `roles` (member is always among them) and an actor who acts as them."""
        self._count += 1
        name = name or f"person{self._count}"
        held = frozenset({Role.MEMBER, *roles})
        with self.database.write(installation(Origin.COMMAND)) as uow:
            account = Account(
                public_id=new_public_id(),
                pseudonym=name,
                pseudonym_folded=fold(name),
                pseudonym_capitals=fold_capitals(name),
                token_symbol="bird",
                token_colour="moss",
                status=status,
                created_at=uow.now - timedelta(days=30),
                admitted_at=uow.now - timedelta(days=30),
                established_at=uow.now - timedelta(days=20) if established else None,
                status_changed_at=uow.now - timedelta(days=30),
                rules_number=1,
            )
            uow.session.add(account)
            uow.session.flush()
            for role in held:
                uow.session.add(
                    RoleGrant(
                        account_id=account.id,
                        role=role.value,
                        training=training,
                        pay=pay,
                        granted_at=account.created_at,
                    )
                )
        return Actor(origin=origin, account_id=account.id, public_id=account.public_id, roles=held)

    def space(self, slug: str = "nights", *, hold_first_posts: str = "never") -> Space:
        """A forum space."""
        with self.database.write(installation(Origin.COMMAND)) as uow:
            space = Space(slug=slug, name=slug.title(), created_at=uow.now, hold_first_posts=hold_first_posts)
            uow.session.add(space)
        return space

    def room(self, slug: str = "late-kitchen", *, kept_by: Actor | None = None, slow_mode_s: int = 0) -> Room:
        """A room; with `kept_by` it has that person on duty and takes messages."""
        with self.database.write(installation(Origin.COMMAND)) as uow:
            room = Room(
                slug=slug,
                name=slug.title(),
                created_at=uow.now,
                slow_mode_s=slow_mode_s,
                closed_by=0 if kept_by is not None else int(ClosedBy.NO_DUTY),
            )
            uow.session.add(room)
            uow.session.flush()
            if kept_by is not None:
                uow.session.add(Duty(stream_id=room.id, account_id=kept_by.account_id, from_at=uow.now))
        return room

    def block(self, blocker: Actor, blocked: Actor) -> None:
        """`blocker` blocks `blocked`."""
        with self.database.write(blocker) as uow:
            uow.session.add(
                Block(blocker_id=blocker.account_id, blocked_id=blocked.account_id, created_at=uow.now)
            )
