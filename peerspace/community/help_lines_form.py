"""What an administrator types about a help line, checked and put into the form in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from babel import Locale

from peerspace.community.help_lines import ANSWERED_BY, EMERGENCY_FOR, FOR_WHOM, HOURS, TIME, Fields
from peerspace.kernel.errors import Invalid, TooLong
from peerspace.text.clean import clean

T = TypeVar("T")

MOST_NUMBERS = 4
MOST_TIMES = 14
_NUMBER = re.compile(r"\+?[0-9](?:[ ()\-]?[ ()\-]?[0-9]){1,19}\)?")
_WORD = re.compile(r"[\w#*-]{1,20}")
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes in Babel's list that are no country."""


@cache
def countries() -> frozenset[str]:
    """Every country's code of two letters."""
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - _NO_COUNTRY


def checked_country(typed: object) -> str:
    """The code of a country.

    Raises Invalid on the field `country`.
    """
    if not isinstance(typed, str) or typed.upper() not in countries():
        raise Invalid(fields={"country": "line_country"})
    return typed.upper()


def checked_line(country: str, typed: Fields) -> Fields:
    """A line's content as `Line.fields` has it.

    `typed`: `name`, `call` (numbers with commas between), `text_to`, `text_word`, `hours` (a key of HOURS), `times` (a
    list of texts that fit TIME), `answered_by`, `for_whom`, `languages` (codes with commas between), `free` (bool),
    `where`, `note`, `source`. Raises Invalid with a sentence for each field that does not pass, or TooLong.
    """
    wrong: dict[str, str] = {}
    name = _each(wrong, lambda: clean(typed.get("name"), field="name", limit=80, one_line=True))
    call = _each(wrong, lambda: _numbers(typed.get("call"), "call"))
    text_to = _each(wrong, lambda: _numbers(typed.get("text_to"), "text_to", most=1))
    text_word = _each(wrong, lambda: _word(typed.get("text_word")))
    kind = _each(wrong, lambda: _one_of(typed.get("hours"), HOURS, "hours"))
    times = _each(wrong, lambda: _times(kind, typed.get("times")))
    answered_by = _each(wrong, lambda: _one_of(typed.get("answered_by"), ANSWERED_BY, "answered_by"))
    for_whom = _each(wrong, lambda: _one_of(typed.get("for_whom"), FOR_WHOM, "for_whom"))
    languages = _each(wrong, lambda: _languages(typed.get("languages")))
    where = _each(wrong, lambda: _few_words(typed.get("where"), "where", 60))
    note = _each(wrong, lambda: _few_words(typed.get("note"), "note", 200))
    source = _each(wrong, lambda: _source(typed.get("source")))
    if not (call or text_to) and not {"call", "text_to"} & set(wrong):
        wrong["call"] = "line_reach"
    if wrong:
        raise Invalid(fields=wrong)
    return {
        "country": country,
        "name": name,
        "call": call,
        "text_to": text_to[0] if text_to else "",
        "text_word": text_word if text_to else "",
        "hours": {"kind": kind, "times": times},
        "answered_by": answered_by,
        "for_whom": for_whom,
        "languages": languages,
        "free": typed.get("free") is True,
        "where": where,
        "note": note,
        "source": source,
    }


def checked_emergency(country: str, typed: Fields) -> Fields:
    """Emergency numbers as `Country.fields` has them.

    `typed`: `emergency`, a list of (number, key of EMERGENCY_FOR), empty numbers are left out; `emergency_source`.
    Raises Invalid or TooLong.
    """
    wrong: dict[str, str] = {}
    pairs = _each(wrong, lambda: _emergencies(typed.get("emergency")))
    source = _each(wrong, lambda: _source(typed.get("emergency_source"), "emergency_source"))
    if wrong:
        raise Invalid(fields=wrong)
    return {"country": country, "emergency": pairs, "source": source}


def _each(wrong: dict[str, str], check: Callable[[], T]) -> T | Any:
    """What `check` gives; what it says is wrong goes into `wrong`. TooLong speaks of one limit: it is said alone."""
    try:
        return check()
    except TooLong:
        raise
    except Invalid as error:
        wrong.update(error.fields)
        return None


def _few_words(typed: object, field: str, limit: int) -> str:
    return clean(typed, field=field, limit=limit, required=False, one_line=True)


def _numbers(typed: object, field: str, most: int = MOST_NUMBERS) -> list[str]:
    said = _few_words(typed, field, 120)
    numbers = [one.strip() for one in said.split(",") if one.strip()]
    if len(numbers) > most or not all(_NUMBER.fullmatch(one) and one.isascii() for one in numbers):
        raise Invalid(fields={field: "line_number"})
    return numbers


def _word(typed: object) -> str:
    word = _few_words(typed, "text_word", 20)
    if word and not _WORD.fullmatch(word):
        raise Invalid(fields={"text_word": "line_word"})
    return word


def _one_of(typed: object, known: dict[str, str], field: str) -> str:
    if not isinstance(typed, str) or typed not in known:
        raise Invalid(fields={field: "choice_unknown"})
    return typed


def _times(kind: str | None, typed: object) -> list[str]:
    if kind != "times":
        return []
    if not isinstance(typed, list) or not 0 < len(typed) <= MOST_TIMES or not all(map(_is_time, typed)):
        raise Invalid(fields={"times": "line_times"})
    return list(typed)


def _is_time(typed: object) -> bool:
    found = TIME.fullmatch(typed) if isinstance(typed, str) and typed.isascii() else None
    return found is not None and found[1] <= found[2]


def _languages(typed: object) -> list[str]:
    codes = [one.strip().lower() for one in _few_words(typed, "languages", 60).split(",") if one.strip()]
    if any(code not in Locale("en").languages for code in codes):
        raise Invalid(fields={"languages": "line_languages"})
    return list(dict.fromkeys(codes))


def _source(typed: object, field: str = "source") -> str:
    address = clean(typed, field=field, limit=300, one_line=True)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("https", "http") and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        sound = False
    if not sound or " " in address or not address.isprintable():
        raise Invalid(fields={field: "line_source"})
    return address


def _emergencies(typed: object) -> list[list[str]]:
    if not isinstance(typed, list):
        raise Invalid(fields={"emergency": "line_number"})
    pairs = []
    for number, what in typed:
        numbers = _numbers(number, "emergency", most=1)
        if numbers:
            pairs.append([numbers[0], _one_of(what, EMERGENCY_FOR, "emergency")])
    if not pairs or len(pairs) > MOST_NUMBERS:
        raise Invalid(fields={"emergency": "line_emergency"})
    return pairs
