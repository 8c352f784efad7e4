"""What of consent is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ConsentAction(AuditedAction):
    """Audited actions of consent."""

    CONSENT_LOOKED_AT = (
        "consent_looked_at",
        N_("consent looked at"),
        "",
        N_("%(name)s looked at what you agreed to, from the command line"),
    )
    RESEARCH_DATA_ERASED = "research_data_erased", N_("research data erased")
