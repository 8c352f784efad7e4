"""What software asks a human to look at: a watch phrase, or a new member's first contributions.

The forum and the rooms ask here, each with the draft, its place and how much of the author's stands already. The
answer is whether the text waits, or appears and a human looks; what becomes of it is decided by a person
(invariant 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peerspace.accounts.models import Account
from peerspace.community.drafts import Draft
from peerspace.community.settings import get_setting
from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class FirstOnes:
    """How a place treats a new member's first contributions.

    `kind` names them (first_posts, first_messages) and the setting that says how many they are; `when` they wait
    (never, off_shift, always); `published` counts what the author published so far;
    `desk_is_kept` tells whether a human is at the desk now; `read_along`: somebody on duty
    reads whatever appears at once, so that nobody else has to be asked.
    """

    kind: str
    when: str
    published: Callable[[], int]
    desk_is_kept: Callable[[UnitOfWork], bool]
    read_along: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """Why a text waits, or why it appears and a human looks; both empty where nobody is asked.

    The reasons: phrase, first_posts, first_messages.
    """

    held: str = ""
    look: str = ""


def review(uow: UnitOfWork, author: Account, draft: Draft, *, place: str, first: FirstOnes) -> Review:
    """What is asked of a human about `draft`, written by `author` at the place with the slug `place`."""
    actions = draft.actions(place)
    if "hold" in actions:
        return Review(held="phrase")
    if author.established_at is None and first.published() < int(get_setting(uow, first.kind)):
        if first.when == "always" or (first.when == "off_shift" and not first.desk_is_kept(uow)):
            return Review(held=first.kind)
        if not (first.read_along and first.when == "never"):
            return Review(look=first.kind)
    return Review(look="phrase") if actions else Review()
