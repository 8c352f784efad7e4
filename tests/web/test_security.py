"""What stands around every request: headers, cookies, CSRF, hosts, bytes that are text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from peerspace.app import create_app
from peerspace.config import Config
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import Database
from peerspace.web.security import security_headers
from tests.people import People
from tests.web.conftest import CHEAP, browser, csrf, make_config, send

HTTPS = {"BASE_URL": "https://peers.example"}


def _app(tmp_path: Path, database: Database, **settings: str) -> Flask:
    return create_app(make_config(tmp_path, **settings), database, passphrases=CHEAP)


@pytest.mark.parametrize(
    "page", ["/", "/help-now", "/healthz", "/nowhere", "/static/css/base.css", "/sign-in"]
)
def test_every_answer_carries_the_headers(client: FlaskClient, config: Config, page: str) -> None:
    answer = client.get(page)
    for name, value in security_headers(config).items():
        assert answer.headers[name] == value


def test_the_policy_lets_nothing_else_in(config: Config) -> None:
    policy = dict(
        part.split(" ", 1) for part in security_headers(config)["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:8000"
    assert "unsafe" not in str(policy)
    assert security_headers(config)["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in security_headers(config)


def test_https_makes_cookies_secure(tmp_path: Path, database: Database) -> None:
    app = _app(tmp_path, database, **HTTPS)
    answer = app.test_client().get("/sign-in", base_url="https://peers.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-peerspace=")
    for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "wss://peers.example" in answer.headers["Content-Security-Policy"]


def test_http_cookies_are_not_secure_but_else_the_same(client: FlaskClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("peerspace=")
    assert "Secure" not in cookie
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie


def test_no_page_is_stored(app: Flask, people: People) -> None:
    client = browser(app, people.add())
    for page in ("/today", "/help-now", "/my/settings", "/nowhere"):
        assert client.get(page).headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/help-now").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", ["", "forged", "a" * 10_000, "Ä"])
def test_a_forged_token_keeps_what_was_typed(app: Flask, people: People, token: str) -> None:
    client = browser(app, people.add())
    client.get("/today")
    typed = {
        "what": "x",
        "body": "Dear <all>,\n\nlong words",
        "client_id": "6b3f2f0e-8f5e-4b0e-9c62-000000000001",
    }
    answer = client.post("/my/settings/sessions/end", data=typed | {"csrf_token": token})
    assert answer.status_code == 400
    assert "Dear &lt;all&gt;,\n\nlong words" in answer.text
    assert typed["client_id"] in answer.text
    assert 'action="/my/settings/sessions/end"' in answer.text
    fresh = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert fresh is not None
    again = client.post("/my/settings/sessions/end", data={"csrf_token": fresh[1]})
    assert again.status_code == 303


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://evil.example/trap"},
    {"Referer": "http://[evil"},
]
HERE = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://rewritten.example"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Referer": "http://localhost/admin/people"},
]


@pytest.mark.parametrize(
    ("headers", "elsewhere"), [(one, True) for one in ELSEWHERE] + [(one, False) for one in HERE]
)
def test_what_another_site_sent_is_not_offered_again(
    app: Flask, people: People, headers: dict[str, str], elsewhere: bool
) -> None:
    client = browser(app, people.add("", Role.ADMINISTRATOR))
    planted = {"name": "Mallory", "role": "administrator", "what": "grant", "body": "Press the button"}
    answer = client.post("/admin/people/roles", data=planted, headers=headers)
    assert answer.status_code == 400
    assert ('action="/admin/people/roles"' not in answer.text) is elsewhere
    assert ("Mallory" not in answer.text) is elsewhere
    assert ("Press the button" not in answer.text) is elsewhere
    assert ("sent from another site" in answer.text) is elsewhere
    inside = answer.text.split("<main", 1)[1].split("</main>", 1)[0]
    assert ('name="csrf_token"' not in inside) is elsewhere


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {}])
def test_no_refusal_before_the_token_offers_it_either(
    app: Flask, people: People, headers: dict[str, str]
) -> None:
    client = browser(app, people.add("", Role.ADMINISTRATOR))
    answer = client.post("/admin/people/roles?x=%ff", data={"name": "Mallory"}, headers=headers)
    assert answer.status_code == 400
    assert ("Mallory" in answer.text) is not bool(headers)


def test_what_is_sent_again_is_seen(app: Flask, people: People) -> None:
    client = browser(app, people.add("", Role.ADMINISTRATOR))
    page = client.post("/admin/people/roles", data={"role": "administrator", "client_id": "c-1"}).text
    form = page.split("data-keeps-draft>", 1)[1].split("</form>", 1)[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)"', form)
    assert sorted(hidden) == ["client_id", "csrf_token"]
    assert re.search(r'name="role" type="text" value="administrator"', form)


def test_nothing_to_see_is_nothing_to_send_again(app: Flask, people: People) -> None:
    client = browser(app, people.add())
    for fields in ({}, {"client_id": "c-1"}, {"passphrase": "three words here"}):
        page = client.post("/my/settings/sessions/end", data=fields).text
        assert "Send it again" not in page
        assert "load the page anew" in page


def test_a_token_of_somebody_else_is_refused(app: Flask, people: People) -> None:
    ann, ben = browser(app, people.add()), browser(app, people.add())
    token = csrf(ben, "/today")
    csrf(ann, "/today")
    assert ann.post("/my/settings/sessions/end", data={"csrf_token": token}).status_code == 400


def test_a_refused_token_never_gives_a_passphrase_back(client: FlaskClient) -> None:
    typed = {"name": "Ann", "passphrase": "three words here", "new": "x", "code": "abcd-efgh"}
    page = client.post("/sign-in", data=typed | {"csrf_token": "forged"}).text
    assert "three words here" not in page
    assert "abcd-efgh" not in page
    assert 'value="Ann"' in page


def test_a_token_from_the_header_works(app: Flask, people: People) -> None:
    client = browser(app, people.add())
    token = csrf(client, "/today")
    answer = client.post("/my/settings/sessions/end", headers={"X-CSRFToken": token})
    assert answer.status_code == 303


def test_over_https_a_foreign_referrer_is_refused(tmp_path: Path, database: Database) -> None:
    client = _app(tmp_path, database, **HTTPS).test_client()
    page = client.get("/sign-in", base_url="https://peers.example").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    data = {"name": "Ann", "passphrase": "wrong", "csrf_token": token[1]}
    for referrer, sentence in (
        ("https://peers.example/sign-in", "do not fit together"),
        ("https://evil.example/", "sent from another site"),
        (None, "send it again"),
    ):
        headers = {"Referer": referrer} if referrer else {}
        answer = client.post("/sign-in", data=data, headers=headers, base_url="https://peers.example")
        assert answer.status_code == 400
        assert sentence in answer.text


@pytest.mark.parametrize(
    "settings",
    [{"TRUSTED_HOSTS": "peers.example, .inner.example"}, {"TRUSTED_HOSTS": "Peers.Example, .INNER.example"}],
)
def test_only_known_hosts_are_answered(tmp_path: Path, database: Database, settings: dict[str, str]) -> None:
    client = _app(tmp_path, database, **settings).test_client()
    for host, status in (
        ("peers.example", 200),
        ("a.inner.example", 200),
        ("PEERS.Example", 200),
        ("Peers.example:8443", 200),
        ("A.INNER.EXAMPLE:80", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1", 200),
        ("evil.example", 400),
        ("peers.example.evil.example", 400),
        ("peers.example@evil.example", 400),
    ):
        assert client.get("/help-now", headers={"Host": host}).status_code == status


def test_production_answers_for_its_own_host_only(tmp_path: Path, database: Database) -> None:
    keys = {
        name: "long-and-random-enough-0123456789-" + name for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEY")
    }
    client = _app(tmp_path, database, ENV="production", RATE_LIMITS="on", **HTTPS, **keys).test_client()
    assert client.get("/help-now", base_url="https://peers.example").status_code == 200
    assert client.get("/help-now", base_url="https://evil.example").status_code == 400


def test_only_trusted_proxies_may_say_who_asks(tmp_path: Path, database: Database) -> None:
    headers = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    plain, proxied = _app(tmp_path, database), _app(tmp_path, database, TRUSTED_PROXIES="1")
    for app, address, scheme in ((plain, "127.0.0.1", "http"), (proxied, "203.0.113.9", "https")):
        seen: list[tuple[str | None, str]] = []

        @app.before_request
        def note(seen: list[tuple[str | None, str]] = seen) -> None:
            from flask import request

            seen.append((request.remote_addr, request.scheme))

        app.test_client().get("/help-now", headers=headers)
        assert seen == [(address, scheme)]


@pytest.mark.parametrize("path", ["///spaces//nights", "/spaces//nights", "/help-now/"])
@pytest.mark.parametrize("settings", [{}, {"TRUSTED_PROXIES": "1"}])
def test_a_doubled_slash_leads_nowhere(
    tmp_path: Path, database: Database, settings: dict[str, str], path: str
) -> None:
    """Never to an address made up from the request: its scheme, and a host that anybody may have written."""
    client = _app(tmp_path, database, **HTTPS, **settings).test_client()
    answer = client.get(path, headers={"Host": "peers.example"}, base_url="http://peers.example")
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_no_page_is_reached_by_a_redirect_that_the_router_makes_up(app: Flask) -> None:
    assert not app.url_map.merge_slashes
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/")] == ["/"]


def test_the_scheme_is_the_one_of_the_base_address(tmp_path: Path, database: Database) -> None:
    """Whatever a proxy says or leaves out: who reaches us by https has https checks."""
    for headers in ({}, {"X-Forwarded-Proto": "http"}):
        client = _app(tmp_path, database, **HTTPS).test_client()
        page = client.get("/sign-in", headers={"Host": "peers.example"})
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        cookie = page.headers["Set-Cookie"].split(";", 1)[0]
        answer = app_post(client, token[1], {**headers, "Host": "peers.example", "Cookie": cookie})
        assert answer.status_code == 400
        assert "sent from another site" in answer.text


def app_post(client: FlaskClient, token: str, headers: dict[str, str]) -> TestResponse:
    """A form from another site, by a browser that says so in its referrer."""
    data = {"name": "Ann", "passphrase": "wrong", "csrf_token": token}
    return client.post("/sign-in", data=data, headers={**headers, "Referer": "https://evil.example/"})


@pytest.mark.parametrize(
    ("address", "headers", "said"),
    [
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, True),
        ("10.0.0.7", {"X-Forwarded-Proto": "https"}, True),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, True),
        ("127.0.0.1", {}, False),
        ("9.9.9.9", {"X-Forwarded-For": "127.0.0.1"}, False),
    ],
)
def test_a_proxy_that_nobody_told_us_of_is_noticed_once(
    tmp_path: Path, database: Database, address: str, headers: dict[str, str], said: bool
) -> None:
    app = _app(tmp_path, database)
    with capture_logs() as lines:
        for _ in range(3):
            app.test_client().get("/help-now", headers=headers, environ_base={"REMOTE_ADDR": address})
    noticed = [line for line in lines if line["event"] == "unknown_proxy"]
    assert len(noticed) == said
    assert "203.0.113.9" not in str(lines)
    assert ("unknown_proxy" in app.test_client().get("/readyz").json["warnings"]) is said  # type: ignore[index]
    told = _app(tmp_path, database, TRUSTED_PROXIES="1")
    with capture_logs() as lines:
        told.test_client().get("/help-now", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert lines == []


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "raw", [b"name=%ff%fe", b"name=\xff\xfe", b"name=%ed%a0%80", b"name=%C0%80", b"%ff=x"]
)
def test_bytes_that_are_not_text_are_refused(client: FlaskClient, raw: bytes) -> None:
    token = csrf(client, "/sign-in").encode()
    answer = client.post("/sign-in", data=b"csrf_token=" + token + b"&" + raw, headers=FORM)
    assert answer.status_code == 400
    assert "not readable text" in answer.text


def test_multipart_that_is_not_text_is_refused(client: FlaskClient) -> None:
    token = csrf(client, "/sign-in")
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
    ).encode() + b"\xff\xfe\r\n--b--\r\n"
    answer = client.post("/sign-in", data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 400
    assert "not readable text" in answer.text


def test_files_are_refused(client: FlaskClient) -> None:
    from io import BytesIO

    token = csrf(client, "/sign-in")
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "name": (BytesIO(b"x"), "x.png")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["next=%ff", "next=%00", "next=%ed%a0%80"])
def test_addresses_that_are_not_text_are_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/sign-in?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/rules/%ff", "/%00", "/members/a%00b/block", "/link/%0d%0a"])
def test_odd_addresses_lead_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (303, 404)


def test_signing_in_changes_the_cookie_and_the_token(app: Flask, people: People, database: Database) -> None:
    from peerspace.accounts.models import Account

    ann = people.add("Ann")
    with database.write(ann) as uow:
        uow.session.get_one(Account, ann.account_id).passphrase_hash = CHEAP.hash("three words here")
    client = app.test_client()
    before = csrf(client, "/sign-in")
    with client.session_transaction() as cookie:
        planted = dict(cookie)
    send(client, "/sign-in", "/sign-in", name="Ann", passphrase="three words here")
    with client.session_transaction() as cookie:
        assert cookie.get("csrf_token") != planted["csrf_token"]
        assert set(cookie) <= {"session", "_permanent", "csrf_token"}
    refused = client.post("/my/settings/sessions/end", data={"csrf_token": before})
    assert refused.status_code == 400


def test_a_forged_cookie_is_a_guest(app: Flask, people: People) -> None:
    people.add()
    for value in ("", "x", "eyJzZXNzaW9uIjoieCJ9.aaaa.bbbb", "Ä", "x" * 4_000):
        client = app.test_client()
        client.set_cookie("peerspace", value)
        client.set_cookie("remember_token", "1|abcdef")
        assert client.get("/today").status_code == 303
        assert "is-guest" in client.get("/help-now").text
