"""Static files: served by PeerSpace itself, compressed once and kept in memory, cached for long under a version."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from peerspace.config import ROOT

STATIC = ROOT / "static"
YEAR_S = 31_536_000
DAY_S = 86_400
CHECK_S = 1.0
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
MIN_TO_COMPRESS = 512

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("image/svg+xml", ".svg")


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file as it stands: its bytes plain and compressed (None where that does not pay)."""

    version: str
    mimetype: str
    plain: bytes
    zipped: bytes | None


class Assets:
    """The files under `folder`, read again when one changes on disk."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[tuple[int, int], Asset]] = {}
        self._addresses: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def get(self, path: str) -> Asset:
        """The file at `path` below the folder.

        Raises NotFound for what is not a file there.
        """
        joined = safe_join(str(self._folder), path)
        if joined is None:
            raise NotFound
        try:
            stat = Path(joined).stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            kept = self._kept.get(joined)  # not by `path`: one file has endless spellings (./, ../)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            plain = Path(joined).read_bytes()
        except (OSError, ValueError) as error:
            raise NotFound from error
        made = _asset(path, plain)
        with self._lock:
            self._kept[joined] = (stamp, made)
        return made

    def address(self, path: str) -> str:
        """The address of a file with its version; without one when there is no such file (the tests find that).

        A page names a hundred icons: the disk is asked once in CHECK_S seconds, not for each of them.
        """
        now = time.monotonic()
        known = self._addresses.get(path)
        if known is not None and now - known[0] < CHECK_S:
            return known[1]
        try:
            address = f"/static/{path}?v={self.get(path).version}"
        except NotFound:
            return f"/static/{path}"
        self._addresses[path] = (now, address)
        return address


def _asset(path: str, plain: bytes) -> Asset:
    mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
    zipped = None
    if mimetype.startswith(TEXT) and len(plain) >= MIN_TO_COMPRESS:
        zipped = gzip.compress(plain, compresslevel=9, mtime=0)
    return Asset(hashlib.sha256(plain).hexdigest()[:12], mimetype, plain, zipped)


def pack(response: Response) -> Response:
    """`response` compressed, where the reader's browser takes that.

    Not for pages in general: the length of a compressed page can tell a secret in it to somebody who chooses what else
    it holds. Only for what repeats nothing that was asked.
    """
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(response.get_data(), mtime=0))
        response.content_encoding = "gzip"
    return response


def register_assets(app: Flask) -> None:
    """Serve /static/ and give templates `asset(path)`."""
    assets = Assets()
    app.extensions["peerspace_assets"] = assets
    app.jinja_env.globals["asset"] = assets.address
    app.add_url_rule("/static/<path:path>", "static", static_file)


def static_file(path: str) -> Response:
    """One static file. Under its current version it may be kept for a year."""
    asset: Asset = current_app.extensions["peerspace_assets"].get(path)
    zipped = asset.zipped if request.accept_encodings["gzip"] > 0 else None
    response = Response(asset.plain if zipped is None else zipped, mimetype=asset.mimetype)
    if asset.zipped is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if zipped is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(asset.version + ("-gz" if zipped is not None else ""))
    if request.args.get("v") == asset.version:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    elif "v" not in request.args and path.startswith(("fonts/", "vendor/")):
        response.headers["Cache-Control"] = f"public, max-age={DAY_S}"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if path.endswith("sw.js"):
        response.headers["Service-Worker-Allowed"] = "/"
    response.make_conditional(request)
    return response


static_file.needs = "anyone"  # type: ignore[attr-defined]
