"""What people read when a report or a decision cannot be taken as sent."""

SENTENCES = {
    "report_kind_unknown": "This cannot be reported from here.",
    "report_own": "This is your own. You can change or remove it yourself.",
    "report_reason_missing": "Please choose what this is about.",
    "own_case": "This is about you. Another supervisor looks at it.",
    "claim_first": "Please claim this item first, so that nobody else works on it at the same time.",
    "item_closed": "This item has been decided already.",
    "decision_kind_unknown": "Please choose a decision that fits this item.",
    "decision_days": "Please give the number of days, from 1 to {most}.",
}
