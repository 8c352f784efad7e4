"""Words for countries, languages, hours and lines, in the reader's language."""

from __future__ import annotations

import re
import unicodedata

from babel.dates import get_day_names

from peerspace.community.help_lines import (
    ANSWERED_BY,
    EMERGENCY_FOR,
    FOR_WHOM,
    HOURS,
    TIME,
    Emergency,
    Hours,
    Line,
)
from peerspace.community.help_lines_form import countries
from peerspace.kernel.wording import gettext, joined, spoken


def country_name(code: str) -> str:
    """A country's name in the reader's language; '' for none."""
    return str(spoken().locale.territories.get(code, code))


def countries_by_name() -> list[tuple[str, str]]:
    """Every country as (code, name), by the names in the reader's language."""
    named = [(code, country_name(code)) for code in countries()]
    return sorted(named, key=lambda one: sorted_as(one[1]))


def language_name(code: str) -> str:
    """A language's name in the reader's language."""
    return str(spoken().locale.languages.get(code, code))


def sorted_as(name: str) -> str:
    """A name as it is put in order: accents and capitals do not count."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()


def dialled(number: str) -> str:
    """A number as a telephone takes it."""
    return re.sub(r"[^+0-9]", "", number)


def emergency_words(one: Emergency) -> str:
    """What an emergency number is for; '' where it is for everything."""
    return gettext(EMERGENCY_FOR.get(one.what, ""))


def hours_words(hours: Hours) -> list[str]:
    """When a line is answered, one sentence a time."""
    if hours.kind != "times":
        return [gettext(HOURS[hours.kind])]
    return [_time_words(one) for one in hours.times]


def line_words(line: Line) -> list[str]:
    """What stands under a line, one sentence each: who answers, for whom, where, in which languages, what it costs."""
    said = [gettext(ANSWERED_BY[line.answered_by]), gettext(FOR_WHOM[line.for_whom])]
    if line.where:
        # Translators: a part of a country: "In Scotland."
        said.append(gettext("In %(place)s.", place=line.where))
    if line.languages:
        names = joined([language_name(code) for code in line.languages])
        said.append(gettext("Languages: %(names)s.", names=names))
    if line.free:
        # Translators: a call or a text message that costs nothing
        said.append(gettext("Free."))
    return [one for one in (*said, line.note) if one]


def _time_words(one: str) -> str:
    found = TIME.fullmatch(one)
    if found is None:
        return one
    first, last, begins, ends = int(found[1]), int(found[2]), found[3], found[4]
    if (first, last) == (1, 7):
        return gettext("Every day, %(begins)s to %(ends)s.", begins=begins, ends=ends)
    names = get_day_names("wide", locale=spoken().locale)
    if first == last:
        # Translators: a weekday and two hours: "Sunday, 10:00 to 12:00."
        return gettext("%(day)s, %(begins)s to %(ends)s.", day=names[first - 1], begins=begins, ends=ends)
    return gettext(
        # Translators: weekdays and hours: "Monday to Friday, 17:00 to 22:00."
        "%(first)s to %(last)s, %(begins)s to %(ends)s.",
        first=names[first - 1],
        last=names[last - 1],
        begins=begins,
        ends=ends,
    )


WORDS = {
    "countries_by_name": countries_by_name,
    "country_name": country_name,
    "dialled": dialled,
    "emergency_words": emergency_words,
    "hours_words": hours_words,
    "line_words": line_words,
}
"""What templates need to speak of lines."""
