"""Which languages PeerSpace can be read in, where their words are, and which one a reader is spoken to in.

English is what the code says. Another language is a folder under `peerspace/translations` with two catalogues:
`messages` (pages and sentences) and `script` (what the browser's modules say). Two invented languages stand in for what
a real one can do to a layout: long words, and lines that run from right to left. They exist outside production only.
"""

from __future__ import annotations

import functools
import gettext
import re
from collections.abc import Callable
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from babel.support import Translations
from werkzeug.datastructures import LanguageAccept

from peerspace.kernel.wording import ENGLISH, Catalogue, Language

FOLDER = Path(__file__).parent / "translations"
MESSAGES = "messages"
SCRIPT = "script"

Words = dict[str, str | list[str]]
"""What a script says: the English words to the translation, or to its plural forms."""


class Invented(gettext.NullTranslations):
    """A catalogue that changes every English word by a rule, and leaves values and tags as they are."""

    _KEPT = re.compile(r"(%\(\w+\)[sd]|%%|\{\w+\}|<[^>]+>|&\w+;)")

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def gettext(self, message: str) -> str:
        parts = self._KEPT.split(message)
        return "".join(part if at % 2 else self._change(part) for at, part in enumerate(parts))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _longer(text: str) -> str:
    """Every word of five letters or more is joined with itself: "Settingssettings"."""
    return re.sub(r"[^\W\d_]{5,}", lambda word: word[0] + word[0].lower(), text)


_MIRRORED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "אבצדעפגהיזכלמנוקרשתטסחחזךץאבצדעפגהיזכלמנוקרשתטסחחזךץ",
)


def _from_the_right(text: str) -> str:
    """Latin letters become Hebrew ones, which browsers set from right to left."""
    return text.translate(_MIRRORED)


LONG = Language("en-XA", "Longwords", ENGLISH.locale, Invented(_longer))
RIGHT_TO_LEFT = Language("he-XB", "Rightleft", ENGLISH.locale, Invented(_from_the_right), "rtl")
INVENTED = (LONG, RIGHT_TO_LEFT)
_NAMES = {"de": "Deutsch"}
"""Every translated language, by its code, under the name that its speakers give it."""


def _load(code: str, domain: str) -> Translations:
    found = Translations.load(FOLDER, [code], domain)
    if not isinstance(found, Translations):
        raise FileNotFoundError(f"{FOLDER / code}: no {domain}.mo; `make words` compiles it")
    return found


@functools.cache
def translated() -> tuple[Language, ...]:
    """English and every language that it was translated into."""
    return (
        ENGLISH,
        *(Language(code, name, Locale.parse(code), _load(code, MESSAGES)) for code, name in _NAMES.items()),
    )


def offered(*, production: bool) -> dict[str, Language]:
    """The languages by their codes, in the order they are shown."""
    return {one.code: one for one in (*translated(), *(() if production else INVENTED))}


def wanted(languages: dict[str, Language], chosen: str | None, accepted: LanguageAccept) -> Language:
    """The language for a reader: the one they chose here, else the best that their browser asks for, else English."""
    if chosen in languages:
        return languages[chosen]
    known = {one.code: one for one in translated()}
    for asked, quality in accepted:
        if not quality:
            continue  # "de;q=0": anything but German
        tag = asked.lower()
        found = known.get(tag) or known.get(tag.partition("-")[0])
        if found is not None:
            return found
    return ENGLISH


@functools.cache
def script_words(language: Language) -> Words:
    """What scripts say in `language`. English says what stands in the code, and needs nothing."""
    if language is ENGLISH:
        return {}
    catalogue: Catalogue = language.catalogue
    if language not in INVENTED:
        catalogue = _load(language.code, SCRIPT)
    words: Words = {}
    for message in _script_messages():
        if not isinstance(message, str):
            one, many = message
            words[one] = [catalogue.ngettext(one, many, n) for n in (1, 2)]
        else:
            words[message] = catalogue.gettext(message)
    return words


@functools.cache
def _script_messages() -> tuple[str | tuple[str, ...] | list[str], ...]:
    """Every message of the scripts, as the first translated language lists them: text, or (one, many)."""
    with (FOLDER / next(iter(_NAMES)) / "LC_MESSAGES" / f"{SCRIPT}.po").open("rb") as file:
        return tuple(message.id for message in read_po(file) if message.id)
