"""What the keys on an administrator's pages are called, in English: whoever shows them translates them."""

from __future__ import annotations

from peerspace.features import audited_actions, jobs
from peerspace.kernel.wording import N_, gettext

PARTS = {
    "database": N_("The database"),
    "disk": N_("The disk"),
    "worker": N_("Background work"),
    "redis": N_("Redis"),
}

PART_STATES = {
    "ok": N_("works"),
    "away": N_("does not answer"),
    "busy": N_("is busy"),
    "not_migrated": N_("waits for its migration"),
    "nobody_holds_the_lease": N_("nobody does it now"),
    "full": N_("is full"),
    "disk_full": N_("has no room left on its disk"),
    "disk_error": N_("cannot write to its disk"),
    "missing": N_("cannot be opened"),
    "read_only": N_("takes nothing in: it can only be read"),
    "jobs_late": N_("some of it is late"),
    "unknown": N_("not known"),
}

SUBJECTS = {
    "account": N_("account"),
    "decision": N_("decision"),
    "duty": N_("duty"),
    "help_line": N_("help line"),
    "item": N_("item"),
    "message": N_("message"),
    "post": N_("post"),
    "release": N_("dataset"),
    "room": N_("room"),
    "rules": N_("rules"),
    "setting": N_("setting"),
    "space": N_("space"),
    "study": N_("study"),
    "thread": N_("thread"),
    "audit": N_("the record"),
}

TRAINING = {"trained": N_("trained"), "untrained": N_("not trained"), "not_recorded": N_("not recorded")}
PAY = {"paid": N_("paid"), "volunteer": N_("volunteer"), "not_recorded": N_("not recorded")}

HOLDS = {
    "never": N_("never"),
    "off_shift": N_("while nobody keeps the desk"),
    "always": N_("always"),
}
"""When something of a new member waits for a human."""

ROOM_STATES = {
    "open": N_("open"),
    "read_only": N_("nobody on duty"),
    "paused": N_("duty is paused"),
    "closed": N_("closed"),
    "archived": N_("put away"),
}


def action_said(code: str) -> str:
    """What an audited action is called, in the reader's language; one of another version is shown by its code."""
    action = audited_actions().get(code)
    return gettext(action.label) if action is not None else code.replace("_", " ")


def job_said(name: str) -> str:
    """What a piece of background work is called, in the reader's language."""
    label = next((job.label for job in jobs() if job.name == name), "")
    return gettext(label) if label else name.replace("_", " ")


def said(table: dict[str, str], key: str) -> str:
    """A key's words in the reader's language; a key that has none yet is shown without its dashes."""
    return gettext(table[key]) if key in table else key.replace("_", " ")


def options(table: dict[str, str]) -> list[tuple[str, str]]:
    """A table as the options of a field, in the reader's language."""
    return [(key, gettext(words)) for key, words in table.items()]
