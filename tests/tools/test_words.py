"""Every word is translated: nothing missing, nothing left over, values kept, and compiled as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peerspace.translations.__main__ import DOMAINS, compiled, languages, po_file, problems, read

EVERY = [(code, domain) for code in languages() for domain in DOMAINS]
NOT_GERMAN = re.compile(r"!|\bIhnen\b|\bIhre?[nmrs]?\b(?! )|\b(?:Be)?[Nn]utzer|\bUser|\bAnwender|\bPatient")
VALUES = re.compile(r"%\(\w+\)s|%%|\{\w+\}")


def test_there_is_a_second_language() -> None:
    assert "de" in languages()


@pytest.mark.parametrize(("code", "domain"), EVERY)
def test_a_catalogue_is_whole(code: str, domain: str) -> None:
    assert problems(code, domain) == []


@pytest.mark.parametrize(("code", "domain"), EVERY)
def test_values_and_tags_are_the_same_in_every_language(code: str, domain: str) -> None:
    wrong = []
    for message in read(code, domain):
        if not message.id or not message.string:
            continue
        asked = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        for english, one in zip(asked, said, strict=False):
            # "One message" may be said with its number in a language, and "%(num)s messages" without.
            if set(VALUES.findall(one)) - {"%(num)s"} != set(VALUES.findall(english)) - {"%(num)s"}:
                wrong.append((english, one))
    assert wrong == []


@pytest.mark.parametrize(("code", "domain"), EVERY)
def test_the_compiled_file_is_of_this_catalogue(code: str, domain: str) -> None:
    assert po_file(code, domain).with_suffix(".mo").read_bytes() == compiled(read(code, domain))


def test_german_speaks_as_the_place_does() -> None:
    """du, not Sie, and no exclamation marks; nobody is a user or a patient there either."""
    wrong = []
    for domain in DOMAINS:
        for message in read("de", domain):
            if not message.id:
                continue  # the catalogue's own header
            said = [message.string] if isinstance(message.string, str) else list(message.string or ())
            wrong += [one for one in said if NOT_GERMAN.search(one)]
    documents = sorted((Path(__file__).parents[2] / "peerspace").rglob("*_de.md"))
    assert len(documents) >= 2
    wrong += [path.name for path in documents if NOT_GERMAN.search(path.read_text(encoding="utf-8"))]
    assert wrong == []
