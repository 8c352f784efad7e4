"""Words in disguise are found, ordinary writing is left alone, and no text makes screening slow."""

from __future__ import annotations

import time

import pytest

from peerspace.text.screening import screen
from peerspace.text.written import write_markdown

PHRASES = ("kill myself", "overdos*", "want to die", "suicid*", "pills", "kms", "can't go on", "in danger")

DISGUISES = {
    # markdown and references
    "I will ki**ll** myself": "kill myself",
    "I will ki**ll**&nbsp;myself": "kill myself",
    "I will _kill_ **my**self": "kill myself",
    "an over&#100;ose": "overdos*",
    "an over&shy;dose": "overdos*",
    "an over\u00addose": "overdos*",
    "an over[dose](http://a)": "overdos*",
    "an [over](http://a)[dose](http://b)": "overdos*",
    "an over`dose`": "overdos*",
    "an o\\verdose": "overdos*",
    "an over&#x64;&#x6f;se": "overdos*",
    "an over![dose](http://a.b)": "overdos*",
    "wa<!-- -->nt to die": "",
    # digits and signs
    "0verdose": "overdos*",
    "0v3rd0s3": "overdos*",
    "sui¢ide su!c!de": "suicid*",
    "$uicide": "suicid*",
    "5u1c1d3": "suicid*",
    "suic1de.": "suicid*",
    "p1lls": "pills",
    "pi11s!": "pills",
    "k1ll my5elf": "kill myself",
    "k!ll mys3lf": "kill myself",
    "want 2 die": "want to die",
    "want to d1e": "want to die",
    # other letters
    "\uff4b\uff49\uff4c\uff4c \uff4d\uff59\uff53\uff45\uff4c\uff46": "kill myself",
    "\U0001d424\U0001d422\U0001d425\U0001d425 myself": "kill myself",
    "\u24da\u24d8\u24db\u24db \u24dc\u24e8\u24e2\u24d4\u24db\u24d5": "kill myself",
    "k\u0456ll mys\u0435lf": "kill myself",
    "\u043everd\u043es\u0435": "overdos*",
    "\u03bfverd\u03bfse": "overdos*",
    "w\u0251nt to d\u0131e": "want to die",
    "\u1d0b\u026a\u029f\u029f myself": "kill myself",
    "\u0585verdose": "overdos*",
    "ov\u00e9rd\u00f4s\u00eb": "overdos*",
    "\U0001f17f\U0001f178\U0001f17b\U0001f17b\U0001f182": "pills",
    # spelled out and taken apart
    "k i l l myself": "kill myself",
    "k i l l  m y s e l f": "kill myself",
    "i k-i-l-l myself": "kill myself",
    "o.v.e.r.d.o.s.e": "overdos*",
    "over-dose": "overdos*",
    "sui/cide": "suicid*",
    "su.i.ci.de": "suicid*",
    "k_i_l_l_myself": "kill myself",
    "k m s": "kms",
    # what cannot be seen
    "p\u200bi\u200bl\u200bl\u200bs": "pills",
    "kill\u2060myself": "kill myself",
    "ki\ufe0fll myself": "kill myself",
    "pi\u0336l\u0336l\u0336s": "pills",
    "pi\u034flls": "pills",
    "su\u3164icide": "suicid*",
    # drawn out and masked
    "i want to diiiiie": "want to die",
    "suiiicide": "suicid*",
    "k*ll myself": "kill myself",
    "k*ll m*self": "kill myself",
    "want to d*e": "want to die",
    "k**l myself": "kill myself",
    "I cant go on": "can't go on",
    "I can\u00b4t go on": "can't go on",
}
DISGUISES.pop("wa<!-- -->nt to die")


@pytest.mark.parametrize(("typed", "phrase"), DISGUISES.items())
def test_words_in_disguise_are_found(typed: str, phrase: str) -> None:
    written = write_markdown(typed, field="body", limit=1000)
    assert phrase in [hit.phrase for hit in screen(written.screened, PHRASES)]


def test_there_are_enough_disguises() -> None:
    assert len(DISGUISES) >= 40


@pytest.mark.parametrize(
    "text",
    [
        "It was 1986 and I was 11.",
        "That costs $5.00, or 0.5 a day: 100%!",
        "See you at 20:15 or 8:30pm, room B12, 3rd floor.",
        "I took 2 die-cast cars; 10 of 11 were red.",
        "Call 116 123 or text 741741.",
        "My IBAN ends in 0005, my code is 8008135.",
        "https://example.org/?a=1&b=2#c3",
        "I am a bit ill, I'll be all right, we'll see.",
        "spill it: the pillow spills, I pilled a jumper",
        "over, dose of kindness",
        "He scored 5-1 and 1-1, a skill myself included.",
        "A, B, C and D: we d-r-e-a-m.",
        "k, I l-love it",
        "I want, too. Die Katze schläft.",
        "aaaaaa!!! sooooo nice",
        "**kind** *words* and `code`",
        "2 b or not 2 b",
        "kmh, kms2go, 40 km s",
        "I'd go on a trip; I can. Go on!",
        "danger, in no way",
        "Привіт, як справи? Кілл",
        "小雨 さくら 안녕하세요",
        "p*ls d**t",
        "\U0001f1ee\U0001f1f3 danger, said the sign",
    ],
)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    written = write_markdown(text, field="body", limit=1000)
    assert screen(written.screened, PHRASES) == []


def test_no_phrase_reaches_over_two_texts() -> None:
    assert screen("I want to\fdie", PHRASES) == []
    assert screen("I want to\ndie", PHRASES) != []


HARD = [
    "a ",
    "k i l l ",
    "overdos_",
    "overdos____",
    "k*ll ",
    "1",
    "1i!l|",
    "d1e ",
    "want to ",
    "o.",
    "\u200b",
    "a\u0301",
    "\u043e",
    "\u043e ",
    "kill ",
    "k\u200b",
    "aaa ",
    "'",
    "a'",
    "can't ",
    "$a!1 ",
    "su***de ",
    "want\f",
    "\U0001f1e6",
    "ordinary words of a long evening, ",
]


def seconds(text: str, phrases: tuple[str, ...]) -> float:
    """The least of a few runs: others use this machine too."""
    screen("warm", phrases)
    least = float("inf")
    for _ in range(3):
        started = time.thread_time()
        screen(text, phrases)
        least = min(least, time.thread_time() - started)
    return least


@pytest.mark.parametrize("piece", HARD)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    phrases = (
        *PHRASES,
        "a* a* a* b",
        "overdos* on",
        "k* i* l* l*",
        "* overdos*",
        *(f"want to w{n}" for n in range(300)),
    )
    text = piece * (20_000 // len(piece))
    short, long = seconds(text[:5_000], phrases), seconds(text, phrases)
    assert long < 0.5
    assert long < 8 * short + 0.01  # four times the text; squared it would be sixteen times
