"""What a study has to say about itself before a panel can decide: the fields, and how each is checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from peerspace.kernel.errors import Invalid, TooLong
from peerspace.kernel.wording import N_
from peerspace.text.clean import clean

LONG = 4_000
SHORT = 300
INTENDED = ("sessions", "active_minutes", "days_active", "weeks_active")
"""What an intended use may be counted in: the same names as the measures'."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the registration, its words to be translated where they are shown.

    `kind`: line, text, date, orcid, number or choice.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = "line"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together."""

    title: str
    fields: tuple[Field, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        N_("The study"),
        (
            Field(
                "question", N_("What do you want to learn?"), N_("In plain words. Members read this."), "text"
            ),
            Field(
                "protocol",
                N_("Protocol or pre-registration"),
                N_("A number or an address where it can be read."),
            ),
            Field("tables", N_("Tables and variables, with a reason for each"), "", "text"),
            Field("starts_on", N_("Begins on"), N_("A date like 2026-09-30."), "date"),
            Field("ends_on", N_("Ends on"), "", "date"),
        ),
    ),
    Section(
        N_("Intended use"),
        (
            Field(
                "intended_measure",
                N_("Use is counted in"),
                "",
                "choice",
                (
                    ("sessions", N_("Sessions")),
                    ("active_minutes", N_("Active minutes")),
                    ("days_active", N_("Active days")),
                    ("weeks_active", N_("Active weeks")),
                ),
            ),
            Field("intended_amount", N_("How much in four weeks"), N_("A number above 0."), "number"),
            Field(
                "intended_why", N_("Why this much"), N_("Adherence means nothing without a reason."), "text"
            ),
        ),
    ),
    Section(
        N_("Who answers for it"),
        (
            Field("investigator", N_("Principal investigator")),
            Field("orcid", N_("Their ORCID iD"), N_("Like 0000-0002-1825-0097."), "orcid"),
            Field("sponsor", N_("Sponsor"), N_("Who pays for it.")),
            Field("controller", N_("Data controller")),
            Field("people", N_("People with access"), N_("Names and roles, one a line."), "text"),
            Field("ethics_body", N_("Ethics body")),
            Field("ethics_reference", N_("Ethics reference")),
            Field("ethics_until", N_("Ethics approval ends on"), "", "date"),
            Field("dpia", N_("Data protection impact assessment"), N_("Its reference.")),
            Field("agreement", N_("Data agreement"), N_("Its reference, or “open aggregates only”.")),
            Field("retention_until", N_("Copies are deleted by"), "", "date"),
        ),
    ),
)

INVOLVEMENT = Section(
    N_("Lived experience in the research (after GRIPP2-SF)"),
    (
        Field("aim", N_("Aim of the involvement"), "", "text"),
        Field("methods", N_("How people were involved"), "", "text"),
        Field("results", N_("What came of it, good and not so good"), "", "text"),
        Field("influence", N_("How it changed the study"), "", "text"),
        Field("reflection", N_("What went well, and what did not"), "", "text"),
        Field("numbers", N_("How many people, and with what experience")),
        Field("payment", N_("How they were paid")),
        Field("stage", N_("From which stage on")),
        Field("decisions", N_("Which decisions were theirs")),
        Field("changed", N_("What was changed because of them"), "", "text"),
        Field("refused", N_("What they asked for and did not get, and why"), "", "text"),
    ),
)

_ORCID = re.compile(r"(\d{4})-(\d{4})-(\d{4})-(\d{3}[\dX])")


@dataclass(frozen=True, slots=True)
class Registration:
    """A checked registration: title, and the answers by field name."""

    title: str
    answers: dict[str, str]
    involvement: dict[str, str]


def check_registration(typed: Mapping[str, object], today: date) -> Registration:
    """Check everything the form asked.

    Raises Invalid whose `fields` names every field that needs another look, not only the first.
    """
    errors: dict[str, str] = {}
    title = _text(typed, "title", 200, errors, one_line=True)
    answers = {f.name: _answer(typed, f, errors) for section in SECTIONS for f in section.fields}
    involvement = {f.name: _answer(typed, f, errors) for f in INVOLVEMENT.fields}
    _check_dates(answers, today, errors)
    if errors:
        raise Invalid(fields=errors, limit=LONG)
    return Registration(title, answers, involvement)


def valid_orcid(value: str) -> bool:
    """Whether `value` is an ORCID iD, by its check digit (ISO 7064, mod 11-2)."""
    match = _ORCID.fullmatch(value)
    if match is None:
        return False
    digits = "".join(match.groups())
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[-1] == ("X" if check == 10 else str(check))


def _answer(typed: Mapping[str, object], field: Field, errors: dict[str, str]) -> str:
    long = field.kind == "text"
    value = _text(typed, field.name, LONG if long else SHORT, errors, one_line=not long)
    if not value or field.name in errors:
        return value
    if field.kind == "date" and _date(value) is None:
        errors[field.name] = "study_field_date"
    elif field.kind == "orcid":
        value = value.upper().removeprefix("HTTPS://ORCID.ORG/")
        if not valid_orcid(value):
            errors[field.name] = "study_orcid"
    elif field.kind == "number" and not (
        re.fullmatch(r"\d{1,6}([.,]\d{1,3})?", value) and _number(value) > 0
    ):
        errors[field.name] = "study_intended_use"
    elif field.kind == "choice" and value not in dict(field.choices):
        errors[field.name] = "study_choice"
    return value


def _text(
    typed: Mapping[str, object], name: str, limit: int, errors: dict[str, str], *, one_line: bool
) -> str:
    try:
        return clean(typed.get(name), field=name, limit=limit, one_line=one_line)
    except TooLong as problem:
        errors |= problem.fields
    except Invalid as problem:
        errors |= {
            field: "study_field_empty" if key == "empty" else key for field, key in problem.fields.items()
        }
    return ""


def _check_dates(answers: Mapping[str, str], today: date, errors: dict[str, str]) -> None:
    starts, ends = _date(answers["starts_on"]), _date(answers["ends_on"])
    if starts and ends and ends <= starts:
        errors["ends_on"] = "study_dates_order"
    ethics = _date(answers["ethics_until"])
    if ethics and ethics < today:
        errors["ethics_until"] = "study_ethics_expired"
    retention = _date(answers["retention_until"])
    if retention and ends and retention < ends:
        errors["retention_until"] = "study_dates_order"


def _date(value: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _number(value: str) -> float:
    return float(value.replace(",", "."))


def study_days(answers: Mapping[str, str]) -> tuple[date, date]:
    """The first and the last day of a study, both in, from a checked registration."""
    return date.fromisoformat(answers["starts_on"]), date.fromisoformat(answers["ends_on"])


def intended_use(answers: Mapping[str, str]) -> tuple[str, float]:
    """The intended use of a checked registration, as the measures take it: (measure, amount in four weeks)."""
    return answers["intended_measure"], _number(answers["intended_amount"])
