"""What of forum is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ForumAction(AuditedAction):
    """Audited actions of forum."""

    SPACE_CREATED = "space_created", N_("space created"), "space"
    POST_HISTORY_OPENED = (
        "post_history_opened",
        N_("history of a post opened"),
        "",
        N_("%(name)s opened the former versions of a post of yours"),
    )
    THREAD_LOCKED = "thread_locked", N_("thread locked")
    THREAD_UNLOCKED = "thread_unlocked", N_("thread unlocked")
