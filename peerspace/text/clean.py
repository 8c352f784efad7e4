"""What somebody typed, made fit to keep: one form of newlines and letters, nothing that cannot be shown.

Every field a person fills goes through `clean` before it is looked at or stored.
"""

from __future__ import annotations

import re
import unicodedata

from peerspace.kernel.errors import Invalid, TooLong

MARKS_IN_A_ROW = 30
"""Most combining marks on one letter: the Stream-Safe limit of Unicode Annex 15. More hide the lines around
them, and putting long runs of them in order takes time that grows with their square."""

_NEWLINES = re.compile("\r\n?|\u2028|\u2029")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters but tab and newline, codes that never stand for a character, and the two marks that make
# what follows read backwards.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufdd0-\ufdef"
    + "".join(chr(plane + end) for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
    + "]"
)
# What lets a part of a line run in another direction. In a field of one line (a title, a note, a name) it would reach
# over what stands around the field on the page; a body is a block of its own.
_TURNS_THE_LINE = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Letters and symbols by their category that show nothing all the same: fillers and the empty braille cell.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean(value: object, *, field: str, limit: int, required: bool = True, one_line: bool = False) -> str:
    """Return `value` as text in Unicode form NFC with plain newlines and nothing blank at its ends.

    `limit` is in characters (code points) of the returned text. With `one_line` all inner white space becomes
    single spaces. An absent value (None) counts as empty.

    Raises Invalid with `fields={field: key}` and key `empty` (nothing visible while `required`), `bad_utf8`
    (bytes that were not UTF-8), `bad_characters` (control characters and others that cannot be shown; in one line
    also those that turn its direction) or `bad_request` (not a text); TooLong with key `too_long` and the values
    `limit` and `length`.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise _invalid("bad_request", field)
    text = value if value.isascii() else value.removeprefix("\ufeff")
    # U+FFFD is what one decoder leaves where bytes were not UTF-8; a lone surrogate is what another leaves.
    if not text.isascii() and ("\ufffd" in text or _SURROGATE.search(text)):
        raise _invalid("bad_utf8", field)
    text = _NEWLINES.sub("\n", text)
    text = text.strip(" \t\n\u00a0\u3000")
    if len(text) > 4 * limit:  # far too long: say so without working through it
        raise _too_long(field, limit, len(text))
    if not is_showable(text):
        raise _invalid("bad_characters", field)
    if one_line:
        if _TURNS_THE_LINE.search(text):
            raise _invalid("bad_characters", field)
        text = " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    if len(text) > limit:
        raise _too_long(field, limit, len(text))
    if not is_visible(text):
        if required:
            raise _invalid("empty", field)
        return ""
    return text


def _invalid(key: str, field: str) -> Invalid:
    return Invalid(key, fields={field: key})


def _too_long(field: str, limit: int, length: int) -> TooLong:
    return TooLong("too_long", fields={field: "too_long"}, limit=limit, length=length)


def _piled_marks(text: str) -> bool:
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MARKS_IN_A_ROW:
            return True
    return False


def is_showable(text: str) -> bool:
    """False where `text` holds what readers must not get: control characters, overrides of direction, piled marks."""
    return not _UNSHOWABLE.search(text) and (text.isascii() or not _piled_marks(text))


def is_visible(text: str) -> bool:
    """True where `text` shows anything at all."""
    return any(
        character not in _BLANK and unicodedata.category(character) not in ("Cf", "Mn", "Me", "Zs", "Cc")
        for character in text
    )
