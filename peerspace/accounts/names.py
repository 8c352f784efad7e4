"""Pseudonyms: what may be one, and when two are too alike to stand side by side.

A name is prepared as RFC 8265 prepares user names (`precis-i18n`: its characters by the properties that Unicode
gives them, no fillers and nothing invisible, marks in their places, right-to-left order) and is written in one
script. Two names are too alike when their skeletons (UTS 39, `peerspace.text.lookalikes`) are equal, in small
letters or in capitals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from precis_i18n import get_profile

from peerspace.kernel.errors import Invalid
from peerspace.text.clean import clean
from peerspace.text.lookalikes import is_of_one_script, skeleton

LEAST, MOST = 2, 30
FIELD = "pseudonym"
KEY_LIMIT = 80
"""Most characters of what `fold` and `fold_capitals` return."""
RESERVED = frozenset(
    {
        "admin", "administrator", "deleted", "everyone", "formermember", "guest", "help", "member", "moderator",
        "nobody", "panel", "peerspace", "peerworker", "researcher", "root", "samaritans", "somebody", "someone",
        "someoneelse", "someoneyoublocked", "staff", "supervisor", "support", "system", "you",
        "ehemaligesmitglied", "jemand", "jemanddendublockierthast", "mitglied", "niemand",
    }
)  # fmt: skip

SPEAKS_FOR_THE_PLACE = frozenset(
    {
        "admin", "administrator", "moderator", "official", "panel", "peerspace", "peerworker", "researcher", "root",
        "samaritans", "staff", "supervisor", "support",
        "administratorin", "beirat", "forscher", "forscherin", "genesungsbegleiter", "genesungsbegleiterin",
        "moderation", "moderatorin", "supervision", "supervisorin", "verwaltung",
    }
)  # fmt: skip
"""Words that no part of a name may be, in every language there is: "Supervisor Kim" would be believed."""

_SIGNS = " -_.'"
_BETWEEN = re.compile(r"[ \-_.']+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WEB = re.compile(r"https?:|www\.|://|\.(?:com|org|net|io|me|uk|de|info|app)\b", re.IGNORECASE)
_SAME_AT_A_GLANCE = str.maketrans({"i": "l", "w": "vv"})
"""What the tables keep apart and a reader does not: i and l (the tables join I, l and 1), w and two v."""
_DIGITS_AS_LETTERS = str.maketrans("3456789", "easbtbg")
"""Digits that are read as letters inside a role ("5upervi5or"); the tables know 0 and 1."""
_SELDOM_BY_CHANCE = 9
"""Letters of a role from which on no other word holds it: "supervisorkim" speaks for the place, "Stafford" does not."""
_FOLDED_FROM = 200
"""Characters of a name that are looked at; nobody can have a longer one."""


def fold(name: str) -> str:
    """What two too similar names have in common in small letters: no accents, spaces, signs or look-alike letters.

    At most KEY_LIMIT characters; an empty text when nothing is left.
    """
    return _key(unicodedata.normalize("NFKC", name[:_FOLDED_FROM]).casefold())


def fold_capitals(name: str) -> str:
    """The same of the name in capitals, where other letters look alike: Cyrillic EN as "H", ER as "P"."""
    return _key(unicodedata.normalize("NFKC", name[:_FOLDED_FROM]).upper())


def check_pseudonym(value: object, *, invented_or_staff: bool = False) -> str:
    """Return a pseudonym that may be used, cleaned.

    Raises Invalid on the field `pseudonym`: 2 to 30 characters, letters and digits with single spaces, dots, dashes
    and apostrophes between them, nothing that identifies (e-mail, phone number, web address), letters of one script
    only, no name that speaks for the place (unless `invented_or_staff`).
    """
    try:
        # NFKC makes spaces of its own out of accents that stand alone.
        name = " ".join(
            unicodedata.normalize("NFKC", clean(value, field=FIELD, limit=400, one_line=True)).split()
        )
    except Invalid as error:
        raise Invalid(error.key, fields={FIELD: _own_key(error.key)}, least=LEAST, most=MOST) from error
    if not LEAST <= len(name) <= MOST:
        raise Invalid(fields={FIELD: "pseudonym_length"}, least=LEAST, most=MOST)
    if "@" in name or _WEB.search(name) or sum(c.isdigit() for c in name) >= 7:
        raise Invalid(fields={FIELD: "pseudonym_identifies"})
    if not _is_written_well(name) or min(len(fold(name)), len(fold_capitals(name))) < 2:
        raise Invalid(fields={FIELD: "pseudonym_letters"})
    if not invented_or_staff and (_is_reserved(name) or _speaks_for_the_place(name)):
        raise Invalid(fields={FIELD: "pseudonym_reserved"})
    if not is_of_one_script(name) or _counts_in_two_ways(name):
        raise Invalid(fields={FIELD: "pseudonym_scripts"})
    return name


def _key(text: str) -> str:
    """The skeleton of `text` without accents and signs, made once more of itself until it stays as it is."""
    for _ in range(4):
        looked_at = skeleton(text).casefold().translate(_SAME_AT_A_GLANCE)
        decomposed = unicodedata.normalize("NFKD", looked_at)
        kept = unicodedata.normalize("NFC", "".join(c for c in decomposed if not _is_left_out(c)))
        if kept == text:
            break
        text = kept
    return text[:KEY_LIMIT]


def _is_left_out(character: str) -> bool:
    """True of signs and of accents. Vowel signs stay: in many scripts they are half of a name."""
    category = unicodedata.category(character)
    if category in ("Mn", "Mc"):
        place = unicodedata.combining(
            character
        )  # 1: across the letter; 10 to 36: points; from 200: above, below
        return place == 1 or 10 <= place <= 36 or place >= 200
    return category[0] not in "LN"


def _own_key(key: str) -> str:
    return "pseudonym_length" if key in ("too_long", "empty") else key


def _is_written_well(name: str) -> bool:
    """True when there is a letter and every word is one that RFC 8265 lets a user name be made of."""
    if not all(c.isalnum() or c in _SIGNS for c in name if c.isascii()):
        return False
    if not any(unicodedata.category(c)[0] == "L" for c in name):
        return False
    if any(unicodedata.category(word[0])[0] == "M" for word in name.split()):
        return False
    profile = get_profile("UsernameCasePreserved")
    try:
        return all(profile.enforce(word) == word for word in name.split())
    except UnicodeEncodeError:  # how the library says that a character may not be here
        return False


def _counts_in_two_ways(name: str) -> bool:
    """True when digits of several scripts stand in one name."""
    return len({ord(c) - unicodedata.digit(c) for c in name if unicodedata.category(c) == "Nd"}) > 1


def _keys(text: str) -> set[str]:
    """All that `text` is read as: in small letters, in capitals, with its digits read as letters."""
    read = (text, text.translate(_DIGITS_AS_LETTERS))
    return {fold(one) for one in read} | {fold_capitals(one) for one in read}


@lru_cache(maxsize=2)
def _keys_of(words: frozenset[str]) -> frozenset[str]:
    return frozenset(key for word in words for key in (fold(word), fold_capitals(word)))


def _is_reserved(name: str) -> bool:
    return not _keys(name).isdisjoint(_keys_of(RESERVED))


def _speaks_for_the_place(name: str) -> bool:
    """True when a word of `name`, several next to one another, or a long part of it is a role or the place itself."""
    taken = _keys_of(SPEAKS_FOR_THE_PLACE)
    long = [key for key in taken if len(key) >= _SELDOM_BY_CHANCE]
    if any(key in whole for whole in _keys(name) for key in long):
        return True
    words = [word for word in _BETWEEN.split(_HUMP.sub(" ", name)) if word]
    runs = ("".join(words[start:end]) for end in range(1, len(words) + 1) for start in range(end))
    return any(_is_role(run, taken) for run in runs)


def _is_role(word: str, taken: frozenset[str]) -> bool:
    digits = "0123456789"
    for bare in {word, word.strip(digits), word.lstrip(digits), word.rstrip(digits)}:
        if any(key in taken or key.removesuffix("s") in taken for key in _keys(bare)):
            return True
    return False
