"""Every address that code or a template names is answered: a route that moved leaves no link behind.

Addresses are written out where they are used, because they read as what they are and cost nothing; here each of them
is looked up among the routes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

ROOT = Path(__file__).parents[2]
HAS_ADDRESSES = (
    "web",
    "forum",
    "chat",
    "streams",
    "accounts",
    "moderation",
    "notifications",
    "kernel",
    "consent",
)
NO_PAGES = {"/my", "/members", "/threads", "/posts", "/block", "/talk", "/supervision", "/a/page"}
"""Beginnings and ends of addresses by which the navigation tells where a page belongs, two of them of later versions;
and an example."""


def in_python(source: str) -> Iterator[str]:
    """Texts that begin with one slash and a word, values in them as `x`."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if re.fullmatch(r"/[a-z][^\s<]*", text):
            yield text


def in_template(source: str) -> Iterator[str]:
    """What `href`, `action` and the buttons that post lead to, values in them as `1`, which fits numbers and names."""
    for quoted in re.findall(r'(?:href|action|src)="(/[a-z][^"]*)"', source):
        yield re.sub(r"{{.*?}}|{%.*?%}", "1", quoted)
    for call in re.findall(r'(?<!~ )"(/[a-z][^"{}]*)"(?:\s*~\s*[\w.]+(?:\s*~\s*"([^"]*)")?)?', source):
        head, tail = call
        yield head + ("1" + tail if head.endswith(("/", "=")) else "")


def unanswered(app: Flask, addresses: Iterator[str]) -> list[str]:
    """Those that no route answers, by any method."""
    routes = app.url_map.bind("127.0.0.1")
    return [found for found in addresses if found not in NO_PAGES and not _is_answered(routes, found)]


def _is_answered(routes, address: str) -> bool:
    path = re.split(r"[?#]", address)[0]
    if path.startswith("/static/"):
        return bool(list(ROOT.glob(re.sub(r"\b[1x]\b", "*", path[1:]))))
    try:
        routes.match(path, method="GET")
    except (MethodNotAllowed, RequestRedirect):
        return True
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("feature", HAS_ADDRESSES)
def test_what_code_names_is_answered(app: Flask, feature: str) -> None:
    files = sorted((ROOT / "peerspace" / feature).rglob("*.py"))
    found = {
        str(path.relative_to(ROOT)): missing
        for path in files
        if (missing := unanswered(app, in_python(path.read_text(encoding="utf-8"))))
    }
    assert files
    assert found == {}


def test_what_templates_name_is_answered(app: Flask) -> None:
    files = sorted((ROOT / "templates").rglob("*.html"))
    found = {
        str(path.relative_to(ROOT)): missing
        for path in files
        if (missing := unanswered(app, in_template(path.read_text(encoding="utf-8"))))
    }
    assert len(files) > 50
    assert found == {}


@pytest.mark.parametrize(
    ("kind", "planted"),
    [
        (in_python, 'see("/no-such-page")'),
        (in_python, 'f"/desk/itms/{ref}"'),
        (in_template, '<a href="/postings/{{ p.id }}">'),
        (in_template, 'f.post_button(_("Go"), "/desk/items/" ~ item.id ~ "/burn", kind="first")'),
    ],
)
def test_a_planted_address_is_found(app: Flask, kind, planted: str) -> None:
    assert len(unanswered(app, kind(planted))) == 1
