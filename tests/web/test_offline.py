"""What a device keeps: the worker and its version, the page without a connection, the manifest and its icons."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from peerspace.config import ROOT
from peerspace.web.assets import Assets
from peerspace.web.offline import ICONS, PAPER, PLAIN, VERSIONED, WORKER
from tests.people import People
from tests.web.conftest import browser

ADDRESS = re.compile(r'(?:href|src)="(/static/[^"#]+)')


def _shell(client: FlaskClient) -> tuple[str, list[str]]:
    body = client.get("/sw.js").text
    version, shell = re.match(r"const VERSION = (.+);\nconst SHELL = (.+);\n", body).groups()  # type: ignore[union-attr]
    return json.loads(version), json.loads(shell)


def test_the_worker_stands_at_the_root_and_is_asked_for_anew_each_time(client: FlaskClient) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    etag = answer.headers["ETag"]
    assert client.get("/sw.js", headers={"If-None-Match": etag}).status_code == 304


def test_its_version_follows_from_what_the_files_hold(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    before = _shell(client)
    assert _shell(client) == before
    seen = {before[0]}
    for changed in ("css/parts.css", "fonts/young-serif.woff2", WORKER):
        folder = tmp_path / changed.replace("/", "-")
        for path in (*VERSIONED, *PLAIN, WORKER):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            held = (ROOT / "static" / path).read_bytes()
            (folder / path).write_bytes(held + b"/* */" if path == changed else held)
        app.extensions["peerspace_assets"] = Assets(folder)
        seen.add(_shell(client)[0])
    assert len(seen) == 4


@pytest.mark.invariant(12)
@pytest.mark.parametrize(
    "page", ["/help-now?kept=yes", "/help-now?kept=yes&language=de&country=FR", "/offline"]
)
def test_everything_that_a_kept_page_needs_is_kept(client: FlaskClient, page: str) -> None:
    _, shell = _shell(client)
    kept = set(shell)
    needed = {
        one for one in ADDRESS.findall(client.get(page).text) if "apple" not in one and "app-touch" not in one
    }
    assert len(needed) > 8
    assert needed - kept == set()
    for address in shell:
        assert client.get(address).status_code == 200, address
        if "?v=" in address:
            assert "immutable" in client.get(address).headers["Cache-Control"]
    for script in (one for one in kept if ".js" in one):
        for module in re.findall(r'^import .*?"\./([^"]+)"', client.get(script).text, re.MULTILINE):
            assert f"/static/js/{module}" in {urlsplit(one).path for one in kept}, (script, module)


def test_the_page_without_a_connection_is_for_guests_and_holds_no_token(app: Flask, people: People) -> None:
    page = browser(app, people.add("Annotherwise")).get("/offline").text
    assert "This page cannot be reached now" in page
    assert 'href="/help-now"' in page
    assert "is-guest" in page
    for private in ("Annotherwise", "csrf", "<form"):
        assert private not in page
    assert '<html lang="de"' in app.test_client().get("/offline?language=de").text


def test_the_manifest_says_what_a_device_needs(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    found = json.loads(answer.text)
    assert (found["name"], found["start_url"], found["display"], found["scope"]) == (
        "PeerSpace", "/today", "standalone", "/",
    )  # fmt: skip
    tokens = (ROOT / "static/css/tokens.css").read_text(encoding="utf-8")
    assert f"--paper: {PAPER};" in tokens
    assert {found["theme_color"], found["background_color"]} == {PAPER}
    purposes = {(icon["sizes"], icon["purpose"]) for icon in found["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= purposes
    for icon in found["icons"]:
        picture = client.get(icon["src"])
        assert picture.mimetype == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", picture.data[16:24])
            assert f"{width}x{height}" == icon["sizes"]
    assert len(found["icons"]) == len(ICONS)
    german = client.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert json.loads(german.text)["lang"] == "de"


def test_browsers_that_look_for_an_icon_by_themselves_find_one(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")
    assert "Set-Cookie" not in answer.headers


def test_every_page_names_the_manifest_and_an_icon_for_the_home_screen(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    touch = re.search(r'<link rel="apple-touch-icon" href="([^"]+)"', page)
    assert touch is not None
    assert struct.unpack(">II", client.get(touch[1]).data[16:24]) == (180, 180)
    assert page.count('<meta name="theme-color"') == 2
