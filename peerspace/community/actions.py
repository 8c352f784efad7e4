"""What of community is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class CommunityAction(AuditedAction):
    """Audited actions of community."""

    RULES_PUBLISHED = "rules_published", N_("rules published"), "rules"
    RULES_WORDED = "rules_worded", N_("rules put into another language"), "rules"
    SETTING_CHANGED = "setting_changed", N_("setting changed"), "setting"
    HELP_LINE_ADDED = "help_line_added", N_("help line added"), "setting"
    HELP_LINE_EDITED = "help_line_edited", N_("help line changed"), "setting"
    HELP_LINE_CONFIRMED = "help_line_confirmed", N_("help line confirmed"), "setting"
    HELP_LINE_HIDDEN = "help_line_hidden", N_("help line hidden"), "setting"
    HELP_LINE_SHOWN = "help_line_shown", N_("help line shown again"), "setting"
    HELP_LINE_AS_SHIPPED = "help_line_as_shipped", N_("help line put back as shipped"), "setting"
