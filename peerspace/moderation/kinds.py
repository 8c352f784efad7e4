"""The kinds, states and steps of moderation."""

from __future__ import annotations

from enum import StrEnum


class ItemKind(StrEnum):
    """Why something is on the desk."""

    REPORT = "report"
    HELD = "held"
    """Brought here by the software for human eyes; it waits, or stands already (its first step tells)."""
    WORRIED = "worried"
    """About a person who may be in danger, never about what they did; it has steps of its own and no decision."""


class ItemState(StrEnum):
    """Where an item stands."""

    NEW = "new"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    DECIDED = "decided"
    CLOSED = "closed"


OVER = (ItemState.DECIDED, ItemState.CLOSED)
"""An item on which nothing more is done."""


class Priority(StrEnum):
    """How soon somebody looks."""

    SAFETY = "safety"
    SERIOUS = "serious"
    OTHER = "other"


class ReasonKey(StrEnum):
    """Why a member reports something."""

    WORRIED = "worried"
    SELF_HARM_DETAILS = "self_harm_details"
    HARASSMENT = "harassment"
    SEXUAL = "sexual"
    CONTACT_OR_MONEY = "contact_or_money"
    HARMFUL_ADVICE = "harmful_advice"
    NOT_A_PERSON = "not_a_person"
    PRIVATE_INFORMATION = "private_information"
    SPAM = "spam"
    SOMETHING_ELSE = "something_else"


class DecisionKind(StrEnum):
    """What a supervisor decides."""

    NO_ACTION = "no_action"
    PRIVATE_WORD = "private_word"
    PUBLISH = "publish"
    CONTENT_NOTE = "content_note"
    HIDE = "hide"
    HIDE_AND_LOCK = "hide_and_lock"
    RESTORE = "restore"
    LOCK = "lock"
    WARN = "warn"
    READ_ONLY = "read_only"
    SUSPEND = "suspend"
    END_MEMBERSHIP = "end_membership"


HIDING = (DecisionKind.HIDE, DecisionKind.HIDE_AND_LOCK)
LOCKING = (DecisionKind.LOCK, DecisionKind.HIDE_AND_LOCK)
SANCTIONS = (DecisionKind.READ_ONLY, DecisionKind.SUSPEND, DecisionKind.END_MEMBERSHIP)
"""Decisions about a person, not about what they wrote."""


class Step(StrEnum):
    """One step in an item's life."""

    REPORTED = "reported"
    HELD = "held"
    TO_LOOK_AT = "to_look_at"
    CHANGED = "changed"
    WORDS_FOUND = "words_found"
    """By the check for danger."""
    WORDS_REFUSED = "words_refused"
    """The same, in what was not taken."""
    FREED = "freed"
    """It had somebody who was not there."""
    REPLIED = "replied"
    """The person answered a supervisor who wrote to them."""
    CLAIMED = "claimed"
    LET_GO = "let_go"
    NOTE = "note"
    SEEN = "seen"
    DECIDED = "decided"
    WROTE = "wrote"
    CONTACTED = "contacted"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    NOTHING_NEEDED = "nothing_needed"
    FINISHED = "finished"


STAFF_STEPS = (
    Step.CLAIMED,
    Step.LET_GO,
    Step.NOTE,
    Step.SEEN,
    Step.DECIDED,
    Step.WROTE,
    Step.CONTACTED,
    Step.ANSWERED,
    Step.ESCALATED,
    Step.NOTHING_NEEDED,
    Step.FINISHED,
)
"""Steps that a supervisor takes. The first of them is the first human act on the item."""
