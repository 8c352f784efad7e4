"""Templates with their words and macros folded in say what they would say looked up and called at run time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, before_render_template
from flask.testing import FlaskClient
from jinja2 import DictLoader, Template, nodes

from peerspace.config import ROOT
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from peerspace.kernel.wording import ENGLISH, Language
from peerspace.languages import RIGHT_TO_LEFT, offered
from peerspace.web.rendering.environment import PageEnvironment, page
from peerspace.wiring import ensure_defaults
from tests.people import People
from tests.web.conftest import browser, send

TEMPLATES = ROOT / "templates"
LANGUAGES = offered(production=False)
GERMAN = LANGUAGES["de"]


def environment(
    files: dict[str, str], language: Language = ENGLISH, *, folds: bool = True
) -> PageEnvironment:
    app = Flask("small", static_folder=None)
    app.jinja_environment = PageEnvironment
    own: Any = app.jinja_env
    own.loader = DictLoader(files)
    own.add_extension("jinja2.ext.i18n")
    own.globals["shout"] = lambda text="nothing": str(text).upper()
    return own.in_language(language) if folds else looked_up(own, language)


def looked_up(own: Any, language: Language) -> PageEnvironment:
    """An environment that folds nothing in and says its words by Jinja's own gettext."""
    made = own.in_language(language, folds=False)
    words = language.catalogue
    gettext: Any = made.extensions["jinja2.ext.InternationalizationExtension"]
    gettext._install_callables(
        lambda text: words.gettext(text) if text else "", words.ngettext, newstyle=True
    )
    return made


def both(page: str, language: Language = ENGLISH, lib: str = "", **values: Any) -> str:
    """What a template says, folded or not."""
    files = {"page.html": page, "lib.html": lib}
    said = [
        environment(files, language, folds=folds).get_template("page.html").render(**values)
        for folds in (True, False)
    ]
    assert said[0] == said[1]
    return said[0]


# --- Words ---


def test_a_word_is_text_when_the_template_is_compiled() -> None:
    made = environment({"page.html": '<p>{{ _("Rules") }}</p>'}, GERMAN)
    source = made.compile(made.loader.get_source(made, "page.html")[0], "page.html", raw=True)  # type: ignore[union-attr]
    assert "<p>Regeln</p>" in source
    assert "gettext" not in source


@pytest.mark.parametrize("language", [ENGLISH, GERMAN, RIGHT_TO_LEFT])
def test_values_are_escaped_into_a_sentence_and_its_own_markup_is_not(language: Language) -> None:
    said = both('{{ _("%(name)s: %(words)s", name=name, words=words) }}', language, name="<b>", words="a & b")
    assert said == "&lt;b&gt;: a &amp; b"
    assert both('{{ _("<i>%(name)s</i> %% 100", name=name) }}', name="<") == "<i>&lt;</i> % 100"
    assert both('{{ _("100 %%") }}{{ _("") }}') == "100 %"


def test_a_value_that_comes_twice_or_not_at_all_is_put_in_as_ever() -> None:
    assert both('{{ _("%(a)s %(a)s", a=a) }}', a="<") == "&lt; &lt;"
    assert both('{{ _("nothing", a=a) }}', a="<") == "nothing"
    assert both('{{ _("%(a)s", a=none) }}{{ _("%(a)s", a=missing) }}') == "None"


def test_what_is_not_known_yet_is_looked_up() -> None:
    assert both("{{ _(label) }}", GERMAN, label="Rules") == "Regeln"
    assert both('{{ ngettext("%(num)s post", "%(num)s posts", n) }}', GERMAN, n=1) == "1 Beitrag"
    assert both('{{ ngettext("%(num)s post", "%(num)s posts", n) }}', GERMAN, n=2) == "2 Beiträge"
    assert both('{{ ngettext("%(num)s of %(a)s", "%(num)s of %(a)s", 3, a=a) }}', a="<") == "3 of &lt;"


def test_markup_stays_markup_where_constants_are_joined() -> None:
    assert both('{{ _("<b>") ~ "<" }}{{ "<" ~ _("<b>") ~ name }}', name=">") == "<b>&lt;&lt;<b>&gt;"
    assert both('{{ "a" ~ "<" }}') == "a&lt;"
    assert both('{{ ("x" if 0) }}{{ "<" if 1 }}{{ _("<i>") if name else "<" }}', name=1) == "&lt;<i>"


def test_a_name_of_the_template_is_not_taken_for_a_global_function() -> None:
    assert both("{% set shout = joined %}{{ shout(['a']) }}", joined=lambda items: items[0]) == "a"
    assert both("{{ shout('a') }}{{ shout() }}") == "ANOTHING"
    assert both("{% for _ in [say] %}{{ _('Rules') }}{% endfor %}", GERMAN, say=lambda text: text) == "Rules"


# --- Macros ---

LIB = "".join(
    (
        "{% macro icon(name, label=none, cls='') %}<i class=\"icon{{ ' ' ~ cls if cls }}\"",
        '{% if label %} title="{{ label }}"{% endif %}>{{ shout(name) }}</i>{% endmacro %}',
        "{% macro row(items, own=false) %}{% set own = own or 'none' %}{% for one in items %}{{ loop.index }}",
        "{{ icon(one, cls=own) }}{% endfor %}{% if caller is defined %}[{{ caller() }}]{% endif %}{% endmacro %}",
        "{% macro twice(name) %}{{ name }}{% set name = 'changed' %}{{ name }}{% endmacro %}",
        "{% set inner = 'inner' %}{% macro away(name) %}{{ name }}{{ inner }}{% endmacro %}",
        "{% macro all(first) %}{{ first }}{{ varargs|join }}{{ kwargs|length }}{% endmacro %}",
        "{% macro shadow(x) %}{% set name = 'm' %}{{ x }}{{ name }}{% endmacro %}",
        "{% macro each(items) %}{% for one in items %}{{ caller() }}{% endfor %}{% endmacro %}",
        "{% macro counted(outer) %}{% for one in 'ab' %}{{ outer.index }}{% endfor %}{% endmacro %}",
        "{% macro token(icon) %}{{ icon }}{% endmacro %}{% macro shade(icon) %}{{ icon('z') }}{% endmacro %}",
        "{% macro again(n) %}{{ n }}{% if n %}{{ again(n - 1) }}{% endif %}{% endmacro %}",
    )
)


@pytest.mark.parametrize(
    "body",
    [
        '{{ ui.icon("<a>") }}{{ ui.icon(name, label=name) }}{{ ui.icon(name, none, name) }}',
        "{{ ui.row([name, 'b']) }}{{ ui.row(items=[], own=name) }}",
        "{% call ui.row(['a'], own=name) %}{{ name }}{% set name = 'inside' %}{{ name }}{% endcall %}{{ name }}",
        "{% for name in ['a', 'b'] %}{% call ui.row([name]) %}{{ name }}{{ loop.index }}{% endcall %}{% endfor %}",
        "{% for one in ['a', 'b'] %}{{ ui.icon(loop.index, label=one) }}{{ ui.row([loop.index0, one]) }}{% endfor %}",
        "{% set one = '<' %}{% set own = 'mine' %}{{ ui.row([one]) }}{{ own }}{{ one }}",
        "{{ ui.twice(name) }}{{ name }}{{ ui.twice('<') }}",
        "{{ ui.away(name) }}{{ ui.all(name, 1, 2, a=3) }}{{ ui.again(12) }}",
        "{{ ui.icon(name)|upper }}{% set kept %}{{ ui.icon(name) }}{% endset %}{{ kept }}{{ [ui.icon(name)]|first }}",
        "{{ ui.shadow(name) }}{{ name }}{% set x = 1 %}{{ ui.shadow(x) }}",
        "{% for n in 'abc' %}{% call ui.each('xy') %}{{ loop.index }}{{ n }}{% endcall %}{% endfor %}",
        "{{ ui.token('x') }}{{ ui.icon('y') }}{{ ui.shade(ui.twice) }}",
        "{% for n in 'abc' %}{{ ui.counted(loop) }}{% endfor %}",
        "{% set one = 1 %}{% call ui.each('xy') %}{{ one }}{% set one = 2 %}{{ one }}{% endcall %}{{ one }}",
        "{{ ui.icon(missing) }}{{ ui.icon(missing, missing, missing) }}",
        "{% macro own(x) %}{{ ui.icon(x) }}{{ name }}{% endmacro %}{{ own('y') }}",
        "{% block part %}{{ ui.icon(name) }}{% endblock %}{{ self.part() }}",
    ],
)
def test_a_macro_in_its_place_writes_what_its_call_writes(body: str) -> None:
    said = both('{% import "lib.html" as ui %}' + body, lib=LIB, name="<n>")
    assert said.strip()


def test_the_simple_macro_is_gone_from_the_compiled_page() -> None:
    made = environment({"page.html": '{% import "lib.html" as ui %}{{ ui.icon("a") }}', "lib.html": LIB})
    source = made.compile(made.loader.get_source(made, "page.html")[0], "page.html", raw=True)  # type: ignore[union-attr]
    assert '<i class="icon">' in source
    assert "'icon'" not in source


def test_a_page_that_extends_another_writes_nothing_outside_its_blocks() -> None:
    lib = LIB + "{% block body %}{% endblock %}"
    assert (
        both(
            '{% extends "lib.html" %}{% set a = 1 %}{{ _("Rules") }}{% block body %}!{% endblock %}', lib=lib
        ).strip()
        == "!"
    )


def test_a_page_may_not_be_given_the_name_of_a_global_function(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match="global function"):
        page("errors/error.html", asset="x", status=404, title="t", message="m", next_step=None)


# --- The real pages ---


def test_no_template_imports_with_context() -> None:
    """A macro imported so is made anew for each page, and its words are looked up each time."""
    made = PageEnvironment(Flask("small", static_folder=None), extensions=["jinja2.ext.i18n"])
    for path in TEMPLATES.rglob("*.html"):
        tree = made.parse(path.read_text(encoding="utf-8"))
        for node in tree.find_all((nodes.Import, nodes.FromImport)):
            assert not node.with_context, path.relative_to(TEMPLATES)


@pytest.fixture
def compared(app: Flask) -> Iterator[list[str]]:
    """Every page that is rendered is rendered once more with nothing folded in. Names of the templates compared."""
    own: Any = app.jinja_env
    own.globals["client_id"] = lambda: "the same both times"
    plain: dict[str, PageEnvironment] = {}
    names: list[str] = []

    def compare(_app: Flask, template: Template, context: dict[str, Any], **_: Any) -> None:
        made: Any = template.environment
        code, name = made.language.code, str(template.name)
        plain.setdefault(code, looked_up(own, made.language))
        assert template.render(context) == plain[code].get_template(name).render(context), name
        names.append(f"{code} {name}")

    before_render_template.connect(compare, app)
    yield names
    before_render_template.disconnect(compare, app)


def _everywhere(client: FlaskClient, starts: tuple[str, ...]) -> None:
    """Open `starts` and what they lead to."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith(("/static/", "/leave", "/words/")):
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code < 500, path
        if path in starts:
            waiting += re.findall(r'href="(/[^"#]*)', answer.text)


def _community(app: Flask, database: Database, people: People) -> list[FlaskClient]:
    """People in each role, who wrote in a thread and in a room, and reported one another."""
    with database.write(installation(Origin.COMMAND)) as uow:
        ensure_defaults(uow)
    roles = {
        "ash": (),
        "wren": (Role.PEER_WORKER,),
        "ines": (Role.SUPERVISOR,),
        "oda": (Role.ADMINISTRATOR,),
        "pim": (Role.PANEL,),
        "lind": (Role.RESEARCHER,),
    }
    held = {name: people.add(name, *has) for name, has in roles.items()}
    people.space()
    people.room(kept_by=held["wren"])
    ash, wren, ines, *others = (browser(app, person) for person in held.values())
    typed = {"title": "<Third> night", "body": "Cannot *sleep*.", "content_note": "night & sleep"}
    there = send(ash, "/spaces/nights/new", client_id=new_client_id(), **typed).headers["Location"]
    thread = "/".join(there.split("/")[:3])
    for number, who in enumerate((wren, ash, ines, ash)):
        posts = re.findall(r'<article [^>]*id="post-([\w-]+)"', who.get(thread).text)
        body = f"Answer {number} & more"
        send(who, thread, body=body, client_id=new_client_id(), reply_to=posts[number // 2])
    posts = re.findall(r'<article [^>]*id="post-([\w-]+)"', ash.get(thread).text)
    send(ash, f"/posts/{posts[0]}/edit", body="Cannot sleep at all.", content_note="", version="1")
    send(ash, f"/posts/{posts[-1]}/remove")
    for what in (f"/report/post/{posts[1]}", f"/report/post/{posts[1]}"):
        send(ash, what, reason="harmful_advice", words="<said>", client_id=new_client_id())
    people.block(held["ash"], held["ines"])
    return [ash, wren, ines, *others, app.test_client()]


FULL = ("today.html", "forum/thread.html", "forum/space.html", "rooms/room.html", "moderation/desk.html",
        "moderation/item.html", "inbox/inbox.html", "admin/parts.html")  # fmt: skip
"""Pages that hold much of what there is to draw: they must be among those compared."""


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_says_the_same_both_ways(
    app: Flask, database: Database, people: People, compared: list[str], code: str
) -> None:
    starts = ("/", "/today", "/spaces", "/spaces/nights", "/rooms", "/desk", "/duty", "/admin", "/panel", "/research",
              "/admin/parts?theme=all", "/inbox", "/my/settings", "/my/data", "/my/consent", "/my/reports", "/help-now",
              "/join", "/sign-in", "/nowhere", "/admissions", "/links", "/waiting", "/look")  # fmt: skip
    for client in _community(app, database, people):
        client.set_cookie("language", code)
        _everywhere(client, starts)
    said = {name for name in compared if name.startswith(f"{code} ")}
    assert {f"{code} {name}" for name in FULL} <= said, sorted(said)
