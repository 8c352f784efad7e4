"""Get help now: what it shows, and where from. It needs no database and waits for none (invariant 12).

The lines are read at most every few seconds and kept in memory. When the database is away or slow, what was read last
is shown and said to be so; when nothing was ever read, what PeerSpace ships.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, current_app, g, request, session

from peerspace.community.help_lines import Emergency, Line
from peerspace.community.help_lines_form import countries
from peerspace.community.help_lines_shown import Shown, ShownCountry, shown
from peerspace.community.help_lines_state import as_shipped_only, help_line_states
from peerspace.community.settings import get_setting
from peerspace.kernel import wording
from peerspace.kernel.actor import guest
from peerspace.kernel.errors import Unavailable
from peerspace.kernel.uow import Database
from peerspace.web.appearance import language_asked
from peerspace.web.community.help_words import WORDS, country_name, sorted_as
from peerspace.web.deadlines import DeadlinePool
from peerspace.web.glue import render
from peerspace.web.running import running
from peerspace.web.sessions import SESSION_KEY, Viewer, look_up
from peerspace.web.visits import is_fetched_ahead

EXTENSION = "peerspace_help_board"
T = TypeVar("T")
FRESH_S = 10.0
"""For so long what was read is shown without asking again: other processes hear of a change within it."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the page shows. `known`: `now`, `before` (read at `shown.at`, away since) or `never`."""

    shown: Shown
    known: str


class HelpBoard:
    """The help lines as readers see them, kept in memory."""

    def __init__(self, database: Database, *, production: bool, pool: DeadlinePool | None = None) -> None:
        self._database = database
        self._production = production
        self._pool = pool or DeadlinePool()
        self._last: Shown | None = None
        self._read_at = float("-inf")
        self._changes = 0

    def read(self) -> Read:
        """What to show now. Waits for the database a moment at most."""
        last = self._last
        if last is not None and time.monotonic() - self._read_at < FRESH_S:
            return Read(last, "now")
        try:
            return Read(self._pool.ask(self._fetch), "now")
        except Unavailable:
            if last is not None:
                return Read(last, "before")
            at = self._database.clock.now()
            return Read(shown(as_shipped_only(at), production=self._production), "never")

    def changed(self) -> None:
        """Something was changed here: the next reader sees it, also while somebody reads what stood there before."""
        self._changes += 1
        self._read_at = float("-inf")

    def within_deadline(self, work: Callable[[], T]) -> T:
        """What `work` returns, waited for a moment at most.

        Raises Unavailable.
        """
        return self._pool.ask(work)

    def _fetch(self) -> Shown:
        changes = self._changes
        with self._database.read(guest()) as uow:
            fresh = shown(help_line_states(uow), production=self._production)
        if changes == self._changes:
            self._last, self._read_at = fresh, time.monotonic()
        return fresh


def register_help_now(app: Flask) -> None:
    """Keep a board for `app`, and give templates the words for a line."""
    services = running(app)
    app.extensions[EXTENSION] = HelpBoard(services.database, production=services.config.production)
    app.jinja_env.globals.update(WORDS)


def board() -> HelpBoard:
    """The board of the application that answers this request."""
    found: HelpBoard = current_app.extensions[EXTENSION]
    return found


def look_who_is_there() -> None:
    """Read who looks, if that can be done at once; else the page is a guest's."""
    secret = session.get(SESSION_KEY)
    if not isinstance(secret, str):
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - for a thread

    seen = not is_fetched_ahead()

    def ask() -> Viewer | None:
        with app.app_context():
            return look_up(secret, seen=seen)

    try:
        g.looked_up = board().within_deadline(ask)
    except Unavailable:
        g.without_viewer = True


def help_page() -> str:
    """The page. `?country=` chooses a country; `?kept=` asks for a guest's copy, to be kept on a device, which says
    when it was made; `?language=` is for that copy, which is fetched without cookies."""
    is_kept = "kept" in request.args
    if is_kept:
        g.without_viewer = True
    else:
        look_who_is_there()
    if "language" in request.args:
        wording.speak(language_asked(request.args["language"]))
    read, chosen = board().read(), chosen_country()
    mine, others = ordered(read.shown, chosen.code)
    return render(
        "public/help_now.html",
        read=read,
        chosen=chosen,
        mine=mine,
        others=others,
        directories=read.shown.directories,
        is_kept=is_kept,
    )


# --- Which country ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """The reader's country: `code`, '' where nothing tells; `asked`: they chose it, the browser did not tell."""

    code: str
    asked: bool


def chosen_country() -> Chosen:
    """The country of the address (`?country=DE`), else the region of the languages that the browser asks for."""
    typed = request.args.get("country", "").strip().upper()
    if typed in countries():
        return Chosen(typed, True)
    for tag in request.accept_languages.values():
        region = re.search(r"[-_]([A-Za-z]{2})$", tag)
        if region and region[1].upper() in countries():
            return Chosen(region[1].upper(), False)
    return Chosen("", False)


def ordered(given: Shown, code: str) -> tuple[ShownCountry | None, list[ShownCountry]]:
    """The reader's country, if it is known, and the others by their names in the reader's language."""
    mine = next((one for one in given.countries if one.code == code), None)
    others = [one for one in given.countries if one is not mine]
    return mine, sorted(others, key=lambda one: sorted_as(country_name(one.code)))


# --- A line to call and one to write to -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """What stands beside somebody's words: the country's emergency numbers, a line to call, one to write to.

    `code` is the country, '' where it is not known; the lines are None where nobody here may show one.
    """

    code: str
    emergency: tuple[Emergency, ...]
    call: Line | None
    text: Line | None


def home_country() -> str:
    """The country that most members of this installation live in; '' where nobody said."""
    with running().database.read(guest()) as uow:
        return str(get_setting(uow, "home_country"))


def own_country() -> str:
    """The reader's country as far as their browser tells it, else the installation's; '' where neither is known."""
    return chosen_country().code or home_country()


def lines_to_offer(code: str) -> Offered:
    """The first line of `code` that can be called and the first that can be written to, as *Get help now* has them."""
    country = next((one for one in board().read().shown.countries if one.code == code), None)
    if country is None:
        return Offered("", (), None, None)
    lines = [one.line for one in country.lines]
    return Offered(
        country.code,
        country.emergency,
        next((line for line in lines if line.call), None),
        next((line for line in lines if line.text_to), None),
    )
