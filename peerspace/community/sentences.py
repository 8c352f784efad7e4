"""What a person reads when something about rules or settings does not pass."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "setting_unknown": "There is no such setting.",
    "setting_number": "Please give a whole number from {least} to {most}.",
    "setting_choice": "Please choose one of: {choices}.",
    "setting_targets": "Please give minutes for safety, serious and other reports.",
    "setting_phrases": "Please give a list of phrases, each with words and what happens: hold or flag.",
    "setting_lines": "Please write one a line, with a colon between the name and the number.",
}
