"""Rate limits on forms: per person, else per hashed address. In memory, or in Redis when that is configured."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

from peerspace.config import Config
from peerspace.redis_link import options
from peerspace.web.sessions import viewer

ANY_FORM = "60 per minute"
"""The limit of a form that asks for no other: more than hands can do."""


def hashed_address(salt: bytes) -> str:
    """The asking address as a keyed hash: equal for equal addresses, readable for nobody."""
    return hmac.new(salt, (request.remote_addr or "").encode(), hashlib.sha256).hexdigest()[:24]


def register_limits(app: Flask, config: Config) -> None:
    """Put the limit of every form into force: its own (`glue.limited`), or ANY_FORM. Call it after the blueprints."""
    salt = config.secret_key.encode() if config.redis_url else secrets.token_bytes(32)

    def key() -> str:
        """Whom a limit counts: the person, else a keyed hash of the address, never the address.

        Not the session: whoever signs in again would begin anew.
        """
        reader = viewer()
        if reader is not None:
            return f"p:{reader.id}"
        return "a:" + hashed_address(salt)

    limiter = Limiter(
        key,
        app=app,
        enabled=config.rate_limits,
        storage_uri=config.redis_url or "memory://",
        storage_options=options() if config.redis_url else {},
        strategy="moving-window",
        in_memory_fallback_enabled=config.redis_url is not None,
        headers_enabled=False,
    )
    app.extensions["peerspace_limiter"] = limiter  # its wrappers hold it weakly
    for endpoint, view in app.view_functions.items():
        limited: Any = limiter.limit(getattr(view, "post_limit", ANY_FORM), methods=["POST"])(view)
        app.view_functions[endpoint] = limited
