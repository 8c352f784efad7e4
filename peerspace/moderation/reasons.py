"""Reasons to report, how urgent each is, and how soon a human should look.

The order is the order of the form. *Worried* is not an accusation: it has its own wording on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from peerspace.kernel.wording import N_

RANK = {"safety": 0, "serious": 1, "other": 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as the form shows it, in English: whoever shows it translates. `priority`: safety, serious or other.

    `on_desk`: what it is called where a supervisor reads it, if that differs.
    """

    key: str
    label: str
    hint: str
    priority: str
    on_desk: str = ""


REASONS: tuple[Reason, ...] = (
    Reason(
        "worried",
        N_("I am worried about this person"),
        N_("They may be in danger. This is not a complaint about them."),
        "safety",
        N_("Worried about someone"),
    ),
    Reason(
        "self_harm_details",
        N_("Suicide or self-harm in detail"),
        N_("Ways, means or pictures in words."),
        "safety",
    ),
    Reason(
        "sexual",
        N_("Sexual content or grooming"),
        N_("Anything sexual, or an adult getting too close."),
        "serious",
    ),
    Reason("harassment", N_("Harassment or hate"), N_("Aimed at a person or a group."), "serious"),
    Reason(
        "contact_or_money",
        N_("Asks for contact details or money"),
        N_("Moves to another place, favours, payments."),
        "serious",
    ),
    Reason(
        "private_information",
        N_("Shares private information"),
        N_("Somebody's name, address, workplace, picture."),
        "serious",
    ),
    Reason(
        "harmful_advice",
        N_("Advice that could harm"),
        N_("Stopping medicine, dangerous diets, and the like."),
        "serious",
    ),
    Reason(
        "not_a_person",
        N_("I think this was not written by a person"),
        N_("A human will look and ask. Software decides nothing."),
        "other",
        N_("Perhaps not written by a person"),
    ),
    Reason("spam", N_("Spam or advertising"), "", "other"),
    Reason("something_else", N_("Something else"), N_("Please tell us in your own words."), "other"),
)
BY_KEY = {reason.key: reason for reason in REASONS}

DEFAULT_TARGETS = {"safety": 15, "serious": 120, "other": 24 * 60}
"""Minutes until a human should have looked, where administrators set nothing else."""


def due_within(priority: str, targets: dict[str, int]) -> timedelta:
    """How soon an item of `priority` should be looked at."""
    return timedelta(minutes=targets.get(priority, DEFAULT_TARGETS[priority]))
