"""Today: what is open now, who is there, what is new. It ends; there is no feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect
from sqlalchemy import select
from werkzeug.wrappers import Response

from peerspace.accounts.queries import PersonCard, people_cards
from peerspace.chat.queries import rooms_now
from peerspace.consent.queries import ask_now
from peerspace.forum.models import Space, Thread
from peerspace.forum.queries import listed, shown_title, thread_href
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork
from peerspace.web.glue import actor, reading, render, viewer, with_account
from peerspace.web.sessions import home

blueprint = Blueprint("today", __name__)
NEWEST = 8


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread that somebody wrote in lately."""

    href: str
    title: str
    space: str
    author: PersonCard
    answers: int
    last_post_at: datetime


@blueprint.get("/today")
@with_account
def today() -> str | Response:
    """Open rooms with who keeps them, the newest threads, the inbox."""
    if not actor().has(Role.MEMBER):
        return redirect(home(viewer()), code=303)
    with reading() as uow:
        rooms = rooms_now(uow)
        ask = ask_now(uow, uow.actor.require_account())
        return render("today.html", rooms=rooms, threads=_newest(uow), ask_consent=ask)


def _newest(uow: UnitOfWork) -> list[NewThread]:
    """The threads written in last, without those of people whom the reader blocked."""
    rows = uow.session.execute(
        select(Thread, Space.name)
        .join(Space, Space.id == Thread.space_id)
        .where(listed(uow.actor.require_account()), Space.archived_at.is_(None))
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(NEWEST)
    ).all()
    cards = people_cards(uow, (thread.author_id for thread, _ in rows))
    return [
        NewThread(
            thread_href(thread.public_id, thread.title),
            shown_title(thread.title, thread.state),
            space,
            cards[thread.author_id],
            max(0, thread.post_count - 1),
            thread.last_post_at,
        )
        for thread, space in rows
    ]
