"""The frame of every page: what it must hold, rendered with Jinja alone (no application, no database)."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from peerspace.community.help_lines_shown import shown
from peerspace.community.help_lines_state import as_shipped_only
from peerspace.kernel.wording import ENGLISH
from peerspace.web.appearance import WORDS
from peerspace.web.community.help_now import Chosen, Read
from peerspace.web.community.help_words import WORDS as LINE_WORDS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
EXIT = "https://neutral.example/"
PUBLIC = sorted(p.name for p in (TEMPLATES / "public").glob("*.html"))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SHOWN = shown(as_shipped_only(NOW), production=False)
HELP = {
    "read": Read(SHOWN, "now"),
    "chosen": Chosen("", False),
    "mine": None,
    "others": list(SHOWN.countries),
    "directories": SHOWN.directories,
    "is_kept": False,
}


def environment(env: str = "development") -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    made.globals.update(
        WORDS | LINE_WORDS,
        languages=lambda: [ENGLISH],
        this_page=lambda: "/today",
        asset=lambda path: f"/static/{path}?v=1",
        csrf_token=lambda: "a-token",
        client_id=lambda: "a-client-id",
        exit_url=EXIT,
        env=env,
    )
    return made


def member(*roles: str) -> SimpleNamespace:
    return SimpleNamespace(
        id="me",
        pseudonym="northbound",
        token_symbol="spiral",
        token_colour="sky",
        roles=set(roles),
        inbox_unread=2,
    )


def page(name: str, viewer: SimpleNamespace | None = None, env: str = "development", **values: Any) -> str:
    request = SimpleNamespace(path="/today", cookies=values.pop("cookies", {}))
    return environment(env).get_template(name).render(viewer=viewer, request=request, **(HELP | values))


@pytest.mark.invariant(12)
@pytest.mark.parametrize("viewer", [None, member("member")], ids=["guest", "member"])
@pytest.mark.parametrize("name", [f"public/{n}" for n in PUBLIC] + ["errors/error.html"])
def test_help_and_the_way_out_are_links_in_the_header_of_every_page(
    name: str, viewer: SimpleNamespace | None
) -> None:
    html = page(name, viewer, status=404, title="Nothing is here", message="m", next_step="n")
    header = html[html.index('<header class="top">') : html.index("</header>")]
    assert 'href="/help-now"' in header
    assert re.search(
        rf'<a [^>]*href="/leave" rel="noreferrer" data-leave data-exit="{re.escape(EXIT)}"', header
    )
    assert html.count("<h1") == 1


def test_error_page_needs_nothing_but_its_own_words() -> None:
    made = environment()
    del made.globals["csrf_token"]
    html = made.get_template("errors/error.html").render(
        status=500, title="Something broke", message="It is on our side.", next_step="Try again later."
    )
    assert "Something broke" in html
    assert "csrf" not in html


def test_refused_form_keeps_what_was_typed_and_never_a_passphrase() -> None:
    kept = [
        ("body", "typed <words>"),
        ("client_id", "same-id"),
        ("passphrase", "hush"),
        ("csrf_token", "old"),
    ]
    html = page(
        "errors/error.html", status=400, title="t", message="m", next_step="", kept=kept, send_to="/x"
    )
    assert "typed &lt;words&gt;</textarea>" in html
    assert 'name="client_id" value="same-id"' in html
    assert "hush" not in html
    assert 'value="old"' not in html
    assert 'value="a-token"' in html


@pytest.mark.parametrize(
    ("roles", "last"),
    [
        (("member",), "My data"),
        (("member", "peer_worker"), "Duty"),
        (("member", "supervisor"), "Desk"),
        (("panel",), "Panel"),
        (("researcher",), "Research"),
        (("administrator",), "Admin"),
        (("member", "peer_worker", "supervisor", "panel", "administrator"), "Desk"),
    ],
)
def test_navigation_has_at_most_six_entries_and_ends_with_the_work_of_the_role(
    roles: tuple[str, ...], last: str
) -> None:
    html = page("public/rules.html", member(*roles))
    nav = html[html.index('<nav class="nav"') :]
    nav = nav[: nav.index("</nav>")]
    labels = re.findall(r"</svg><span>([^<]+)</span>", nav)
    assert len(labels) <= 6
    assert labels[-1] == last


@pytest.mark.parametrize(
    ("cookie", "expected"), [("dark", True), ("quiet", True), ('"><script>', False), ("", False)]
)
def test_theme_comes_from_a_known_cookie_only(cookie: str, expected: bool) -> None:
    html = page("public/rules.html", cookies={"theme": cookie})
    root = html[html.index("<html") : html.index("<head>")]
    assert (f'data-theme="{cookie}"' in root) is expected
    assert expected or "data-theme" not in root


def test_no_template_breaks_the_content_security_policy() -> None:
    wrong: list[str] = []
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"<[^>]*\s(style|on[a-z]+)=", text) or "<style" in text or "javascript:" in text:
            wrong.append(f"{path.name}: inline style or script")
        scripts = re.findall(r"<script\b[^>]*>", text)
        wrong += [f"{path.name}: {tag}" for tag in scripts if "src=" not in tag]
        if re.search(r"<(?:script|link|img|iframe|use)\b[^>]*(?:src|href)=\"(?:https?:)?//", text):
            wrong.append(f"{path.name}: asks another host")
    assert wrong == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(
        re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons" / "icons.svg").read_text(encoding="utf-8"))
    )
    asked = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(
            r"""(?:\bicon\(|icon_name=)\s*['"]([\w-]+)['"]""", path.read_text(encoding="utf-8")
        )
    }
    assert asked - sprite == set()


def test_symbols_and_colours_are_all_drawn() -> None:
    listed = json.loads((STATIC / "icons" / "symbols.json").read_text(encoding="utf-8"))
    sprite = re.findall(
        r'<symbol id="([\w-]+)"', (STATIC / "icons" / "symbols.svg").read_text(encoding="utf-8")
    )
    parts = (STATIC / "css" / "parts.css").read_text(encoding="utf-8")
    assert sorted(sprite) == listed["symbols"]
    assert len(sprite) == 24
    assert len(listed["colours"]) == 8
    assert [c for c in listed["colours"] if f".token-{c} " not in parts] == []


def thread(*answers: str | None, **values: Any) -> list[tuple[str, str]]:
    """Posts p0, p1, ... each answering the named one: (kind of list item, its classes), in order."""
    author = SimpleNamespace(id="a", name="Ash", symbol="cloud", colour="rose", role_label=None)
    posts = [
        SimpleNamespace(
            id=f"p{i}", author=author, html=Markup("<p>x</p>"), at=NOW + timedelta(minutes=i), edited_at=None,
            content_note=None, state="published", state_text=None,
            answers=SimpleNamespace(id=to, name="Ash", href=None) if to else None,
        )
        for i, to in enumerate(answers)
    ]  # fmt: skip
    talk: Any = environment().get_template("macros/talk.html").module
    html = str(talk.thread(posts, **values))
    found = [" ".join(c.split()) for c in re.findall(r'<li class="([^"]+)"', html)]
    return [(c.split()[0], c) for c in found]


def test_thread_line_hangs_answers_on_the_rail_of_what_they_answer() -> None:
    (_, first), (_, second), (_, third), (_, fourth) = thread(None, "p0", "p1", "p0")
    assert "depth-0" in first
    assert "has-rail" in first
    assert "up-root" in second
    assert "has-rail" in second
    assert "has-down" in second
    assert "up-last" in third
    assert "has-rail" in third
    assert "has-down" not in third
    assert "up-root" in fourth
    assert "has-rail" not in fourth


def test_thread_line_does_not_join_what_is_on_another_page_or_in_another_group() -> None:
    (_, first), (_, second), (_, third) = thread(None, "elsewhere", "p0")
    assert "has-rail" not in first
    assert "has-line" not in first
    assert "depth-0" in second
    assert "up-" not in second
    assert "depth-0" in third
    assert "up-" not in third


def test_new_since_you_were_here_lets_the_line_through() -> None:
    kinds = thread(None, "p0", "p1", new_from="p2")
    assert [k for k, _ in kinds] == ["thread__post", "thread__post", "fresh", "thread__post"]
    assert "has-inner" in kinds[2][1]


def test_what_every_page_loads_stays_light() -> None:
    """Transferred cold: text compressed, fonts as they are; leaves 60 kB of the 150 for the page and its own script."""
    text = [*(STATIC / "css").glob("*.css"), STATIC / "js" / "shell.js", *(STATIC / "icons").glob("*.svg")]
    fonts = [STATIC / "fonts" / f"{n}.woff2" for n in ("atkinson-regular", "atkinson-bold", "young-serif")]
    compressed = sum(len(gzip.compress(p.read_bytes(), 9)) for p in text)
    assert compressed + sum(p.stat().st_size for p in fonts) <= 90_000
    scripts = [STATIC / "js" / "shell.js", *(STATIC / "vendor" / "socket.io-client").glob("*.js")]
    assert sum(len(gzip.compress(p.read_bytes(), 9)) for p in scripts) <= 30_000


@pytest.mark.parametrize(
    ("view", "word"),
    [
        ({"role_label": "Peer worker"}, "Peer worker"),
        ({"role": "peer_worker"}, "Peer worker"),
        ({"role": "member"}, ""),
        ({}, ""),
    ],
)
def test_role_is_a_word_beside_the_name(view: dict[str, str], word: str) -> None:
    ui: Any = environment().get_template("macros/ui.html").module
    html = str(ui.person({"name": "Wren", "symbol": "bird", "colour": "mint", **view}))
    assert "Wren" in html
    assert (f'<span class="role">{word}</span>' in html) is bool(word)
    assert ('class="role"' in html) is bool(word)
