"""The card beside words that may mean danger: for whoever wrote them, on the page they come to, without script too.

The page's address names what was written (`?care=`). The card comes only where that is the reader's own: so such an
address tells nobody else anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import request

from peerspace.accounts.queries import PersonCard
from peerspace.chat.gathering import rooms_now
from peerspace.community.danger import is_refused_for_good, note_refused
from peerspace.duty.service import desk_is_kept
from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.uow import UnitOfWork
from peerspace.web.community.help_now import Offered, lines_to_offer, own_country
from peerspace.web.glue import actor, reading, running

NAME = "care"


@dataclass(frozen=True, slots=True)
class Care:
    """What the card shows.

    `of` is the public id of what was written; `places` the open rooms (name, slug, who is on duty, without people the
    reader blocked); `desk`: somebody keeps the desk.
    """

    of: str
    help: Offered
    places: list[tuple[str, str, tuple[PersonCard, ...]]]
    desk: bool


def care_for(own: Collection[str]) -> Care | None:
    """The card for what the page's address names, where it is among `own`, the reader's own; else None."""
    asked = request.args.get(NAME, "")
    return care_card(asked) if asked and asked in own else None


def care_card(of: str = "") -> Care:
    """The card as it is now."""
    with reading() as uow:
        places, desk = _on_duty(uow)
    return Care(of, lines_to_offer(own_country()), places, desk)


def care_if_refused(danger: tuple[str, ...], error: PeerSpaceError) -> Care | None:
    """The card beside words that may mean danger and were not taken, which a human hears of; None for others.

    See `community.danger.is_refused_for_good`.
    """
    if not danger or not is_refused_for_good(error):
        return None
    note_refused(running().database, actor(), danger)
    return care_card()


def _on_duty(uow: UnitOfWork) -> tuple[list[tuple[str, str, tuple[PersonCard, ...]]], bool]:
    open_now = [room for room in rooms_now(uow) if room.is_open and room.keepers]
    return [(room.name, room.slug, room.keepers) for room in open_now], desk_is_kept(uow)
