"""Reasons to report, how urgent each is, and how soon a human should look.

The order is the order of the form. *Worried* is not an accusation: it has its own wording on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

RANK = {"safety": 0, "serious": 1, "other": 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as the form shows it. `priority`: safety, serious or other."""

    key: str
    label: str
    hint: str
    priority: str


REASONS: tuple[Reason, ...] = (
    Reason(
        "worried",
        "I am worried about this person",
        "They may be in danger. This is not a complaint about them.",
        "safety",
    ),
    Reason(
        "self_harm_details", "Suicide or self-harm in detail", "Ways, means or pictures in words.", "safety"
    ),
    Reason(
        "sexual", "Sexual content or grooming", "Anything sexual, or an adult getting too close.", "serious"
    ),
    Reason("harassment", "Harassment or hate", "Aimed at a person or a group.", "serious"),
    Reason(
        "contact_or_money",
        "Asks for contact details or money",
        "Moves to another place, favours, payments.",
        "serious",
    ),
    Reason(
        "private_information",
        "Shares private information",
        "Somebody's name, address, workplace, picture.",
        "serious",
    ),
    Reason(
        "harmful_advice",
        "Advice that could harm",
        "Stopping medicine, dangerous diets, and the like.",
        "serious",
    ),
    Reason(
        "not_a_person",
        "I think this was not written by a person",
        "A human will look and ask. Software decides nothing.",
        "other",
    ),
    Reason("spam", "Spam or advertising", "", "other"),
    Reason("something_else", "Something else", "Please tell us in your own words.", "other"),
)
BY_KEY = {reason.key: reason for reason in REASONS}

DEFAULT_TARGETS = {"safety": 15, "serious": 120, "other": 24 * 60}
"""Minutes until a human should have looked, where administrators set nothing else."""


def due_within(priority: str, targets: dict[str, int]) -> timedelta:
    """How soon an item of `priority` should be looked at."""
    return timedelta(minutes=targets.get(priority, DEFAULT_TARGETS[priority]))
