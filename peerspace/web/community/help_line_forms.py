"""What administrators type about help lines, and what stands in the form before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from peerspace.community.help_lines import Country, Fields, Line
from peerspace.community.help_lines_form import MOST_NUMBERS, countries
from peerspace.kernel.errors import BadRequest
from peerspace.web.community.times import times_as_typed, times_from
from peerspace.web.forms import Form, gathered, parsed

Number = tuple[str, str]
"""An emergency number, and the key of what it is for."""
ROWS = range(1, MOST_NUMBERS + 1)


def _numbers(form: Mapping[str, str]) -> tuple[Number, ...]:
    return tuple((form.get(f"number-{row}", ""), form.get(f"what-{row}", "")) for row in ROWS)


def country_from(typed: str) -> str:
    """The code of a country. Raises BadRequest."""
    code = typed.upper()
    if code not in countries():
        raise BadRequest("line_country")
    return code


@dataclass(frozen=True, slots=True)
class LineForm(Form):
    """A line as it is typed: numbers and languages with commas between, times one a line, `free`: yes where ticked.

    `numbers`: the country's emergency numbers, where the form asks for them.
    """

    name: str = ""
    call: str = ""
    text_to: str = ""
    text_word: str = ""
    hours: str = ""
    times: str = ""
    answered_by: str = ""
    for_whom: str = ""
    languages: str = ""
    free: str = ""
    where: str = ""
    note: str = ""
    source: str = ""
    emergency_source: str = ""
    numbers: tuple[Number, ...] = field(default=(), metadata=gathered(_numbers))

    @classmethod
    def blank(cls) -> Self:
        """A form for a new line."""
        return cls(hours="see_page", answered_by="volunteers", for_whom="anyone")

    @classmethod
    def of(cls, subject: Line | Country) -> Self:
        """What stands now, as somebody would type it."""
        if isinstance(subject, Country):
            numbers = tuple((one.number, one.what) for one in subject.emergency)
            return cls(emergency_source=subject.emergency_source, numbers=numbers)
        return cls(
            name=subject.name,
            call=", ".join(subject.call),
            text_to=subject.text_to,
            text_word=subject.text_word,
            hours=subject.hours.kind,
            times=times_as_typed(subject.hours.times),
            answered_by=subject.answered_by,
            for_whom=subject.for_whom,
            languages=", ".join(subject.languages),
            free="yes" if subject.free else "",
            where=subject.where,
            note=subject.note,
            source=subject.source,
        )

    @property
    def fields(self) -> Fields:
        """What was typed, as `community.help_lines_form` checks it."""
        return {
            "name": self.name,
            "call": self.call,
            "text_to": self.text_to,
            "text_word": self.text_word,
            "hours": self.hours,
            "times": times_from(self.times),
            "answered_by": self.answered_by,
            "for_whom": self.for_whom,
            "languages": self.languages,
            "free": self.free == "yes",
            "where": self.where,
            "note": self.note,
            "source": self.source,
            "emergency": list(self.numbers),
            "emergency_source": self.emergency_source,
        }

    @property
    def rows(self) -> list[tuple[int, str, str]]:
        """The emergency numbers as rows of the form, empty ones to the end."""
        empty = [("", "anything")] * (MOST_NUMBERS - len(self.numbers))
        return [(row, *number) for row, number in zip(ROWS, (*self.numbers, *empty), strict=False)]


@dataclass(frozen=True, slots=True)
class NewLineForm(LineForm):
    """A new line of the country with the code `country`."""

    country: str = field(default="", metadata=parsed(country_from))


@dataclass(frozen=True, slots=True)
class ChangeForm(LineForm):
    """A line that is changed. `version`: what the page showed."""

    version: int = 0


@dataclass(frozen=True, slots=True)
class ActForm(Form):
    """One press of a button. `seal`: the content that the page showed; `back`: `line` to come back to its own page."""

    version: int = 0
    seal: str = ""
    back: str = ""
