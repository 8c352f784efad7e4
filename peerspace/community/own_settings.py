"""What of the community as a whole administrators tune."""

from __future__ import annotations

from typing import Any

from peerspace.community.danger_lists import ORDINARY, setting_of, shipped
from peerspace.community.help_lines_form import countries
from peerspace.community.settings import Setting, SettingGroup, refused, whole_number, words
from peerspace.kernel.wording import N_
from peerspace.text.clean import clean
from peerspace.text.screening import ACTIONS, phrases_from

MAX_PHRASES = 2_000
MAX_PHRASE = 120
DANGER_LABELS = {
    "en": N_("Words that may mean danger, English"),
    "de": N_("Words that may mean danger, German"),
}


def _country(value: Any) -> str:
    code = str(value).strip().upper()
    if code and code not in countries():
        raise refused("line_country")
    return code


def _phrases(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MAX_PHRASES:
        raise refused("setting_phrases")
    return [_phrase(entry) for entry in value]


def _danger_phrases(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_PHRASES:
        raise refused("setting_danger")
    entries = []
    for typed in value:
        entry = clean(typed, field="value", limit=MAX_PHRASE, one_line=True)
        ordinary = entry.lower().startswith(ORDINARY.strip())
        words = entry[len(ORDINARY.strip()) :].strip() if ordinary else entry
        if not phrases_from([words]):
            raise refused("setting_danger")
        entries.append(ORDINARY + words if ordinary else words)
    return list(dict.fromkeys(entries))


def _phrase(entry: Any) -> dict[str, Any]:
    if isinstance(entry, str):
        entry = {"text": entry}
    if not isinstance(entry, dict) or not set(entry) <= {"text", "action", "spaces"}:
        raise refused("setting_phrases")
    action, spaces = entry.get("action", "hold"), entry.get("spaces", [])
    if action not in ACTIONS or not isinstance(spaces, list) or not all(isinstance(s, str) for s in spaces):
        raise refused("setting_phrases")
    text = clean(entry.get("text"), field="value", limit=120, one_line=True)
    return {"text": text, "action": action, "spaces": [str(slug)[:48] for slug in spaces]}


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "admission_hours",
        SettingGroup.NEW_MEMBERS,
        N_("Hours an admission usually takes"),
        24,
        whole_number(1, 336),
        "number",
    ),
    Setting(
        "watch_phrases",
        SettingGroup.DESK,
        N_("Watch phrases"),
        [],
        _phrases,
        "phrases",
        N_(
            "One a line: hold (it waits) or flag (it appears and a person looks), a colon, the words. "
            "A | and addresses bind a phrase to places. They never delete and never decide."
        ),
    ),
    Setting(
        "home_country",
        SettingGroup.DESK,
        N_("Country that most members live in"),
        "",
        _country,
        "country",
        N_(
            "Its help lines are offered where a browser does not tell a country. No country is kept about anybody."
        ),
    ),
    *(
        Setting(
            setting_of(language),
            SettingGroup.DANGER,
            label,
            shipped(language).entries,
            _danger_phrases,
            "lines",
            N_(
                "One a line. Whoever writes one of them is shown help, and a person looks; nothing waits and "
                "nobody is counted. A line with “not:” in front is ordinary talk in which such words mean "
                "something else."
            ),
        )
        for language, label in DANGER_LABELS.items()
    ),
    Setting(
        "opening_hours", SettingGroup.PAGES, N_("Opening hours, as shown on the first page"), "", words(300)
    ),
    Setting("contact", SettingGroup.PAGES, N_("How to reach the people who run this place"), "", words(300)),
    Setting("controller", SettingGroup.PAGES, N_("Who answers for the data kept here"), "", words(500)),
)
