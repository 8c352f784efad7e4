"""What a person reads when something about rules or settings does not pass."""

from __future__ import annotations

from peerspace.kernel.wording import N_

SENTENCES: dict[str, str] = {
    "rules_language": N_("Please choose the language that the rules are in."),
    "setting_unknown": N_("There is no such setting."),
    "setting_number": N_("Please give a whole number from {least} to {most}."),
    "setting_choice": N_("Please choose one of: {choices}."),
    "setting_targets": N_("Please give minutes for safety, serious and other reports."),
    "setting_phrases": N_("Please give a list of phrases, each with words and what happens: hold or flag."),
    "setting_danger": N_("Please write one phrase a line, each with words and of 120 characters at most."),
    "setting_lines": N_("Please write one a line, with a colon between the name and the number."),
    "line_unknown": N_("There is no such help line."),
    "line_country": N_("Please choose a country."),
    "line_number": N_(
        "Please give telephone numbers as they are dialled: digits and spaces, a comma between two, four at most."
    ),
    "line_reach": N_("Please give a number to call or one to write to."),
    "line_word": N_("Please give one word, or leave this out."),
    "line_times": N_("Please write one a line, such as: Mon-Fri 14:00-20:00."),
    "line_languages": N_("Please give languages by their codes, such as: en, cy."),
    "line_source": N_("Please give the address of their own page. It begins with https://."),
    "line_emergency": N_("Please give at least one emergency number, and four at most."),
}
