"""What of streams is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class StreamAction(AuditedAction):
    """Audited actions of streams."""

    MOVED = "contribution_moved", N_("moved to another place")
    HISTORY_OPENED = (
        "history_opened",
        N_("former versions opened"),
        "",
        N_("%(name)s opened the former versions of something you wrote"),
    )
