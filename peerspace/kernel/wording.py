"""The language that the person who reads is spoken to in: marks for words, and their translation.

Features write their words in English and mark them with `N_`; whoever shows them asks `gettext`. Which language that is
stands in a context variable: the web sets it for a request, the sockets for an event. Commands and background work set
nothing and speak English, so that what is stored or logged never depends on who was looking.
"""

from __future__ import annotations

import functools
import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list


class Catalogue(Protocol):
    """Where translations are looked up. What is not found comes back as it was asked."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages can be read in.

    `code` is what HTML's `lang` takes, `name` what its speakers call it, `direction` `ltr` or `rtl`; `locale` decides
    how dates and numbers are written.
    """

    code: str
    name: str
    locale: Locale
    catalogue: Catalogue
    direction: str = "ltr"


ENGLISH = Language("en", "English", Locale("en", "GB"), _gettext.NullTranslations())
_spoken: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def N_(text: str) -> str:  # noqa: N802 - the name that every tool for translators knows
    """Mark `text` for translation and give it back as it is: it is translated where it is shown."""
    return text


def spoken() -> Language:
    """The language in which the person who reads is spoken to."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Speak `language` from here on in this request. The next request sets its own."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak `language` for the length of a block."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def gettext(text: str, **values: object) -> str:
    """`text` in the reader's language; `%(name)s` takes a value, and only where values are given."""
    if not text:
        return ""  # the empty message is the catalogue's own header
    said = _spoken.get().catalogue.gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The form that fits `number`, which stands in it as `%(num)s`."""
    return _spoken.get().catalogue.ngettext(one, many, number) % {"num": number, **values}


def day(at: date | datetime) -> str:
    """A day in words: "25 November 2026"."""
    return _day(at.date() if isinstance(at, datetime) else at, _spoken.get().locale)


@functools.lru_cache(maxsize=4096)  # a page names the same few days again and again
def _day(at: date, locale: Locale) -> str:
    return str(format_date(at, format="long", locale=locale))


def hour(at: datetime) -> str:
    """An hour as the server knows it: "20:14 UTC". Scripts write it anew in the reader's own zone."""
    at = at if at.tzinfo is None else at.astimezone(UTC)
    return _hour(at.hour, at.minute, _spoken.get().locale)


@functools.lru_cache(maxsize=4096)
def _hour(hour: int, minute: int, locale: Locale) -> str:
    return f"{format_time(time(hour, minute), format='HH:mm', locale=locale)} UTC"


def stamp(at: datetime) -> str:
    """A UTC moment as programs read it: "2026-11-25T20:14:00Z"."""
    return f"{at.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def moment(at: datetime) -> str:
    """Day and hour: "25 November 2026, 20:14 UTC"."""
    return f"{day(at)}, {hour(at)}"


def joined(items: list[str]) -> str:
    """Several things as a list in a sentence: "one, two and three"."""
    return str(format_list(items, locale=_spoken.get().locale))
