"""What of moderation is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ModerationAction(AuditedAction):
    """Audited actions of moderation."""

    ITEM_CLAIMED = "item_claimed", N_("item claimed")
    ITEM_LET_GO = "item_let_go", N_("item let go")
    ITEM_FREED = "item_freed", N_("item free again: its supervisor has gone")
    ITEM_SEEN = "item_found_fine", N_("item seen")
    EVIDENCE_OPENED = "evidence_opened", N_("evidence opened")
    DECISION_TAKEN = "decision_taken", N_("decision taken")
    WORRIED_STEP = "worried_step", N_("step on a worried item")
    SAFETY_WRITTEN = "safety_written", N_("a person on a worried item was written to")
