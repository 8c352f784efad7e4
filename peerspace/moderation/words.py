"""What the desk's keys are called, in English: whoever shows them translates them for the one who reads."""

from __future__ import annotations

from datetime import datetime

from peerspace.kernel.wording import N_, gettext, ngettext
from peerspace.moderation.decisions import BY_KIND
from peerspace.moderation.queries import DeskRow
from peerspace.moderation.reasons import BY_KEY

HOUR = 60
DAY = 24 * HOUR

REPORT_STATES = {
    "new": N_("waits for a person"),
    "claimed": N_("a person is looking at it"),
    "escalated": N_("a second person is looking at it"),
    "decided": N_("it is decided"),
    "closed": N_("looked at and closed"),
}
"""What a member reads about a report of theirs."""

STEPS = {
    "reported": N_("reported"),
    "held": N_("waits for a human"),
    "to_look_at": N_("brought here for human eyes"),
    "changed": N_("changed by its author"),
    "claimed": N_("claimed"),
    "let_go": N_("let go"),
    "note": N_("note"),
    "seen": N_("seen"),
    "decided": N_("decided"),
    "words_found": N_("words found that may mean danger"),
    "words_refused": N_("words that may mean danger, in something that could not be sent and is not kept"),
    "freed": N_("free again: whoever had it was not there"),
    "wrote": N_("a supervisor wrote to them"),
    "replied": N_("they answered in writing"),
    "contacted": N_("reached out in another way"),
    "answered": N_("they answered"),
    "escalated": N_("passed on"),
    "nothing_needed": N_("nothing is needed"),
    "finished": N_("closed"),
}
"""What happened to an item, where nobody is named."""

STEPS_BY = {
    "claimed": N_("claimed by %(name)s"),
    "let_go": N_("let go by %(name)s"),
    "note": N_("note by %(name)s"),
    "seen": N_("seen by %(name)s"),
    "decided": N_("decided by %(name)s"),
    "wrote": N_("%(name)s wrote to them"),
    "replied": N_("%(name)s answered in writing"),
    "contacted": N_("%(name)s reached out in another way"),
    "answered": N_("they answered; noted by %(name)s"),
    "escalated": N_("passed on by %(name)s"),
    "nothing_needed": N_("nothing is needed, says %(name)s"),
    "finished": N_("closed by %(name)s"),
}
"""The same where it is no secret who did it."""

PRIORITIES = {"safety": N_("safety"), "serious": N_("serious"), "other": N_("everything else")}

TARGET_STATES = {
    "published": N_("It can be read by members now."),
    "held": N_("It waits, and members cannot read it."),
    "hidden": N_("It is hidden now."),
    "removed": N_("Its author removed it."),
}
"""How the thing itself stands now."""


def why_here(row: DeskRow) -> str:
    """Why an item is on the desk, in a few words."""
    if row.waits:
        return gettext("Waits for a human")
    if not row.reason:
        return gettext("Looked at") if row.state in ("decided", "closed") else gettext("To look at")
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
