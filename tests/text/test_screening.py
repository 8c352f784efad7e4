"""Watch phrases: whole words, whatever their dress."""

from __future__ import annotations

import time

import pytest

from peerspace.text.screening import Hit, Phrase, phrases_from, screen


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("message me on", "You can MESSAGE  me\non the other app"),
        ("message me on", "message... me - on"),
        ("overdos*", "I overdosed once"),
        ("caffè", "a caffe\u0300 please"),
        ("cafe", "CAFÉ"),
        ("pills", "p\u200bills"),
        ("straße", "STRASSE"),
        *[
            ("can't go on", f"I can{mark}t go on")
            for mark in ("'", "\u2019", "\u2018", "\u02bc", "\uff07", "`", "")
        ],
        *[("cant go on", f"I can{mark}t go on") for mark in ("'", "\u2019", "")],
        ("can\u2019t go on", "I can't go on"),
        ("kill myself", "ki\u200bll myself"),
        ("kill myself", "kill\u200bmyself"),
        ("kill myself", "kill\u2060myself"),
        ("want to die", "\u2018want to die\u2019"),
    ],
)
def test_finds(phrase: str, text: str) -> None:
    assert screen(text, [phrase]) == [Hit(phrase, "hold")]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("pill", "pills"),
        ("end", "friend"),
        ("over dose", "overdose"),
        ("ill", "I'll be there"),
        ("ill", "I\u2019ll be there"),
        ("well", "we'll see"),
        ("*", "anything"),
        ("", "anything"),
        ("...", "..."),
    ],
)
def test_leaves_alone(phrase: str, text: str) -> None:
    assert screen(text, [phrase]) == []


def test_phrases_have_actions_and_places_and_keep_their_order() -> None:
    phrases = [Phrase("two", "flag"), Phrase("one", "pause", ("nights",)), Phrase("three")]
    assert screen("one two", phrases) == [Hit("two", "flag")]
    assert screen("one two", phrases, place="nights") == [Hit("two", "flag"), Hit("one", "pause")]


def test_a_setting_is_read_with_care() -> None:
    value = [
        "one",
        {"text": "two", "action": "flag", "spaces": ["nights"]},
        {"text": "x", "action": "ban"},
        3,
        {},
        "*",
    ]
    assert phrases_from(value) == (Phrase("one"), Phrase("two", "flag", ("nights",)), Phrase("x"))
    assert phrases_from(None) == ()
    assert phrases_from("not a list") == ()


def test_a_phrase_is_never_a_pattern_that_runs_away() -> None:
    started = time.process_time()
    assert screen("a" * 20_000, ["(a+)+$", "a*a*a*a*b", "[", "\\"]) == []
    assert time.process_time() - started < 2
