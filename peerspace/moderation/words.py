"""What the desk's keys are called, in English: whoever shows them translates them for the one who reads."""

from __future__ import annotations

from datetime import datetime

from peerspace.kernel.wording import N_, gettext, ngettext
from peerspace.moderation.decisions import BY_KIND
from peerspace.moderation.kinds import OVER, ItemState, Priority, Step
from peerspace.moderation.queue import DeskRow
from peerspace.moderation.reasons import BY_KEY
from peerspace.streams.models import State

HOUR = 60
DAY = 24 * HOUR

REPORT_STATES: dict[str, str] = {
    ItemState.NEW: N_("waits for a person"),
    ItemState.CLAIMED: N_("a person is looking at it"),
    ItemState.ESCALATED: N_("a second person is looking at it"),
    ItemState.DECIDED: N_("it is decided"),
    ItemState.CLOSED: N_("looked at and closed"),
}
"""What a member reads about a report of theirs."""

STEPS: dict[str, str] = {
    Step.REPORTED: N_("reported"),
    Step.HELD: N_("waits for a human"),
    Step.TO_LOOK_AT: N_("brought here for human eyes"),
    Step.CHANGED: N_("changed by its author"),
    Step.CLAIMED: N_("claimed"),
    Step.LET_GO: N_("let go"),
    Step.NOTE: N_("note"),
    Step.SEEN: N_("seen"),
    Step.DECIDED: N_("decided"),
    Step.WORDS_FOUND: N_("words found that may mean danger"),
    Step.WORDS_REFUSED: N_("words that may mean danger, in something that could not be sent and is not kept"),
    Step.FREED: N_("free again: whoever had it was not there"),
    Step.WROTE: N_("a supervisor wrote to them"),
    Step.REPLIED: N_("they answered in writing"),
    Step.CONTACTED: N_("reached out in another way"),
    Step.ANSWERED: N_("they answered"),
    Step.ESCALATED: N_("passed on"),
    Step.NOTHING_NEEDED: N_("nothing is needed"),
    Step.FINISHED: N_("closed"),
}
"""What happened to an item, where nobody is named."""

STEPS_BY: dict[str, str] = {
    Step.CLAIMED: N_("claimed by %(name)s"),
    Step.LET_GO: N_("let go by %(name)s"),
    Step.NOTE: N_("note by %(name)s"),
    Step.SEEN: N_("seen by %(name)s"),
    Step.DECIDED: N_("decided by %(name)s"),
    Step.WROTE: N_("%(name)s wrote to them"),
    Step.REPLIED: N_("%(name)s answered in writing"),
    Step.CONTACTED: N_("%(name)s reached out in another way"),
    Step.ANSWERED: N_("they answered; noted by %(name)s"),
    Step.ESCALATED: N_("passed on by %(name)s"),
    Step.NOTHING_NEEDED: N_("nothing is needed, says %(name)s"),
    Step.FINISHED: N_("closed by %(name)s"),
}
"""The same where it is no secret who did it."""

PRIORITIES: dict[str, str] = {
    Priority.SAFETY: N_("safety"),
    Priority.SERIOUS: N_("serious"),
    Priority.OTHER: N_("everything else"),
}

TARGET_STATES: dict[str, str] = {
    State.PUBLISHED: N_("It can be read by members now."),
    State.HELD: N_("It waits, and members cannot read it."),
    State.HIDDEN: N_("It is hidden now."),
    State.REMOVED: N_("Its author removed it."),
}
"""How the thing itself stands now."""


def why_here(row: DeskRow) -> str:
    """Why an item is on the desk, in a few words."""
    if row.waits:
        return gettext("Waits for a human")
    if not row.reason:
        return gettext("Looked at") if row.state in OVER else gettext("To look at")
    return reason_on_desk(row.reason)


def about(row: DeskRow) -> str:
    """What an item is about: what kind of thing, whose, and where it stands."""
    if row.place:
        return gettext(row.about_in, name=row.member.name, place=row.place)
    return gettext(row.about, name=row.member.name)


def reason_on_desk(key: str) -> str:
    """A reason's words for a supervisor, in the reader's language."""
    reason = BY_KEY[key]
    return gettext(reason.on_desk or reason.label)


def decision_taken(kind: str) -> str:
    """What a decision is called once it is taken, in the reader's language."""
    return gettext(BY_KIND[kind].taken) if kind in BY_KIND else kind


def step_said(kind: str, name: str | None) -> str:
    """One step of an item's life in words; `name`: who did it, where that may be read."""
    if name is not None and kind in STEPS_BY:
        return gettext(STEPS_BY[kind], name=name)
    return gettext(STEPS.get(kind, kind))


def length(minutes: float) -> str:
    """A stretch of time, as roughly as people say it: "1 minute", "3 hours", "2 days"."""
    if minutes < HOUR:
        return ngettext("%(num)s minute", "%(num)s minutes", max(1, round(minutes)))
    if minutes < 2 * DAY:
        return ngettext("%(num)s hour", "%(num)s hours", round(minutes / HOUR))
    return ngettext("%(num)s day", "%(num)s days", round(minutes / DAY))


def due(at: datetime, now: datetime) -> str:
    """How much time is left until `at`, or for how long it has passed: words, never colour alone."""
    left = (at - now).total_seconds() / 60
    if left < 0:
        return gettext("overdue: %(time)s", time=length(-left))
    return gettext("%(time)s left", time=length(left))
