"""What researchers and the panel type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from peerspace.research.registration import INVOLVEMENT, SECTIONS
from peerspace.web.forms import Form

ANSWERS = tuple(field.name for section in (*SECTIONS, INVOLVEMENT) for field in section.fields)
"""The fields of a registration beside its title, in the order of the form."""


@dataclass(frozen=True, slots=True)
class StudyForm:
    """A registration of a study: its title, and an answer to each question."""

    title: str
    answers: Mapping[str, str]

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """Parse what was sent; what no question asks for is left out."""
        return cls(form.get("title", ""), {name: form.get(name, "") for name in ANSWERS})

    @property
    def typed(self) -> dict[str, str]:
        """Everything by the names of the fields, as `research.registration` checks it."""
        return {"title": self.title, **self.answers}


@dataclass(frozen=True, slots=True)
class WindowForm(Form):
    """Asking for a release: its first and last day, such as 2026-09-30."""

    first_day: str = ""
    last_day: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class PanelForm(Form):
    """A decision of the panel about a study. `version`: the state of the study that the page showed."""

    decision: str = ""
    reasons: str = ""
    conditions: str = ""
    version: str = ""
