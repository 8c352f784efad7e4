"""Leaving quickly, without script too: the way to the neutral page, and what a browser is shown afterwards.

The way out marks the browser with a cookie (static/js/leave.js does so itself and asks nobody). From then on every page
of PeerSpace that this browser opens is a blank one with one button: *Back*, however many pages deep, shows nothing
of the place. The button takes the mark away. See docs/decisions/0013-back-after-leaving.md.
"""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response

from peerspace.web.glue import anyone, render, running, see
from peerspace.web.sessions import home, viewer

blueprint = Blueprint("leaving", __name__)

LEFT = "left"
"""The cookie that marks a browser in which somebody left quickly. It ends with the browser."""
PAUSED = "/paused"


def register_leaving(app: Flask) -> None:
    """Show no page to a browser that was left, until its person chooses to come back."""

    @app.before_request
    def _cover() -> Response | None:
        is_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
        if not is_page or LEFT not in request.cookies or request.blueprint == blueprint.name:
            return None
        return _unkept(redirect(PAUSED, code=303))


@blueprint.get("/leave")
@anyone
def leave() -> Response:
    """Mark this browser and lead to the neutral page.

    A link, not a form: whoever leaves is never held up by a token that ran out. All that a link on another site can do
    with it is to ask somebody for one press of a button.
    """
    answer = _unkept(redirect(running().config.exit_url, code=303))
    answer.headers["Referrer-Policy"] = "no-referrer"
    # Not readable by scripts: a change of such a cookie makes browsers throw away pages that they hold in memory.
    answer.set_cookie(
        LEFT, "yes", path="/", samesite="Lax", secure=running().config.secure_cookies, httponly=True
    )
    return answer


@blueprint.get(PAUSED)
@anyone
def paused() -> Response | str:
    """The blank page. It says nothing of the place, not even its name."""
    if LEFT not in request.cookies:
        return see(home(viewer()))
    return render("leaving/paused.html")


@blueprint.post("/come-back")
@anyone
def come_back() -> Response:
    """Take the mark away and open the first page."""
    answer = see(home(viewer()))
    answer.delete_cookie(
        LEFT, path="/", samesite="Lax", secure=running().config.secure_cookies, httponly=True
    )
    return answer


def _unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
