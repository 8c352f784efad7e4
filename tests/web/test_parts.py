"""The living page of parts: it draws every macro, icon and class of the parts, in one theme or in all at once."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.kernel.actor import Role
from peerspace.web.palette import PEOPLE, ROLES, SHAPES, WORDS
from peerspace.web.parts import GAPS, SIZES, icons
from tests.people import People
from tests.web.conftest import browser

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
CSS = ROOT / "static" / "css"
DRAWN_INSIDE = frozenset({
    "hidden_csrf", "client_id_field", "described", "above",  # inside every form and field
    "when", "clock", "role_of", "behind_note", "words", "post",  # inside posts and messages
    "flashes",  # at the head of every page
    "message_template",  # for the script of a room: it draws nothing
    "post_button", "action_button",  # they would act: forms around `button` and `action_link`
})  # fmt: skip
ELSEWHERE = frozenset({
    "welcome", "now", "under",  # the first page
    "line", "line__number", "country", "urgent",  # get help now
    "aside", "main",  # the frame
    "inline",  # a form around one button
    "toast--waits",  # while there is no free place for it: nothing is seen
    "message--waiting",  # the room's script: until the server has it
    "threads__by", "threads__at",  # a list of threads
    "message__state",  # a line that the room's script fills
    "typing", "composer", "composer__about", "room",  # the room's own page
})  # fmt: skip
"""Classes of the parts' styles that only a page of their own shows."""


@pytest.fixture
def admin(app: Flask, people: People) -> FlaskClient:
    return browser(app, people.add("Ada", Role.ADMINISTRATOR))


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def _classes(page: str) -> set[str]:
    return {name for found in re.findall(r'class="([^"]*)"', page) for name in found.split()}


@pytest.mark.parametrize("theme", ["light", "dark", "quiet"])
def test_it_is_shown_in_the_theme_that_is_asked_for(admin: FlaskClient, theme: str) -> None:
    page = admin.get(f"/admin/parts?theme={theme}").text
    assert f'data-theme="{theme}"' in page.split("<head>")[0]
    assert "data-theme=" not in _main(page)


@pytest.mark.parametrize("theme", ['"><script>', "all ", "x" * 10_000, "%00", "ALL"])
def test_a_theme_that_there_is_not_is_the_reader_s_own(admin: FlaskClient, theme: str) -> None:
    answer = admin.get("/admin/parts", query_string={"theme": theme})
    assert answer.status_code == 200
    assert "data-theme=" not in answer.text.split("<head>")[0] + _main(answer.text)
    assert theme not in answer.text.split("<head>")[0]


def test_all_themes_stand_beside_one_another(admin: FlaskClient) -> None:
    one, every = _main(admin.get("/admin/parts").text), _main(admin.get("/admin/parts?theme=all").text)
    themes = Counter(re.findall(r'data-theme="(\w+)"', every))
    sections = one.count('class="look-at"')
    assert themes == dict.fromkeys(("light", "dark", "quiet"), sections)
    assert sections >= 14
    ids = Counter(re.findall(r'\bid="([^"]+)"', every))
    assert [name for name, times in ids.items() if times > 1] == []
    for words in ("The main action", "Content note: hospital", "Take it away"):
        assert every.count(words) == 3 * one.count(words)


def test_it_is_compressed_where_nothing_that_was_asked_is_repeated(admin: FlaskClient) -> None:
    takes = {"Accept-Encoding": "gzip, br"}
    plain, packed = admin.get("/admin/parts?theme=all"), admin.get("/admin/parts?theme=all", headers=takes)
    assert (plain.content_encoding, packed.content_encoding) == (None, "gzip")
    assert "All at once" in gzip.decompress(packed.data).decode("utf-8")
    assert len(packed.data) < 45_000
    assert "Accept-Encoding" in packed.vary
    for address in ("/admin/parts?theme=all&guess=aaaa", "/admin/parts?guess=a", "/admin/parts?theme=other"):
        assert admin.get(address, headers=takes).content_encoding is None


def test_it_draws_every_macro() -> None:
    page = (TEMPLATES / "admin" / "parts.html").read_text(encoding="utf-8")
    macros = {
        name
        for path in (TEMPLATES / "macros").glob("*.html")
        for name in re.findall(r"{%-? macro (\w+)\(", path.read_text(encoding="utf-8"))
    }
    drawn = set(re.findall(r"\b(?:ui|f|talk|write|over|care)\.(\w+)\(", page))
    assert macros - drawn - DRAWN_INSIDE == set()
    assert DRAWN_INSIDE & drawn == set()


def test_it_shows_every_class_of_the_parts(admin: FlaskClient) -> None:
    shown = _classes(admin.get("/admin/parts").text)
    styled = {
        name
        for file in ("parts.css", "talk.css")
        for rule in re.findall(
            r"([^{}]*)\{", re.sub(r"/\*.*?\*/", "", (CSS / file).read_text("utf-8"), flags=re.S)
        )
        for name in re.findall(r"\.([a-z][\w-]*)", rule)
    }
    assert len(styled) > 100
    assert styled - shown - ELSEWHERE == set()
    assert ELSEWHERE - styled - {"aside", "main"} == set(), "no longer styled there"


def test_it_shows_every_colour_size_space_icon_and_symbol(admin: FlaskClient) -> None:
    page = _main(admin.get("/admin/parts").text)
    tokens = (CSS / "tokens.css").read_text(encoding="utf-8")
    assert {name.removeprefix("-") for name in re.findall(r"--text(-\w+|):", tokens)} == set(SIZES)
    assert {name.removeprefix("-") for name in re.findall(r"--gap(-\w+|):", tokens)} == set(GAPS)
    style = (CSS / "pages" / "parts.css").read_text(encoding="utf-8")
    for name in ROLES:
        assert f"swatch--{name}" in page
        assert f".swatch--{name} {{ background: var(--{name}); }}" in style
    assert len(icons()) > 70
    for name in icons():
        assert f'icons.svg#{name}"' in re.sub(r"\?[^#\"]*", "", page)
    symbols = Counter(
        re.findall(r'class="token token-(\w+) token--small"[^>]*><svg[^>]*><use href="[^"]*#(\w+)"', page)
    )
    assert len({symbol for _, symbol in symbols}) == 24
    assert {colour for colour, _ in symbols} == set(PEOPLE)
    assert len(symbols) >= 24 * 8
    assert page.count("<tr>") == 1 + 1 + 2 + len(WORDS) + len(SHAPES)


def test_it_holds_every_state_and_nothing_that_acts(admin: FlaskClient) -> None:
    for theme in ("", "all"):
        main = _main(admin.get(f"/admin/parts?theme={theme}").text)
        for words in ("Only you can see this", "removed it", "A supervisor hid this", "Someone you blocked",
                      "Content note: hospital", "New since you were here", "Peer worker"):  # fmt: skip
            assert words in main
        for state in (
            "disabled>",
            'aria-busy="true"',
            "as-hovered",
            "as-focused",
            'aria-invalid="true"',
            " checked",
        ):
            assert state in main
        assert "<form" not in main
        assert 'type="submit"' not in main


def test_it_speaks_the_reader_s_language(admin: FlaskClient) -> None:
    admin.set_cookie("language", "he-XB")
    main = _main(admin.get("/admin/parts").text)
    for words in ("The main action", "Buttons", "Take your time", "Contrast", "Keep", "Reply"):
        assert words not in main
