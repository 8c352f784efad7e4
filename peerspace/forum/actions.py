"""What of forum is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ForumAction(AuditedAction):
    """Audited actions of forum."""

    SPACE_CREATED = "space_created", N_("space created"), "space"
    THREAD_LOCKED = "thread_locked", N_("thread locked")
    THREAD_UNLOCKED = "thread_unlocked", N_("thread unlocked")
