"""Lines answered by people, by country: what PeerSpace ships, read once from the file beside this module.

The file is no proof that a number is right: an installation's own people confirm each line (`help_lines_kept`).
What a page says about a line comes from closed sets, so that it can be said in every language; names of services,
places and what an installation adds in its own words are shown as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from peerspace.kernel.wording import N_

FILE = Path(__file__).parent / "help_lines.json"

ANSWERED_BY: dict[str, str] = {
    "volunteers": N_("Trained volunteers who listen."),
    "peers": N_("People who have been there themselves."),
    "supporters": N_("Trained supporters."),
    "counsellors": N_("Trained counsellors."),
    "advisers": N_("Trained advisers."),
    "health": N_("People who work in health care."),
    "menu": N_("A recorded voice first, then people who work in health care."),
}
"""Who answers, in the order in which lines are shown: a person at once before a recorded voice."""

FOR_WHOM: dict[str, str] = {
    "anyone": "",
    "young": N_("For children and young people."),
    "under_18": N_("For children and young people under 18."),
    "under_35": N_("For people under 35."),
    "lgbtq": N_("For lesbian, gay, bi, trans and queer people."),
    "lgbtq_young": N_("For young lesbian, gay, bi, trans and queer people."),
    "trans": N_("For trans people."),
    "indigenous": N_("For Indigenous people."),
    "veterans": N_("For people who served in the forces, and those close to them."),
    "women": N_("For women."),
    "men": N_("For men."),
    "older": N_("For older people."),
    "parents": N_("For parents."),
}

HOURS: dict[str, str] = {
    "always": N_("Day and night, every day."),
    "differs": N_("Hours differ from place to place."),
    "see_page": N_("Hours are on their own page."),
    "times": N_("At these times"),
}
"""When a line is answered. Only `times` carries times of its own."""

EMERGENCY_FOR: dict[str, str] = {
    "anything": "",
    "ambulance": N_("ambulance"),
    "medical": N_("medical help"),
    "police": N_("police"),
    "fire": N_("fire brigade"),
    "text": N_("by text, for whoever cannot hear or speak"),
}

TIME = re.compile(r"([1-7])-([1-7]) ((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
"""`1-5 17:00-24:00`: from weekday to weekday (1 is Monday), from hour to hour, in the country's own time."""

Fields = dict[str, Any]
"""A line's content as it is kept: what `Line.fields` gives."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency number; `what` is a key of EMERGENCY_FOR."""

    number: str
    what: str = "anything"

    @property
    def texts(self) -> bool:
        """True when it is written to, not called."""
        return self.what == "text"


@dataclass(frozen=True, slots=True)
class Hours:
    """When a line is answered: `kind` is a key of HOURS; `times` fit TIME and are there only with the kind `times`."""

    kind: str
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `key` is its name in this installation, shipped or own; `country` an ISO 3166 code of two letters.

    `call` are numbers to call, `text_to` the number to write to and `text_word` the word to begin with; `languages`
    are language codes, empty for the country's usual ones; `where` is a part of the country, empty for all of it;
    `note` is what the installation adds in its own words.
    """

    key: str
    country: str
    name: str
    call: tuple[str, ...]
    text_to: str
    text_word: str
    hours: Hours
    answered_by: str
    for_whom: str
    languages: tuple[str, ...]
    free: bool
    where: str
    note: str
    source: str

    @property
    def fields(self) -> Fields:
        """The line as JSON, without its key."""
        made = json.loads(json.dumps(asdict(self)))
        del made["key"]
        return dict(made)

    @property
    def seal(self) -> str:
        """A hash of what a person confirms: everything but the address of the source."""
        return _seal({name: value for name, value in self.fields.items() if name != "source"})


@dataclass(frozen=True, slots=True)
class Country:
    """A country's emergency numbers, where they were taken from, and its lines."""

    code: str
    emergency: tuple[Emergency, ...]
    emergency_source: str
    lines: tuple[Line, ...] = field(default=())

    @property
    def country(self) -> str:
        """The code, as lines name it."""
        return self.code

    @property
    def key(self) -> str:
        """The name of its emergency numbers in this installation."""
        return emergency_key(self.code)

    @property
    def fields(self) -> Fields:
        """The emergency numbers as JSON."""
        return {
            "country": self.code,
            "emergency": [[one.number, one.what] for one in self.emergency],
            "source": self.emergency_source,
        }

    @property
    def seal(self) -> str:
        """A hash of the emergency numbers that a person confirms."""
        return _seal({"country": self.code, "emergency": self.fields["emergency"]})


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory of lines run by somebody else; `key` is its name in this installation."""

    key: str
    name: str
    source: str

    @property
    def seal(self) -> str:
        """A hash of what a person confirms."""
        return _seal({"name": self.name, "source": self.source})


def emergency_key(country: str) -> str:
    """The name under which the emergency numbers of `country` are kept."""
    return f"{country.lower()}-emergency"


def line_from(key: str, fields: Fields) -> Line:
    """The line that `Line.fields` was taken from."""
    hours = fields["hours"]
    return Line(
        key=key,
        country=fields["country"],
        name=fields["name"],
        call=tuple(fields["call"]),
        text_to=fields["text_to"],
        text_word=fields["text_word"],
        hours=Hours(hours["kind"], tuple(hours["times"])),
        answered_by=fields["answered_by"],
        for_whom=fields["for_whom"],
        languages=tuple(fields["languages"]),
        free=fields["free"],
        where=fields["where"],
        note=fields["note"],
        source=fields["source"],
    )


def country_from(fields: Fields) -> Country:
    """The country, without lines, that `Country.fields` was taken from."""
    emergency = tuple(Emergency(number, what) for number, what in fields["emergency"])
    return Country(fields["country"], emergency, fields["source"])


@cache
def shipped() -> dict[str, Country]:
    """The countries PeerSpace ships, by code."""
    return {one["code"]: _country(one) for one in _file()["countries"]}


@cache
def directories() -> tuple[Directory, ...]:
    """Directories of lines run by somebody else."""
    return tuple(Directory(one["id"], one["name"], one["source"]) for one in _file()["directories"])


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def _country(given: dict[str, Any]) -> Country:
    emergency = tuple(Emergency(one["number"], one.get("for", "anything")) for one in given["emergency"])
    lines = tuple(_line(given["code"], one) for one in given["lines"])
    return Country(given["code"], emergency, given["emergency_source"], lines)


def _line(country: str, given: dict[str, Any]) -> Line:
    text = given["text"] or {"to": "", "word": ""}
    return Line(
        key=given["id"],
        country=country,
        name=given["name"],
        call=tuple(given["call"]),
        text_to=text["to"],
        text_word=text["word"],
        hours=Hours(given["hours"]["kind"], tuple(given["hours"].get("times", ()))),
        answered_by=given["answered_by"],
        for_whom=given["for"],
        languages=tuple(given.get("languages", ())),
        free=given["free"],
        where=given.get("where", ""),
        note="",
        source=given["source"],
    )


def _seal(content: Fields) -> str:
    # What is empty is left out: a field that a later version brings does not take every confirmation back.
    said = {name: value for name, value in content.items() if value}
    written = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
