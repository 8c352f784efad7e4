"""Settings as a person types them: lists and tables become plain lines, and back.

Minutes: `safety: 15`, one a line. Lines: one entry a line. Phrases: `hold: words`, one a line; `hold` may be left out,
and `| nights, new-here` at the end binds a phrase to places.
"""

from __future__ import annotations

import json
from typing import Any

from peerspace.community.settings import Setting
from peerspace.kernel.errors import Invalid
from peerspace.text.screening import ACTIONS


def as_text(setting: Setting, value: Any) -> str:
    """`value` as it stands in the form."""
    if setting.shape == "minutes":
        return "\n".join(f"{name}: {minutes}" for name, minutes in value.items())
    if setting.shape == "phrases":
        return "\n".join(_phrase_line(entry) for entry in value)
    if setting.shape == "lines":
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def minutes_typed(text: str) -> dict[str, str]:
    """Lines of minutes as a form's fields: {name: what is typed}. What is no such line is left out."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): minutes.strip() for name, colon, minutes in pairs if colon}


def from_text(setting: Setting, typed: str) -> Any:
    """What was typed for a setting, as its own kind; its check follows in `set_setting`.

    Raises Invalid on the field `value` for a line without a colon where one is needed.
    """
    shape = setting.shape
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if shape == "minutes":
        if not all(":" in line for line in lines):
            raise Invalid(fields={"value": "setting_lines"})
        return {name.strip(): minutes.strip() for name, minutes in (line.split(":", 1) for line in lines)}
    if shape == "lines":
        return lines
    if shape == "phrases":
        return [_phrase(line) for line in lines]
    return typed


def _phrase_line(entry: Any) -> str:
    if isinstance(entry, str):
        return f"hold: {entry}"
    places = ", ".join(entry.get("spaces", []))
    return f"{entry.get('action', 'hold')}: {entry['text']}" + (f" | {places}" if places else "")


def _phrase(line: str) -> dict[str, Any]:
    words, _, places = line.partition("|")
    action, colon, text = words.partition(":")
    if not colon or action.strip() not in ACTIONS:
        action, text = "hold", words
    spaces = [place.strip() for place in places.split(",") if place.strip()]
    return {"text": text.strip(), "action": action.strip(), "spaces": spaces}
