"""Letters that are read as others, by the Unicode tables."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.text.lookalikes import is_of_one_script, script_of, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("m", "rn"), ("payer", "рауеr"), ("scope", "ѕсоре"), ("O0", "ОО"), ("Il1|", "llll"), ("e", "е"), ("ԁ", "d"),
        ("ﬁ", "fi"), ("ꓢ", "S"), ("ո", "n"), ("ɑ", "a"), ("ꝑ", "p"), ("ᴇ", "e"), ("ı", "i"), ("𝗮", "a"), ("Ꮃ", "W"),
    ],
)  # fmt: skip
def test_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a", "o"), ("u", "v"), ("5", "S"), ("б", "b"), ("и", "n"), ("a", "A"), ("日", "曰x")]
)
def test_what_does_not_stays_apart(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text(max_size=60))
def test_any_text_has_a_skeleton_and_a_short_one(text: str) -> None:
    made = skeleton(text)
    assert unicodedata.is_normalized("NFD", made)
    assert len(made) <= 20 * len(text)


def test_scripts_are_those_of_unicode_15_1() -> None:
    """U+2EBF0 came with 15.1, U+105C0 (Todhri) with 16.0."""
    assert script_of("\U0002ebf0") == "HAN"
    assert script_of("\U000105c0") == "UNKNOWN"
    assert (script_of("a"), script_of("а"), script_of("1"), script_of("\u0301")) == (
        "LATIN",
        "CYRILLIC",
        "COMMON",
        "INHERITED",
    )


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("Zoë 2", True), ("夜の鳥", True), ("한漢", True), ("Олена", True), ("", True), ("Mоth", False), ("かna", False),
     ("さ한", False)],
)  # fmt: skip
def test_one_script_or_those_of_one_language(text: str, is_one: bool) -> None:
    assert is_of_one_script(text) is is_one
