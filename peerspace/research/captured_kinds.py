"""The kinds of captured rows, and which consent each of them needs."""

from __future__ import annotations

SCOPE_OF: dict[str, str] = {
    "thread_started": "usage",
    "post_written": "usage",
    "message_written": "usage",
    "thread_opened": "usage",
    "room_joined": "usage",
    "reaction_given": "usage",
    "reaction_received": "interactions",
    "reply_received": "interactions",
    "thread_read": "time",
    "heartbeat": "time",
    "room_left": "time",
    "report_made": "experience",
    "block_given": "experience",
    "mute_given": "experience",
    "content_removed": "experience",
    "restricted": "experience",
    "warned": "experience",
    "upset_marked": "experience",
    "report_upheld_met": "experience",
    "item_displayed": "experience",
}
"""Which scope must stand for a kind of row. A measure is missing, not zero, for people who did not give it."""
