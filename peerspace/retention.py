"""Which tables grow, and what becomes of their rows: each is pruned by a named job, or kept for a stated reason.

docs/operations.md shows this to whoever runs an installation; a test holds the two and the tables together.
"""

from __future__ import annotations

WEB_PROCESS = "every web process"
"""Sweeps what is about sockets and processes every few seconds (peerspace.realtime.attendance)."""

PRUNED = {
    "connected_socket": WEB_PROCESS,
    "control_message": WEB_PROCESS,
    "job_run": "prune_job_runs",
    "link_request": "prune_sign_in_links",
    "room_presence": WEB_PROCESS,
    "sign_in_attempt": "purge_sign_in_attempts",
    "sign_in_link": "prune_sign_in_links",
    "web_process": WEB_PROCESS,
    "web_session": "prune_sessions",
}
"""Tables whose old rows go, and the job (peerspace.work) or process that takes them out."""

_PEOPLE = "what members wrote, read by others; goes with its author's erasure"
_EVIDENCE = "shows what was decided on which ground; outlives what was reported"
_RESEARCH = "what a dataset is made of; goes with the participant's erasure"
_REGISTER = "the public register of studies and releases, and who took what"
_HISTORY = "which version held when"
_SMALL = "does not grow: as many rows as places, settings or processes"

KEPT = {
    "account": "a person's account, for as long as they have it; former members keep a row without what named them",
    "admission_step": "the talk about joining, for supervisors",
    "audit_entry": "the audit chain: a link that is missing breaks it",
    "audit_head": _SMALL,
    "block": "until its owner takes it back",
    "capture_gap": "says where captured rows are missing; part of every dataset's timeline",
    "consent_notice": _HISTORY,
    "consent_record": "proves every consent and its end",
    "decision": _EVIDENCE,
    "download": _REGISTER,
    "duty": "who was responsible when",
    "evidence": _EVIDENCE,
    "help_line_version": _HISTORY,
    "installation": _SMALL,
    "item": _EVIDENCE,
    "item_event": _EVIDENCE,
    "job_lease": _SMALL,
    "message": _PEOPLE,
    "message_reaction": _PEOPLE,
    "message_revision": _PEOPLE,
    "notice": "a person's inbox, theirs to look back into",
    "panel_decision": _REGISTER,
    "participant": "a period of consent; a tombstone after erasure, so that a restored backup brings nobody back",
    "phrase_hits": "does not grow: one count for each phrase that may mean danger",
    "post": _PEOPLE,
    "post_revision": _PEOPLE,
    "recovery_code": "eight a person; used ones say that there were codes before",
    "release": _REGISTER,
    "release_member": "says in which releases a participant is",
    "report": _EVIDENCE,
    "role_grant": "who held which role when",
    "room": _SMALL,
    "rules_version": _HISTORY,
    "rules_wording": _HISTORY,
    "safety_message": _EVIDENCE,
    "setting_value": _HISTORY,
    "space": _SMALL,
    "study": _REGISTER,
    "thread": _PEOPLE,
    "timeline_entry": _HISTORY,
    "usage_event": _RESEARCH,
}
"""Tables whose rows stay, and why."""
