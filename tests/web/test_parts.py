"""The living page of parts: it draws every macro there is, in the theme that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from peerspace.kernel.actor import Role
from tests.people import People
from tests.web.conftest import browser

TEMPLATES = Path(__file__).parents[2] / "templates"
DRAWN_INSIDE = frozenset({
    "hidden_csrf", "client_id_field", "described", "above",  # inside every form and field
    "when", "clock", "icon", "role_label", "role_of", "behind_note", "words", "post",  # inside posts and messages
    "heading", "breadcrumbs", "flashes",  # at the head of every page
    "message_template",  # for the script of a room: it draws nothing
    "post_button", "action_button", "confirm",  # they would act: forms around `button` and `action_link`
})  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark", "quiet"])
def test_it_is_shown_in_the_theme_that_is_asked_for(app: Flask, people: People, theme: str) -> None:
    admin = browser(app, people.add("Ada", Role.ADMINISTRATOR))
    assert f'data-theme="{theme}"' in admin.get(f"/admin/parts?theme={theme}").text
    assert "data-theme=" not in admin.get('/admin/parts?theme="><script>').text.split("<head>")[0]


def test_it_draws_every_macro() -> None:
    page = (TEMPLATES / "admin" / "parts.html").read_text(encoding="utf-8")
    macros = {
        name
        for path in (TEMPLATES / "macros").glob("*.html")
        for name in re.findall(r"{%-? macro (\w+)\(", path.read_text(encoding="utf-8"))
    }
    drawn = set(re.findall(r"\b(?:ui|f|talk|write|over)\.(\w+)\(", page))
    assert macros - drawn - DRAWN_INSIDE == set()


def test_it_holds_every_state_and_nothing_that_acts(app: Flask, people: People) -> None:
    page = browser(app, people.add("Ada", Role.ADMINISTRATOR)).get("/admin/parts").text
    main = page[page.index("<main") : page.index("</main>")]
    for words in ("Only you can see this", "removed it", "A supervisor hid this", "Someone you blocked",
                  "Content note: hospital", "New since you were here", "Peer worker"):  # fmt: skip
        assert words in main
    assert "<form" not in main
    assert 'type="submit"' not in main
