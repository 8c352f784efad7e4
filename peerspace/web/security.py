"""What stands around every request: trusted hosts, bytes that are text, CSRF, security headers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

import structlog
from flask import Flask, Request, Response, request, session
from flask_wtf import CSRFProtect
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from peerspace.accounts.sessions import ABSOLUTE
from peerspace.config import Config
from peerspace.kernel.errors import BadRequest
from peerspace.web.running import running
from peerspace.web.sessions import SESSION_KEY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_FORM_BYTES = 256 * 1024
MAX_FORM_PARTS = 200
"""Most fields of one form; the largest of ours has about twenty."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PROXY_MARKS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
log = structlog.get_logger(__name__)


def register_security(app: Flask, config: Config) -> None:
    """Settings, checks before and headers after every request."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-peerspace" if config.secure_cookies else "peerspace",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=ABSOLUTE,
        PREFERRED_URL_SCHEME="https" if config.secure_cookies else "http",
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        TRUSTED_HOSTS=_trusted_hosts(config),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.secure_cookies,
    )
    # "//spaces//nights" is no page of ours. Werkzeug would send it on to an address that it makes up from the request,
    # with the scheme between the proxy and us and whatever host was asked for.
    app.url_map.merge_slashes = False
    app.wsgi_app = _AsPeopleReachIt(app.wsgi_app, config)  # type: ignore[method-assign]
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    else:
        _notice_a_proxy(app)
    app.before_request(_refuse_what_is_not_text)
    CSRFProtect(app)
    headers = security_headers(config)

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if sent_from_elsewhere(request):
            session.modified = False  # it came without our cookie: a fresh one would sign the person out
        if "Cache-Control" not in response.headers:
            # No page is stored, a guest's neither: *Back* after leaving quickly has to ask (peerspace/web/leaving.py).
            kept = (
                "no-store"
                if SESSION_KEY in session or response.status_code >= 400 or response.mimetype == "text/html"
                else "private, no-cache"
            )
            response.headers["Cache-Control"] = kept
        return response


class _AsPeopleReachIt:
    """Scheme and host of a request as people see them, whatever stands between them and us.

    PeerSpace itself speaks no TLS: where BASE_URL is https, every request came by it. Host names compare without
    regard to case (RFC 9110, 4.2.3); Werkzeug compares them as they come.
    """

    def __init__(self, wsgi_app: WSGIApplication, config: Config) -> None:
        self._wsgi_app = wsgi_app
        self._is_https = config.secure_cookies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_https:
            environ["wsgi.url_scheme"] = "https"
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        return self._wsgi_app(environ, start_response)


def came_through_a_proxy(sent: Request) -> bool:
    """True when a proxy put its marks on a request; one that leaves none can't be seen."""
    return any(name in sent.headers for name in PROXY_MARKS)


def _notice_a_proxy(app: Flask) -> None:
    """Say once that a proxy stands in front which nobody told us of: everybody then shares one address and its limits.

    Only for requests from this machine or a network like it: from further off anybody may write such headers.
    """

    @app.before_request
    def _look() -> None:
        services = running()
        if services.warnings.unknown_proxy or not came_through_a_proxy(request):
            return
        if not _is_near(request.remote_addr):
            return
        services.warnings.unknown_proxy = True
        log.warning(
            "unknown_proxy",
            setting="PEERSPACE_TRUSTED_PROXIES",
            problem="is 0, and a proxy stands in front: everybody shares one address and its rate limits",
            mend="Set it to the number of proxies in front, usually 1, and restart.",
        )


def _is_near(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_private
    except ValueError:
        return True  # no address at all: a socket in the file system


def _trusted_hosts(config: Config) -> list[str] | None:
    """Hosts that PeerSpace answers for; loopback stays open for health checks. None: any (outside production)."""
    if config.trusted_hosts:
        return [*(host.lower() for host in config.trusted_hosts), *LOOPBACK]
    own = urlsplit(config.base_url).hostname
    return [own, *LOOPBACK] if config.production and own else None


def security_headers(config: Config) -> dict[str, str]:
    """The headers of every response. Nothing from another host is ever loaded; nobody may frame a page."""
    parts = urlsplit(config.base_url)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    policy = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' {socket}",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "same-origin",  # no-referrer would make Chromium post `Origin: null`
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    }
    if config.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def _refuse_what_is_not_text() -> None:
    """Refuse addresses and forms whose bytes are not UTF-8: Flask would quietly put a mark in their place.

    Raises BadRequest("not_text"), or RequestEntityTooLarge before anything is parsed.
    """
    if any(character < " " for character in request.path):
        raise NoSuchPage  # a control character in an address leads nowhere, and databases refuse some of them
    if not _is_utf8(request.query_string) or b"%00" in request.query_string:
        raise BadRequest("not_text")
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.content_length is not None and request.content_length > MAX_FORM_BYTES:
        raise RequestEntityTooLarge
    if not _form_is_text(request):
        raise BadRequest("not_text")


def sent_from_elsewhere(sent: Request) -> bool:
    """True for a form that another site sent, as far as the browser says: it may leave our cookie out then.

    `Sec-Fetch-Site` decides (`same-site` is elsewhere too); without it the host of `Origin`, else of `Referer`.
    """
    if sent.method != "POST":
        return False
    site = sent.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    came_from = sent.headers.get("Origin") or sent.headers.get("Referer")
    if came_from is None:
        return False
    return _host(came_from) not in (sent.host, _host(running().config.base_url))


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _form_is_text(sent: Request) -> bool:
    """True when the form's bytes are text.

    Raises RequestEntityTooLarge for one that is too long or has too many fields.
    """
    if sent.mimetype == "application/x-www-form-urlencoded":
        sent_bytes = sent.get_data(cache=True)
        # A length that was not told is only found by reading on to the limit, where the rest is cut off.
        is_cut = sent.content_length is None and len(sent_bytes) >= MAX_FORM_BYTES
        if is_cut or sent_bytes.count(b"&") >= MAX_FORM_PARTS:
            raise RequestEntityTooLarge
        return _is_utf8(sent_bytes)
    if sent.mimetype == "multipart/form-data":
        values = (value for key in sent.form for value in (key, *sent.form.getlist(key)))
        return not sent.files and not any("\N{REPLACEMENT CHARACTER}" in value for value in values)
    return True


def _is_utf8(encoded: bytes) -> bool:
    try:
        unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
