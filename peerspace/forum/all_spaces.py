"""All spaces as an administrator sees them: their names and how they are set, nothing that anybody wrote."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from peerspace.forum.models import Space
from peerspace.kernel.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class SpaceLine:
    """One space. `hold_first_posts`: when a new member's first posts wait for a human (never, off_shift, always)."""

    slug: str
    name: str
    description: str
    hold_first_posts: str


def all_spaces(uow: UnitOfWork) -> list[SpaceLine]:
    """Every space in its order, archived ones too."""
    rows = uow.session.execute(
        select(Space.slug, Space.name, Space.description, Space.hold_first_posts).order_by(
            Space.position, Space.name
        )
    )
    return [SpaceLine(*row) for row in rows]
