"""Who the invented people are and whether they are here: light enough to ask at every start."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from peerspace.accounts.models import Account
from peerspace.demo import cast
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import Installation
from peerspace.kernel.uow import Database

DEMO = installation(Origin.DEMO)
ASKING = installation(Origin.COMMAND)


@dataclass(frozen=True, slots=True)
class Made:
    """One account that was made, for whoever wants to sign in."""

    name: str
    role: str
    passphrase: str


def is_empty(database: Database) -> bool:
    """True while nobody has an account."""
    with database.read(ASKING) as uow:
        return not uow.session.scalar(select(func.count()).select_from(Account))


def is_invented(database: Database) -> bool:
    """True once invented people were ever written here."""
    with database.read(ASKING) as uow:
        return uow.session.scalar(select(Installation.invented_at).where(Installation.id == 1)) is not None


def accounts_made() -> list[Made]:
    """Every invented account with its role and passphrase."""
    return [Made(part.name, part.role.value, cast.PASSPHRASE) for part in (*cast.MEMBERS, *cast.STAFF)]
