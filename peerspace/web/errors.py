"""Every error's page, in one place: the platform's own look, the right status, JSON for a client that asks for it.

What somebody typed is kept: a form that was refused comes back with its text and a fresh CSRF token.
"""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from peerspace.kernel.errors import PeerSpaceError
from peerspace.kernel.wording import N_, gettext
from peerspace.sentences import say, sentence
from peerspace.web.rendering.environment import page
from peerspace.web.security import sent_from_elsewhere

log = structlog.get_logger(__name__)

CODES = {
    400: "bad_request", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_long", 415: "bad_request", 429: "too_many", 503: "server_error",
}  # fmt: skip
TITLES = {
    400: N_("That did not arrive as it should"),
    401: N_("Please sign in first"),
    403: N_("This page is not open to you"),
    404: N_("There is nothing here"),
    405: N_("This page cannot be used that way"),
    409: N_("Something changed in the meantime"),
    413: N_("That is too much at once"),
    429: N_("A short pause, please"),
    500: N_("Something went wrong on our side"),
    503: N_("PeerSpace is away for a moment"),
}
MESSAGES = {
    400: "bad_request", 401: "sign_in_needed", 403: "not_allowed", 404: "not_found", 405: "page_method",
    413: "form_too_large", 429: "too_many", 503: "database_unavailable",
}  # fmt: skip
NEXT_STEPS = {
    401: N_("Sign in on another tab. Then come back to this one and send it again."),
    404: N_("The address may have a slip in it, or the page was taken down."),
    405: N_("Please go back and use the buttons on the page."),
    413: N_("Please go back, shorten it, and send it again."),
    500: N_(
        "We have noted that it happened. If it happens again, please tell the people who run this place."
    ),
    503: N_("Please try again in a minute. If you need somebody now, Get help now leads to people."),
}
MAY_SEND_AGAIN = frozenset({400, 401, 409, 429, 503})
NEVER_KEPT = frozenset({"csrf_token", "passphrase", "old", "new", "code"})
"""Fields that hold a secret, whichever form they are in: no page ever gives them back."""
UNSEEN = frozenset({"client_id", "step", "asked"})
"""Kept fields that are not shown: they say that two sendings are the same, and which step of a form it was."""


def register_errors(app: Flask) -> None:
    """Answer every error of the domain, of HTTP and of our own making."""
    app.register_error_handler(PeerSpaceError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(Exception, _defect)


def wants_json() -> bool:
    """True when the client asks for JSON rather than a page."""
    if request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _domain(error: PeerSpaceError) -> Response:
    retry_after = error.values.get("retry_after")
    if error.status >= 500:
        log.warning("domain_error", key=error.key, **error.values)
    kept = error.status in MAY_SEND_AGAIN
    return _answer(error.status, error.code, say(error), keep_form=kept, retry_after=retry_after)


def _csrf(_error: CSRFError) -> Response:
    if sent_from_elsewhere(request):
        return _answer(
            400, "bad_request", sentence("csrf_elsewhere"), title=N_("That came from somewhere else")
        )
    key = "csrf_refused" if _kept() else "csrf_stale"
    return _answer(400, "bad_request", sentence(key), keep_form=True, title=N_("Please send it once more"))


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    key = MESSAGES.get(status, "bad_request" if status < 500 else "server_error")
    answer = _answer(
        status,
        CODES.get(status, "server_error" if status >= 500 else "bad_request"),
        sentence(key),
        keep_form=status in MAY_SEND_AGAIN,
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _unfit(_error: DataError) -> Response:
    """A value that the database cannot hold (a NUL, a number beyond 64 bits) was never a real id."""
    return _answer(400, "bad_request", sentence("bad_request"), keep_form=True)


def _defect(error: Exception) -> Response:
    # The trace goes to the log without values: what members write must not end up there.
    log.error("request_failed", endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return _answer(500, "server_error", sentence("server_error"))


def _answer(
    status: int,
    code: str,
    message: str,
    *,
    keep_form: bool = False,
    title: str | None = None,
    retry_after: object = None,
) -> Response:
    if wants_json():
        body: dict[str, object] = {"code": code, "message": message}
        if retry_after is not None:
            body["retry_after"] = retry_after
        answer = jsonify(error=body)
    else:
        answer = make_response(_page(status, title or TITLES.get(status, TITLES[400]), message, keep_form))
    answer.status_code = status
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _page(status: int, title: str, message: str, keep_form: bool) -> str:
    if status >= 500:
        g.without_viewer = True  # reading who looks may be what failed
    next_step = NEXT_STEPS.get(status)
    context: dict[str, object] = {
        "status": status,
        "title": gettext(title),
        "message": message,
        "next_step": gettext(next_step) if next_step else None,
    }
    kept = _kept() if keep_form else []
    if kept:
        context |= {"kept": kept, "send_to": request.path}
    try:
        return page("errors/error.html", **context)
    except PeerSpaceError:
        g.without_viewer = True
        return page("errors/error.html", **context)


def _kept() -> list[tuple[str, str]]:
    """What was typed in the form that was refused: [(name, value)], secrets left out.

    Nothing when another site filled the form in: the page would be ours, and one press of "send it again" would do
    what that site wanted. Nothing either when the person would not see what is sent.
    """
    if request.method != "POST" or sent_from_elsewhere(request):
        return []
    try:
        form = request.form
    except HTTPException:
        return []
    kept = [
        (name, value)
        for name in form
        for value in form.getlist(name)
        if name not in NEVER_KEPT and "\N{REPLACEMENT CHARACTER}" not in value
    ]
    return kept if any(name not in UNSEEN for name, _ in kept) else []


__all__ = ["register_errors", "wants_json"]
