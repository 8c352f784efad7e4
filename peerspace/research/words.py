"""What is recorded about a member, row by row, in words they can read."""

from __future__ import annotations

from peerspace.research.models import UsageEvent

WHERE = {"forum": "in the forum", "room": "in a room", "one_to_one": "one to one", "site": ""}
_WRITTEN = {
    "thread_started": "You started a thread",
    "post_written": "You wrote a post",
    "message_written": "You wrote a message",
}
# Who takes part, and who erased, is theirs to tell (invariant 4): a member reads the same words of all of them.
_OTHER = {
    **dict.fromkeys(("participant", "non_participant", "deleted"), "another member"),
    "staff": "a supervisor",
    "self": "yourself",
}
_PLAIN = {
    "thread_opened": "You opened a thread",
    "thread_read": "You read a thread",
    "heartbeat": "You were here",
    "room_joined": "You entered a room",
    "report_made": "You made a report. Not about whom, and not why",
    "block_given": "You blocked somebody. Not whom",
    "mute_given": "You muted something",
    "content_removed": "Something you wrote was hidden by a supervisor",
    "restricted": "You were restricted by a decision",
    "warned": "You were warned",
    "upset_marked": "You said that something upset you",
    "report_upheld_met": "You had met something that was later found to break the rules",
    "item_displayed": "Something written by others was shown to you",
}
SCOPE_TITLES = {
    "usage": "what I do here",
    "time": "time I spend here",
    "interactions": "exchanges",
    "experience": "hard moments",
}


def row_words(row: UsageEvent) -> str:
    """One captured row as a sentence without its final stop."""
    where = WHERE[row.modality]
    if row.kind in _WRITTEN:
        text = f"{_WRITTEN[row.kind]} {where}, {row.length_chars} characters long"
        other = _OTHER.get(row.other_class, "")
        return f"{text}, answering {other}" if other else text
    if row.kind == "reply_received":
        return f"You were answered {where} by {_OTHER.get(row.other_class, 'somebody')}"
    if row.kind == "reaction_given":
        other = _OTHER.get(row.other_class, "")
        return f"You sent a phrase {where} to {other}" if other else f"You sent a phrase {where}"
    if row.kind == "reaction_received":
        return f"You were sent a phrase {where} by {_OTHER.get(row.other_class, 'somebody')}"
    if row.kind == "room_left":
        return f"You left a room after {_minutes(row.duration_us)}"
    return _PLAIN[row.kind]


def _minutes(duration_us: int) -> str:
    minutes = duration_us // 60_000_000
    if minutes < 1:
        return "less than a minute"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
