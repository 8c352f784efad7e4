"""What is recorded about a member, row by row, in words they can read and in their own language.

A row becomes one or two whole sentences: what was done, and whom it was about.
"""

from __future__ import annotations

from collections.abc import Callable

from peerspace.kernel.wording import N_, gettext, ngettext
from peerspace.research.models import UsageEvent

# Who takes part, and who erased, is theirs to tell (invariant 4): a member reads the same words of all of them.
_MEMBERS = ("participant", "non_participant", "deleted")

_ANSWERS = {
    **dict.fromkeys(_MEMBERS, N_("It answers another member.")),
    "staff": N_("It answers a supervisor."),
    "self": N_("It answers something of your own."),
}
_ANSWERED = {
    **dict.fromkeys(_MEMBERS, N_("The answer came from another member.")),
    "staff": N_("The answer came from a supervisor."),
}
_SENT = {
    **dict.fromkeys(_MEMBERS, N_("It was for another member.")),
    "staff": N_("It was for a supervisor."),
}
_RECEIVED = {
    **dict.fromkeys(_MEMBERS, N_("It came from another member.")),
    "staff": N_("It came from a supervisor."),
}
_WHOM = {
    "post_written": _ANSWERS,
    "message_written": _ANSWERS,
    "reply_received": _ANSWERED,
    "reaction_given": _SENT,
    "reaction_received": _RECEIVED,
}
_PLAIN = {
    "thread_opened": N_("You opened a thread."),
    "thread_read": N_("You read a thread."),
    "heartbeat": N_("You were here."),
    "room_joined": N_("You entered a room."),
    "report_made": N_("You made a report. Not about whom, and not why."),
    "block_given": N_("You blocked somebody. Not whom."),
    "mute_given": N_("You muted something."),
    "content_removed": N_("Something you wrote was hidden by a supervisor."),
    "restricted": N_("You were restricted by a decision."),
    "warned": N_("You were warned."),
    "upset_marked": N_("You said that something upset you."),
    "report_upheld_met": N_("You had met something that was later found to break the rules."),
    "item_displayed": N_("Something written by others was shown to you."),
}
_PLACED = {
    ("reply_received", "forum"): N_("You were answered in the forum."),
    ("reply_received", "room"): N_("You were answered in a room."),
    ("reply_received", "one_to_one"): N_("You were answered one to one."),
    ("reaction_given", "forum"): N_("You sent a phrase in the forum."),
    ("reaction_given", "room"): N_("You sent a phrase in a room."),
    ("reaction_given", "one_to_one"): N_("You sent a phrase one to one."),
    ("reaction_received", "forum"): N_("You were sent a phrase in the forum."),
    ("reaction_received", "room"): N_("You were sent a phrase in a room."),
    ("reaction_received", "one_to_one"): N_("You were sent a phrase one to one."),
}
_WRITTEN: dict[tuple[str, str], Callable[[int], str]] = {
    ("thread_started", "forum"): lambda length: ngettext(
        "You started a thread in the forum, %(num)s character long.",
        "You started a thread in the forum, %(num)s characters long.",
        length,
    ),
    ("post_written", "forum"): lambda length: ngettext(
        "You wrote a post in the forum, %(num)s character long.",
        "You wrote a post in the forum, %(num)s characters long.",
        length,
    ),
    ("message_written", "room"): lambda length: ngettext(
        "You wrote a message in a room, %(num)s character long.",
        "You wrote a message in a room, %(num)s characters long.",
        length,
    ),
    ("message_written", "one_to_one"): lambda length: ngettext(
        "You wrote a message one to one, %(num)s character long.",
        "You wrote a message one to one, %(num)s characters long.",
        length,
    ),
}
SCOPE_TITLES = {
    "usage": N_("what I do here"),
    "time": N_("time I spend here"),
    "interactions": N_("exchanges"),
    "experience": N_("hard moments"),
}
"""The scope a row was captured under, as it stands beside the row; to be translated where it is shown."""


def row_words(row: UsageEvent) -> str:
    """One captured row as one or two sentences in the reader's language."""
    place = (row.kind, row.modality)
    if row.kind == "room_left":
        text = _left(row.duration_us // 60_000_000)
    elif place in _WRITTEN:
        text = _WRITTEN[place](row.length_chars)
    else:
        text = gettext(_PLACED.get(place) or _PLAIN[row.kind])
    whom = _WHOM.get(row.kind, {}).get(row.other_class)
    return f"{text} {gettext(whom)}" if whom else text


def _left(minutes: int) -> str:
    if minutes < 1:
        return gettext("You left a room after less than a minute.")
    return ngettext(
        "You left a room after %(num)s minute.", "You left a room after %(num)s minutes.", minutes
    )
