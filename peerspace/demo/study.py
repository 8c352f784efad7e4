"""The invented study: a registration with every answer, decided by the invented panel."""

from __future__ import annotations

from datetime import date, timedelta

from peerspace.demo.cast import STUDY_TITLE
from peerspace.research.registration import INVOLVEMENT, SECTIONS, Field

ORCID_OF_NOBODY = "0000-0002-1825-0097"
"""ORCID's own example, held by a fictitious person."""


def registration(today: date) -> dict[str, str]:
    """Answers to every question of the register, each saying that it is invented."""
    dates = {
        "starts_on": today - timedelta(days=60),
        "ends_on": today + timedelta(days=300),
        "ethics_until": today + timedelta(days=700),
        "retention_until": today + timedelta(days=3_000),
    }
    answers = {"title": STUDY_TITLE, "intended_measure": "weeks_active", "intended_amount": "2"}
    for question in (*(f for section in SECTIONS for f in section.fields), *INVOLVEMENT.fields):
        if question.name in dates:
            answers[question.name] = dates[question.name].isoformat()
        else:
            answers.setdefault(question.name, _answer(question))
    return answers


def _answer(question: Field) -> str:
    if question.kind == "orcid":
        return ORCID_OF_NOBODY
    return f"Invented for the demo: {question.label.rstrip('?').lower()}."
