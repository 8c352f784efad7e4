"""Reasons to report, how urgent each is, and how soon a human should look.

The order is the order of the form. *Worried* is not an accusation: it has its own wording on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from peerspace.kernel.wording import N_
from peerspace.moderation.kinds import Priority, ReasonKey
from peerspace.moderation.settings import TARGETS

RANK = {priority: rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as the form shows it, in English: whoever shows it translates. `priority`: safety, serious or other.

    `on_desk`: what it is called where a supervisor reads it, if that differs.
    """

    key: ReasonKey
    label: str
    hint: str
    priority: Priority
    on_desk: str = ""


REASONS: tuple[Reason, ...] = (
    Reason(
        ReasonKey.WORRIED,
        N_("I am worried about this person"),
        N_("They may be in danger. This is not a complaint about them."),
        Priority.SAFETY,
        N_("Worried about someone"),
    ),
    Reason(
        ReasonKey.SELF_HARM_DETAILS,
        N_("Suicide or self-harm in detail"),
        N_("Ways, means or pictures in words."),
        Priority.SAFETY,
    ),
    Reason(
        ReasonKey.SEXUAL,
        N_("Sexual content or grooming"),
        N_("Anything sexual, or an adult getting too close."),
        Priority.SERIOUS,
    ),
    Reason(
        ReasonKey.HARASSMENT, N_("Harassment or hate"), N_("Aimed at a person or a group."), Priority.SERIOUS
    ),
    Reason(
        ReasonKey.CONTACT_OR_MONEY,
        N_("Asks for contact details or money"),
        N_("Moves to another place, favours, payments."),
        Priority.SERIOUS,
    ),
    Reason(
        ReasonKey.PRIVATE_INFORMATION,
        N_("Shares private information"),
        N_("Somebody's name, address, workplace, picture."),
        Priority.SERIOUS,
    ),
    Reason(
        ReasonKey.HARMFUL_ADVICE,
        N_("Advice that could harm"),
        N_("Stopping medicine, dangerous diets, and the like."),
        Priority.SERIOUS,
    ),
    Reason(
        ReasonKey.NOT_A_PERSON,
        N_("I think this was not written by a person"),
        N_("A human will look and ask. Software decides nothing."),
        Priority.OTHER,
        N_("Perhaps not written by a person"),
    ),
    Reason(ReasonKey.SPAM, N_("Spam or advertising"), "", Priority.OTHER),
    Reason(
        ReasonKey.SOMETHING_ELSE,
        N_("Something else"),
        N_("Please tell us in your own words."),
        Priority.OTHER,
    ),
)
BY_KEY: dict[str, Reason] = {reason.key: reason for reason in REASONS}


def due_within(priority: Priority, targets: dict[str, int]) -> timedelta:
    """How soon an item of `priority` should be looked at."""
    return timedelta(minutes=targets.get(priority, TARGETS[priority]))
