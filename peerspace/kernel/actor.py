"""Who acts, and from where.

Every unit of work carries an actor. Its *origin* says through which door the act came; invariant 1 (no automated
author) rests on it: contributions are accepted from interactive origins only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from peerspace.kernel.errors import NotAllowed


class Origin(StrEnum):
    """The door an act came through."""

    WEB = "web"
    SOCKET = "socket"
    COMMAND = "command"
    JOB = "job"
    DEMO = "demo"
    BENCH = "bench"


class Role(StrEnum):
    """Roles as product.md names them; each is a dated grant (see accounts.models.RoleGrant)."""

    MEMBER = "member"
    PEER_WORKER = "peer_worker"
    SUPERVISOR = "supervisor"
    RESEARCHER = "researcher"
    PANEL = "panel"
    ADMINISTRATOR = "administrator"


INVENTED = frozenset({Origin.DEMO, Origin.BENCH})
"""Origins whose writes stamp a database for ever as invented; production refuses to start on one."""

MAY_CONTRIBUTE = frozenset({Origin.WEB, Origin.SOCKET, Origin.DEMO})
"""Doors through which a post or a message may come. DEMO exists outside production only."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party: a signed-in person, a guest, or the installation itself (command or job).

    `account_id` is None for a guest and for the installation. `session_id` is the server-side session's row.
    """

    origin: Origin
    account_id: int | None = None
    public_id: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    session_id: int | None = None

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_installation(self) -> bool:
        """True for the command line and for background work: the installation acting, not a person."""
        return self.account_id is None and self.origin in (
            Origin.COMMAND,
            Origin.JOB,
            Origin.DEMO,
            Origin.BENCH,
        )

    def has(self, *roles: Role) -> bool:
        """True if the actor holds at least one of `roles`."""
        return any(role in self.roles for role in roles)

    def require(self, *roles: Role) -> int:
        """Return the acting account's id, or raise NotAllowed when none of `roles` is held."""
        if self.account_id is None or not self.has(*roles):
            raise NotAllowed("role_needed", roles=", ".join(roles))
        return self.account_id

    def require_account(self) -> int:
        """Return the acting account's id, or raise NotAllowed for a guest or the installation."""
        if self.account_id is None:
            raise NotAllowed("sign_in_needed")
        return self.account_id

    def require_human(self) -> int:
        """Return the id of the person contributing (invariant 1), or raise NotAllowed.

        A contribution needs a person's account *and* an interactive door: commands, jobs and benches have no voice.
        """
        if self.account_id is None or self.origin not in MAY_CONTRIBUTE:
            raise NotAllowed("humans_only")
        return self.account_id


def guest(origin: Origin = Origin.WEB) -> Actor:
    """An actor who has not signed in."""
    return Actor(origin=origin)


def installation(origin: Origin) -> Actor:
    """The installation acting by itself: a command (COMMAND), background work (JOB), invented data (DEMO, BENCH)."""
    return Actor(origin=origin)
