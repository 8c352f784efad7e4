"""How PeerSpace speaks (docs/voice.md): what can be checked of it, in every template and every sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerspace.sentences import ALL
from peerspace.translations.__main__ import DOMAINS, read

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DOCUMENTS = sorted((ROOT / "peerspace").rglob("*_en.md"))
SCRIPTS = [path for path in sorted((ROOT / "static" / "js").rglob("*.js")) if "vendor" not in path.parts]
FORBIDDEN = {
    "a label for people": re.compile(r"\b(?:users?|patients?)\b", re.IGNORECASE),
    "an exclamation mark": re.compile("!(?=[\\s\"'\u201c\u201d\u2019<]|$)"),
    "a button that does not say what it does": re.compile(
        r"button\(\s*(?:N?_\(\s*)?[\"'](?:OK|Submit|Yes|No|Go|Continue)[\"']"
    ),
    "cheering": re.compile(r"\b(?:great|oops|hooray|congratulations|awesome)\b", re.IGNORECASE),
}


def told(template: str) -> str:
    """What a template says: without comments, and without names that only machines read (icons, autocomplete)."""
    text = re.sub(r"{#.*?#}", "", template, flags=re.DOTALL)
    text = re.sub(r"<!doctype html>", "", text)
    text = re.sub(r"[\"']user(?:s|-[a-z]+)?(?:-round)?[\"']", "", text)  # icons
    return re.sub(r"\b(?:username|user-scalable)\b", "", text)


def faults(text: str) -> list[str]:
    """Which rules `text` breaks, each with the place."""
    return [
        f"{what}: {text[max(0, m.start() - 30) : m.end() + 10]!r}" for what, rule in FORBIDDEN.items()
        for m in rule.finditer(text)
    ]  # fmt: skip


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_keeps_the_voice(path: Path) -> None:
    assert faults(told(path.read_text(encoding="utf-8"))) == []


def test_sentences_and_documents_keep_the_voice() -> None:
    texts = dict(ALL.texts)
    texts |= {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    assert DOCUMENTS
    assert {key: faults(text) for key, text in texts.items() if faults(text)} == {}


def test_words_in_scripts_keep_the_voice() -> None:
    said = {
        path.name: [
            fault for words in re.findall(r'"((?:[^"\\\n]|\\.)* (?:[^"\\\n]|\\.)*)"', path.read_text(encoding="utf-8"))
            for fault in faults(words)
        ]
        for path in SCRIPTS
    }  # fmt: skip
    assert {name: found for name, found in said.items() if found} == {}


def test_everything_that_is_translated_keeps_the_voice() -> None:
    """Whatever a page, an error, a notice or a script says goes through the catalogues."""
    messages = [message.id for domain in DOMAINS for message in read("de", domain) if message.id]
    said = [text for one in messages for text in ([one] if isinstance(one, str) else one)]
    assert len(said) > 1_500
    assert [fault for text in said for fault in faults(text) + (["!"] if "!" in text else [])] == []


@pytest.mark.parametrize(
    "text",
    [
        "Dear user, hello.",
        "Welcome!</p>",
        "for patients",
        '{{ f.button("Submit") }}',
        '{{ f.button(_("OK")) }}',
        "Well done!",
        "Great, you are in.",
    ],
)
def test_what_breaks_the_voice_is_found(text: str) -> None:
    assert faults(told(text)) != []


def test_what_only_machines_read_is_not_taken_for_words() -> None:
    assert faults(told('{# user #}<!doctype html>{{ ui.icon("user-plus") }} autocomplete="username"')) == []
