"""Text from people: what is kept, what is refused and how it is said."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.kernel.errors import Invalid, TooLong
from peerspace.sentences import known
from peerspace.text.clean import clean


def body(value: object, limit: int = 100, **options: bool) -> str:
    return clean(value, field="body", limit=limit, **options)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  hello\r\nthere\r ", "hello\nthere"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufeffpasted", "pasted"),
        ("a\tb", "a\tb"),
        ("👩\u200d👧 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "👩\u200d👧 🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ("שלום \u2067rtl\u2069", "שלום \u2067rtl\u2069"),
    ],
)
def test_keeps_what_was_meant(typed: str, kept: str) -> None:
    assert body(typed) == kept


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "empty"),
        (" \n\t\r\n", "empty"),
        (None, "empty"),
        ("\u200b\u200d\u3164\u2800", "empty"),
        ("a\x00b", "bad_characters"),
        ("a\x1bb", "bad_characters"),
        ("a\x85b", "bad_characters"),
        ("\x1ca", "bad_characters"),
        ("abc\u202edcb", "bad_characters"),
        ("a\uffff", "bad_characters"),
        ("a" + "\u0300" * 31, "bad_characters"),
        ("a\ud800", "bad_utf8"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "bad_utf8"),
        (b"caf\xe9".decode("utf-8", "replace"), "bad_utf8"),
        (b"bytes", "bad_request"),
        (12, "bad_request"),
        (["a"], "bad_request"),
    ],
)
def test_refuses_and_names_the_field(typed: object, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        body(typed)
    assert refused.value.key == key
    assert refused.value.fields == {"body": key}
    assert known(key)


def test_says_how_long_it_is_and_may_be() -> None:
    assert body("x" * 100) == "x" * 100
    with pytest.raises(TooLong) as refused:
        body("x" * 101)
    assert refused.value.values == {"limit": 100, "length": 101}
    assert refused.value.fields == {"body": "too_long"}


def test_white_space_at_the_ends_does_not_count() -> None:
    assert body(" " * 50 + "x" * 100 + "\n" * 50) == "x" * 100


def test_what_may_be_left_out_may_be_blank() -> None:
    assert body("", required=False) == ""
    assert body("\u200b", required=False) == ""
    assert body(None, required=False) == ""


def test_one_line_stays_one_line_and_still_refuses_control_characters() -> None:
    assert body("a\n\n  b\tc", one_line=True) == "a b c"
    with pytest.raises(Invalid):
        body("a\x1cb", one_line=True)


def test_a_huge_text_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(TooLong):
        body("e\u0301" * 5_000_000, limit=20_000)
    with pytest.raises(Invalid):
        body("a" + "\u0316\u0301" * 20_000, limit=20_000)
    assert time.process_time() - started < 2


@given(st.text(alphabet=st.characters(codec=None), max_size=60), st.booleans())
def test_what_passes_is_clean_and_stays_the_same(typed: str, one_line: bool) -> None:
    try:
        kept = clean(typed, field="f", limit=100, one_line=one_line)
    except Invalid:
        return
    kept.encode("utf-8")
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in kept)
    assert not (one_line and "\n" in kept)
    assert clean(kept, field="f", limit=100, one_line=one_line) == kept
