"""Pages in other languages: German whole, words twice as long, and lines from right to left, on a phone and wide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel import Locale
from playwright.sync_api import Browser, Page

from bench.installation import Installation
from peerspace.community.help_lines import FILE as HELP_LINES
from peerspace.demo import cast
from tests.browser.measure import axe, measure, wrong
from tests.browser.pages import Found, Sitemap
from tests.browser.watch import Person

pytestmark = pytest.mark.browser

LOOKS = [
    (320, "en-XA"),
    (1280, "en-XA"),
    (360, "he-XB"),
    (1280, "he-XB"),
    (360, "de"),
    (1280, "de"),
    (320, "de"),
]
INVENTED = ("en-XA", "he-XB")
"""Their words are longer and heavier than those of any language: of them only that the page holds is asked, and of
he-XB, in which every translated word loses its Latin letters, that nothing keeps them: it would not be marked."""
QUICK_LOOKS = [(320, "en-XA"), (360, "he-XB")]
"""The two that break most: the narrowest with the longest words, and a phone from the right."""

_ENGLISH_LEFT = """() => {
  // What the platform says: not what people wrote, named or typed, and not what is said in another language on purpose.
  const others = ".prose, .veil, [translate=no], [lang]:not(html), code, pre, time, textarea, input, option, " +
    ".post__by, .message__by, .person__name, .answers";
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.parentElement.closest(others + ", script, style, noscript, template")) continue;
    if (/[A-Za-z]{3,}/.test(node.data)) found.push(node.data.trim().slice(0, 400));
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    if (one.closest(others)) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      const text = one.getAttribute(name);
      if (text && /[A-Za-z]{3,}/.test(text)) found.push(`${name}: ${text.slice(0, 400)}`);
    }
  }
  return found;
}"""

_MACHINE = re.compile(
    r"PeerSpace|UTC|ORCID iD|CSV|Parquet|Enter|peerspace (?:audit verify|worker)"
    r"|\S+\.(?:md|cff|sha256|json|html|svg|R|py)|Ctrl|[0-9a-f-]{32,}"
    r"|doorstep\d+|Demo [A-Z]\w+(?: [A-Z]\w+)*|Invented .*|\band\b"
)
"""Names of files, formats, keys and commands, and what the demo's people are called and wrote, also cut off."""


@cache
def _given() -> re.Pattern[str]:
    """What is no word of ours: names of places and services, what the demo's people wrote, parts of dates."""
    names = set(_texts(vars(cast))) | set(_texts(json.loads(HELP_LINES.read_text(encoding="utf-8"))))
    english = Locale("en", "GB")
    names |= {*english.territories.values(), *english.languages.values(), "Deutsch"}
    names |= {*english.months["format"]["wide"].values(), *english.days["format"]["wide"].values()}
    longest_first = sorted((one for one in names if re.search("[A-Za-z]{3}", one)), key=len, reverse=True)
    return re.compile("|".join(re.escape(one) for one in longest_first))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if not str(key).startswith("__"):
                yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def unmarked(texts: list[str]) -> list[str]:
    """Those of `texts` that still hold English words when all that was given is taken out."""
    left = set()
    for text in texts:
        words = re.sub("^(?:aria-label|title|placeholder): ", "", text)
        if re.search("[A-Za-z]{3}", _given().sub(" ", _MACHINE.sub(" ", words))):
            left.add(text)
    return sorted(left)


class Reader:
    """Opens pages as each role, in one language."""

    def __init__(self, browser: Browser, base: str, sitemap: Sitemap, width: int, language: str) -> None:
        self._browser, self._base, self._sitemap = browser, base, sitemap
        self._width, self._language = width, language
        self.people: dict[str, Person] = {}

    def open(self, found: Found) -> Page:
        if found.role not in self.people:
            person = Person(self._browser, self._base, found.role, width=self._width)
            person.context.add_cookies(self._sitemap.cookies[found.role])  # type: ignore[arg-type]
            person.context.add_cookies([{"name": "language", "value": self._language, "url": self._base}])
            self.people[found.role] = person
        return self.people[found.role].go(found.path)

    def close(self) -> list[str]:
        for person in self.people.values():
            person.close()
        return [line for person in self.people.values() for line in person.trouble]


@pytest.mark.parametrize(
    ("width", "language"),
    [pytest.param(*look, marks=[] if look in QUICK_LOOKS else pytest.mark.slow) for look in LOOKS],
)
def test_every_page_holds_in_every_language(
    chromium: Browser, demo: tuple[Installation, Sitemap], width: int, language: str
) -> None:
    house, sitemap = demo
    reader = Reader(chromium, house.base, sitemap, width, language)
    findings = []
    for found in sitemap.pages:
        if not found.path:
            continue
        page = reader.open(found)
        seen = measure(page)
        if language in INVENTED:
            if seen["overflow"] > 0 or seen["sticking"]:
                findings.append(f"{found}: sideways {seen['overflow']} px, {seen['sticking']}")
        else:
            findings += [f"{found}: {line}" for line in [*wrong(seen), *axe(page)]]
        if (
            language == "he-XB" and found.kind != "parts.parts"
        ):  # which names drawings and sizes as the code does
            findings += [f"{found}: is not marked: {one}" for one in unmarked(page.evaluate(_ENGLISH_LEFT))]
        if page.locator("html").get_attribute("lang") != language:
            findings.append(f"{found}: is not in {language}")
    findings += reader.close()
    assert not findings, "\n".join(findings)


def test_an_unmarked_word_is_found() -> None:
    given = ["Demo Ash · תעט", "25 November 2026", "Samaritans", "CSV", "The late kitchen"]
    assert unmarked([*given, "Nothing here yet", "title: Close"]) == ["Nothing here yet", "title: Close"]
