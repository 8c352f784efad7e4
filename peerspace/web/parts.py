"""The living page of parts: everything a page is made of, drawn by the macros that draw it elsewhere, in each theme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, request
from markupsafe import Markup

from peerspace.accounts.tokens import choices
from peerspace.kernel.actor import Role
from peerspace.text.markdown import render as to_html
from peerspace.web.glue import render, role_needed, running
from peerspace.web.look import THEMES

blueprint = Blueprint("parts", __name__)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person, as a person view."""

    id: str
    name: str
    symbol: str
    colour: str
    role_label: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an invented post or message answers."""

    id: str
    name: str
    excerpt: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented post or message, in one of the states it can be in."""

    id: str
    author: Person
    html: Markup
    at: datetime
    answers: Answered | None = None
    state: str = "published"
    content_note: str | None = None
    edited_at: datetime | None = None
    state_text: str | None = None
    open_href: str | None = None
    seq: int = 0
    rev: int = 0

    @property
    def reply_to(self) -> Answered | None:
        return self.answers


ASH = Person("ash", "Invented Ash", "feather", "clay")
WREN = Person("wren", "Invented Wren", "lamp", "straw", "Peer worker")
INES = Person("ines", "Invented Ines", "moon", "sky", "Supervisor")
WORDS = "Invented words: *slow* evening, **one** lamp on.\n\n> somebody said this\n\nAnd a [link](https://example.org/)."


@blueprint.get("/admin/parts")
@role_needed(Role.ADMINISTRATOR)
def parts() -> str:
    """Every part in the theme that `?theme=` names; without one, in the reader's own."""
    theme = request.args.get("theme", "")
    symbols, colours = choices()
    now = running().database.clock.now()
    return render(
        "admin/parts.html",
        look=theme if theme in THEMES else "",
        looks=list(THEMES.items()),
        symbols=symbols,
        colours=colours,
        people=(ASH, WREN, INES),
        posts=_posts(now),
        messages=_messages(now),
    )


def _shown(body: str) -> Markup:
    return Markup(to_html(body))  # noqa: S704 made safe by the one renderer


def _posts(now: datetime) -> list[Sample]:
    """A thread that holds every state of a post and every way the thread line runs."""
    words, short = _shown(WORDS), _shown("Invented answer.")
    first, second = Answered("p1", ASH.name, "slow evening"), Answered("p2", WREN.name, "Invented answer.")

    def at(minutes: int) -> datetime:
        return now - timedelta(minutes=90 - minutes)

    return [
        Sample("p1", ASH, words, at(0), edited_at=at(4)),
        Sample("p2", WREN, short, at(7), first),
        Sample("p3", INES, short, at(9), second),
        Sample("p4", ASH, short, at(20), first, content_note="hospital"),
        Sample("p5", ASH, short, at(30), state="held"),
        Sample("p6", WREN, short, at(40), state="removed"),
        Sample("p7", INES, short, at(50), state="hidden"),
        Sample("p8", WREN, short, at(60), state="blocked", open_href="#post-p8"),
    ]


def _messages(now: datetime) -> list[Sample]:
    short = _shown("Invented line: the kettle is on.")
    return [
        Sample("m1", ASH, short, now - timedelta(minutes=4), seq=1, rev=1),
        Sample(
            "m2", WREN, short, now - timedelta(minutes=3), Answered("m1", ASH.name, "the kettle is on"), seq=2
        ),
        Sample("m3", INES, short, now - timedelta(minutes=2), content_note="sleep", edited_at=now, seq=3),
        Sample("m4", ASH, short, now - timedelta(minutes=1), state="removed", seq=4),
    ]
