"""Static files: compressed once, versioned, with correct Vary and ETag."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from peerspace.config import ROOT
from peerspace.web.assets import Assets

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
CSS = "/static/css/base.css"


def test_text_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    plain, zipped = client.get(CSS), client.get(CSS, headers=GZIP)
    assert gzip.decompress(zipped.data) == plain.data == (ROOT / "static/css/base.css").read_bytes()
    assert len(zipped.data) < len(plain.data) / 2
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != zipped.headers["ETag"]
    assert plain.mimetype == zipped.mimetype == "text/css"


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", ""])
def test_who_does_not_take_gzip_gets_none(client: FlaskClient, accepted: str) -> None:
    assert "Content-Encoding" not in client.get(CSS, headers={"Accept-Encoding": accepted}).headers


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient) -> None:
    etag = client.get(CSS, headers=GZIP).headers["ETag"]
    answer = client.get(CSS, headers=GZIP | {"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert client.get(CSS, headers={"If-None-Match": etag}).status_code == 200


def test_the_version_makes_it_last(client: FlaskClient) -> None:
    page = client.get("/help-now").text
    address = re.search(r'href="(/static/css/base\.css\?v=[0-9a-f]{12})"', page)
    assert address is not None
    assert "immutable" in client.get(address[1]).headers["Cache-Control"]
    assert client.get(CSS + "?v=old").headers["Cache-Control"] == "no-cache"
    assert client.get(CSS).headers["Cache-Control"] == "no-cache"


def test_fonts_and_scripts_have_their_kinds(client: FlaskClient) -> None:
    font = client.get("/static/fonts/young-serif.woff2", headers=GZIP)
    assert font.mimetype == "font/woff2"
    assert "Content-Encoding" not in font.headers
    assert client.get("/static/js/shell.js").mimetype == "text/javascript"


def test_static_answers_set_no_cookie(client: FlaskClient) -> None:
    client.get("/sign-in")
    assert "Set-Cookie" not in client.get(CSS).headers


def test_a_changed_file_gets_a_new_version(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    assets = Assets(tmp_path)
    first = assets.get("a.css")
    assert assets.address("a.css") == f"/static/a.css?v={first.version}"
    assert assets.get("a.css") is first
    (tmp_path / "a.css").write_text("a{color:red}")
    assert assets.get("a.css").version != first.version
    assert assets.get("a.css").zipped is None


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "sub", "nowhere.css", "a\x00b", "..", ""])
def test_nothing_outside_is_served(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static" / "sub").mkdir(parents=True)
    with pytest.raises(NotFound):
        Assets(tmp_path / "static").get(path)
    assert "?" not in Assets(tmp_path / "static").address(path)
