"""Pseudonyms: what may be one, and when two are too alike to stand side by side."""

from __future__ import annotations

import re
import unicodedata

from peerspace.kernel.errors import Invalid
from peerspace.text.clean import clean

LEAST, MOST = 2, 30
FIELD = "pseudonym"
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

_LOOKALIKES = str.maketrans(
    "0135|" + "авекмнорстухіјѕԁԛԝ" + "αεικνορτυχ",
    "olesl" + "abekmhopctyxijsdqw" + "aeiknoptux",
)
"""Letters and digits that are read as another: a small table, after Unicode's confusables (UTS 39)."""

_BETWEEN = re.compile(r"[ \-_.']+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WEB = re.compile(r"https?:|www\.|://|\.(?:com|org|net|io|me|uk|de|info|app)\b", re.IGNORECASE)


def fold(name: str) -> str:
    """What two too similar names have in common: no case, accents, spaces, signs or look-alike letters.

    At most 80 characters; an empty text when nothing is left.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name[:200]).casefold())
    kept = "".join(c for c in text if unicodedata.category(c)[0] in "LN")
    return unicodedata.normalize("NFKC", kept.translate(_LOOKALIKES)).casefold()[:80]


def check_pseudonym(value: object, *, invented_or_staff: bool = False) -> str:
    """Return a pseudonym that may be used, cleaned.

    Raises Invalid on the field `pseudonym`: 2 to 30 characters, letters and digits with single spaces, dots, dashes
    and apostrophes between them, nothing that identifies (e-mail, phone number, web address), no name that speaks
    for the place (unless `invented_or_staff`).
    """
    try:
        name = unicodedata.normalize("NFKC", clean(value, field=FIELD, limit=400, one_line=True))
    except Invalid as error:
        raise Invalid(error.key, fields={FIELD: _own_key(error.key)}, least=LEAST, most=MOST) from error
    if not LEAST <= len(name) <= MOST:
        raise Invalid(fields={FIELD: "pseudonym_length"}, least=LEAST, most=MOST)
    if "@" in name or _WEB.search(name) or sum(c.isdigit() for c in name) >= 7:
        raise Invalid(fields={FIELD: "pseudonym_identifies"})
    if not all(_allowed(c) for c in name) or not any(unicodedata.category(c)[0] == "L" for c in name):
        raise Invalid(fields={FIELD: "pseudonym_letters"})
    folded = fold(name)
    if len(folded) < 2:
        raise Invalid(fields={FIELD: "pseudonym_letters"})
    if not invented_or_staff and (
        any(folded == fold(word) for word in RESERVED) or _speaks_for_the_place(name)
    ):
        raise Invalid(fields={FIELD: "pseudonym_reserved"})
    return name


def _speaks_for_the_place(name: str) -> bool:
    """True when a word of `name`, or several next to one another, is a role or the place itself."""
    spaced = _HUMP.sub(" ", name)
    words = [fold(word.strip("0123456789")) for word in _BETWEEN.split(spaced)]
    taken = {fold(word) for word in SPEAKS_FOR_THE_PLACE}
    runs = ("".join(words[start:end]) for end in range(len(words) + 1) for start in range(end))
    return any(run in taken or run.removesuffix("s") in taken for run in runs)


def _own_key(key: str) -> str:
    return "pseudonym_length" if key in ("too_long", "empty") else key


def _allowed(character: str) -> bool:
    return character in " -_.'" or unicodedata.category(character) in (
        "Ll",
        "Lu",
        "Lt",
        "Lo",
        "Lm",
        "Nd",
        "Mn",
        "Mc",
    )
