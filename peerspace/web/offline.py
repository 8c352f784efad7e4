"""What a device keeps for when there is no connection: the service worker, the page it shows, and the manifest.

Nothing private is among it: the worker keeps files that everybody gets and two pages made for guests (static/js/sw.js).
"""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, current_app, g, request

from peerspace.kernel import wording
from peerspace.web.appearance import language_asked
from peerspace.web.assets import Assets
from peerspace.web.glue import anyone, render

blueprint = Blueprint("offline", __name__)

VERSIONED = (
    "css/tokens.css", "css/base.css", "css/shell.css", "css/parts.css", "css/talk.css", "css/pages/help.css",
    "js/leave.js", "js/shell.js", "js/offline.js", "icons/icons.svg", "icons/favicon.svg",
)  # fmt: skip
"""Files of the shell that pages name with their version."""
PLAIN = (
    "fonts/atkinson-regular.woff2",
    "fonts/atkinson-bold.woff2",
    "fonts/young-serif.woff2",
    "js/drafts.js",
    "js/times.js",
)
"""Files of the shell that style sheets and scripts name as they are."""
WORKER = "js/sw.js"
ICONS = (
    ("icons/app-192.png", "192x192", "any"),
    ("icons/app-512.png", "512x512", "any"),
    ("icons/app-maskable-192.png", "192x192", "maskable"),
    ("icons/app-maskable-512.png", "512x512", "maskable"),
    ("icons/app.svg", "any", "any"),
)
PAPER = "#fbf6ec"
"""The paper of the light theme (static/css/tokens.css)."""


def _assets() -> Assets:
    found: Assets = current_app.extensions["peerspace_assets"]
    return found


@blueprint.get("/sw.js")
@anyone
def worker() -> Response:
    """The service worker, with the addresses it keeps in front. Its version follows from what they hold."""
    assets = _assets()
    shell = [assets.address(path) for path in VERSIONED] + [f"/static/{path}" for path in PLAIN]
    source = assets.get(WORKER).plain.decode()
    held = [assets.get(path).version for path in (*VERSIONED, *PLAIN, WORKER)]
    version = hashlib.sha256(" ".join(held).encode()).hexdigest()[:16]
    body = f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n{source}"
    response = Response(body, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(version)
    response.make_conditional(request)
    return response


@blueprint.get("/offline")
@anyone
def offline() -> str:
    """What a device shows instead of a page that it cannot reach, for guests; `?language=` as for the kept copy."""
    g.without_viewer = True
    if "language" in request.args:
        wording.speak(language_asked(request.args["language"]))
    return render("public/offline.html")


@blueprint.get("/favicon.ico")
@anyone
def icon() -> Response:
    """The icon, where browsers look for one beside what names none: a picture, a file, an answer in JSON."""
    asset = _assets().get(ICONS[0][0])
    response = Response(asset.plain, mimetype=asset.mimetype)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/manifest.webmanifest")
@anyone
def manifest() -> Response:
    """What a device needs to put PeerSpace among its applications. The name says nothing of what it is for."""
    assets, language = _assets(), wording.spoken()
    body = {
        "id": "/",
        "name": "PeerSpace",
        "short_name": "PeerSpace",
        "lang": language.code,
        "dir": language.direction,
        "start_url": "/today",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {
                "src": assets.address(path),
                "sizes": sizes,
                "type": assets.get(path).mimetype,
                "purpose": purpose,
            }
            for path, sizes, purpose in ICONS
        ],
    }
    response = Response(json.dumps(body, indent=1), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response
