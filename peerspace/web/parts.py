"""The living page of parts: everything a page is made of, drawn by the macros that draw it elsewhere, in each theme."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Blueprint, Response, request
from markupsafe import Markup

from peerspace.accounts.tokens import choices
from peerspace.community.help_lines import Hours, Line
from peerspace.kernel.actor import Role
from peerspace.kernel.wording import N_, gettext
from peerspace.text.markdown import render as to_html
from peerspace.web.appearance import THEMES
from peerspace.web.assets import pack
from peerspace.web.community.help_now import Offered
from peerspace.web.glue import render, role_needed, running
from peerspace.web.palette import ROLES, SHOWN, measured

blueprint = Blueprint("parts", __name__)

ALL = "all"
ICONS = Path(__file__).resolve().parents[2] / "static" / "icons" / "icons.svg"
SIZES = ("3xl", "2xl", "xl", "l", "", "s")
GAPS = ("xs", "s", "", "l", "xl")
"""Steps of the scales of type and space, by the end of their names in tokens.css."""


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
_LINE = Line(
    key="invented", country="", name="Invented line", call=("000 000 000",), text_to="000", text_word="TALK",
    hours=Hours("always"), answered_by="volunteers", for_whom="anyone", languages=(), free=True, where="", note="",
    source="",
)  # fmt: skip
HELP = Offered("", (), _LINE, _LINE)
WORDS = "Invented words: *slow* evening, **one** lamp on.\n\n> somebody said this\n\nAnd a [link](https://example.org/)."


@dataclass(frozen=True, slots=True)
class Look:
    """One theme that the page shows its parts in. `at` begins its ids, `tail` ends the names of its landmarks.

    `theme` is empty where the parts stand in the page's own theme.
    """

    theme: str
    label: str
    posts: list[Sample]
    messages: list[Sample]
    at: str = ""
    tail: str = ""


@blueprint.get("/admin/parts")
@role_needed(Role.ADMINISTRATOR)
def parts() -> Response:
    """Every part in the theme that `?theme=` names, or in `all` of them; without it, in the reader's own."""
    theme = request.args.get("theme", "")
    symbols, colours = choices()
    page = render(
        "admin/parts.html",
        theme_of_page=theme if theme in THEMES else "",
        asked=theme if theme in (*THEMES, ALL) else "",
        tabs={**THEMES, ALL: N_("All at once")},
        shown=_looks(running().database.clock.now(), theme),
        symbols=symbols,
        colours=colours,
        people=(ASH, WREN, INES),
        icons=icons(),
        roles=ROLES,
        palettes=SHOWN,
        contrasts=measured(),
        help=HELP,
        sizes=SIZES,
        gaps=GAPS,
    )
    # Three times every part is a lot of text that says the same. Only the addresses this page links to are packed, for
    # nothing that was asked may be repeated in what is (see `pack`).
    response = Response(page, mimetype="text/html")
    response.vary.add("Accept-Encoding")
    known = {"", *(f"theme={theme}" for theme in (*THEMES, ALL))}
    return pack(response) if request.query_string.decode("latin-1") in known else response


@functools.cache
def icons() -> tuple[str, ...]:
    """The names of the drawings in the one sprite."""
    return tuple(re.findall(r'<symbol id="([\w-]+)"', ICONS.read_text(encoding="utf-8")))


def _looks(now: datetime, theme: str) -> list[Look]:
    if theme != ALL:
        return [Look("", "", _posts(now, ""), _messages(now, ""))]
    return [
        Look(
            name,
            gettext(label),
            _posts(now, f"{name}-"),
            _messages(now, f"{name}-"),
            at=f"{name}-",
            tail=f" ({gettext(label)})",
        )
        for name, label in THEMES.items()
        if name
    ]


def _shown(body: str) -> Markup:
    return Markup(to_html(body))  # noqa: S704 made safe by the one renderer


def _posts(now: datetime, begin: str) -> list[Sample]:
    """A thread that holds every state of a post and every way the thread line runs."""
    words, short = _shown(WORDS), _shown("Invented answer.")
    first, second = (
        Answered(f"{begin}p1", ASH.name, "slow evening"),
        Answered(f"{begin}p2", WREN.name, "Invented answer."),
    )

    def at(minutes: int) -> datetime:
        return now - timedelta(minutes=90 - minutes)

    return [
        Sample(f"{begin}p1", ASH, words, at(0), edited_at=at(4)),
        Sample(f"{begin}p2", WREN, short, at(7), first),
        Sample(f"{begin}p3", INES, short, at(9), second),
        Sample(f"{begin}p4", ASH, short, at(20), first, content_note="hospital"),
        Sample(f"{begin}p5", ASH, short, at(30), state="held"),
        Sample(f"{begin}p6", WREN, short, at(40), state="removed"),
        Sample(f"{begin}p7", INES, short, at(50), state="hidden"),
        Sample(f"{begin}p8", WREN, short, at(60), state="blocked", open_href=f"#post-{begin}p8"),
    ]


def _messages(now: datetime, begin: str) -> list[Sample]:
    short = _shown("Invented line: the kettle is on.")
    return [
        Sample(f"{begin}m1", ASH, short, now - timedelta(minutes=4), seq=1, rev=1),
        Sample(
            f"{begin}m2",
            WREN,
            short,
            now - timedelta(minutes=3),
            Answered(f"{begin}m1", ASH.name, "the kettle is on"),
            seq=2,
        ),
        Sample(
            f"{begin}m3", INES, short, now - timedelta(minutes=2), content_note="sleep", edited_at=now, seq=3
        ),
        Sample(f"{begin}m4", ASH, short, now - timedelta(minutes=1), state="removed", seq=4),
    ]
