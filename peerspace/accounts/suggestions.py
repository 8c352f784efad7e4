"""Invented names for people to whom none comes to mind: two plain things side by side, saying nothing of anybody."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.accounts.names import MOST, fold
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import N_, gettext

# Translators: the first halves of invented names ("Moss heron"), sixteen words with spaces between
FIRST = N_(
    "Moss Fog River Winter Harbour Meadow Rain Salt Stone Island Amber Birch Snow Evening Orchard Thunder"
)
# Translators: the second halves of invented names ("Moss heron"), sixteen words with spaces between
SECOND = N_(
    "heron lantern kettle bench otter path owl thistle pebble gate fox teapot bridge blackbird clock hedge"
)
# Translators: an invented name out of its two halves; a language may write them as one word
TOGETHER = N_("%(first)s %(second)s")
DRAWN_PER_NAME = 4
"""How many are drawn for each that is wanted: some may be taken, or too long in another language."""


def suggest_names(uow: UnitOfWork, count: int = 3) -> list[str]:
    """`count` invented names that nobody here has, drawn by chance; fewer when most are taken."""
    pairs = (_draw() for _ in range(count * DRAWN_PER_NAME))
    drawn = {fold(name): name for name in pairs if len(name) <= MOST}
    taken = set(
        uow.session.scalars(select(Account.pseudonym_folded).where(Account.pseudonym_folded.in_(list(drawn))))
    )
    return [name for folded, name in drawn.items() if folded not in taken][:count]


def _draw() -> str:
    halves = {
        "first": secrets.choice(gettext(FIRST).split()),
        "second": secrets.choice(gettext(SECOND).split()),
    }
    return gettext(TOGETHER, **halves)
