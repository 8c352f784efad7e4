"""What people read when a report or a decision cannot be taken as sent."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "report_kind_unknown": N_("This cannot be reported from here."),
    "report_own": N_("This is your own. You can change or remove it yourself."),
    "report_reason_missing": N_("Please choose what this is about."),
    "own_case": N_("This is about you. Another supervisor looks at it."),
    "claim_first": N_("Please claim this item first, so that nobody else works on it at the same time."),
    "item_closed": N_("This item has been decided already."),
    "seen_not_enough": N_("Somebody reported this, or it still waits. Please take a decision on it."),
    "worried_only": N_("This step belongs to an item about somebody who may be in danger."),
    "worried_no_decision": N_(
        "Nobody is warned, restricted or sent away over a worry. Please note what was done to help."
    ),
    "worried_step_missing": N_("Please choose what was done."),
    "decision_kind_unknown": N_("Please choose a decision that fits this item."),
    "decision_days": N_("Please give the number of days, from 1 to {most}."),
}
