"""What is typed into the forms about reports, the desk, and words with people somebody is worried about.

A field is called as in its form, so that a page can show it again.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.web.forms import Form


@dataclass(frozen=True, slots=True)
class ReportForm(Form):
    """A report. `reason` is the key of a reason; `client_id` makes it one report however often it is sent."""

    reason: str = ""
    words: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class AnswerForm(Form):
    """The answer of somebody whom a supervisor wrote to."""

    words: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class ItemForm(Form):
    """A change of an item that says nothing more. `version`: the state of the item that the page showed."""

    version: int = 0


@dataclass(frozen=True, slots=True)
class NoteForm(ItemForm):
    """A note for other supervisors."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class DecisionForm(ItemForm):
    """A decision: its kind, the reason that the member reads, and what those who reported are told."""

    kind: str = ""
    reason: str = ""
    rule_ref: str = ""
    days: str = ""
    to_reporters: str = ""


@dataclass(frozen=True, slots=True)
class StepForm(ItemForm):
    """A step for a person somebody is worried about. `closes`: the item ends with it."""

    step: str = ""
    step_note: str = ""
    closes: bool = False


@dataclass(frozen=True, slots=True)
class LetterForm(ItemForm):
    """Words of a supervisor to a person somebody is worried about."""

    words: str = ""
    client_id: str = ""
