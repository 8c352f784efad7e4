"""Where a try to sign in comes from: a device that this account signed in on before, else a hashed address.

The mark of a device is a cookie of a random key and a seal over that key and the name. It holds no name, and it is
worth nothing but a count of wrong tries of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import request
from werkzeug.wrappers import Response

from peerspace.accounts.names import fold
from peerspace.accounts.signing import SignInOrigin
from peerspace.web.glue import keep_on_device
from peerspace.web.limits import hashed_address
from peerspace.web.running import running


def sign_in_origin(name: str) -> SignInOrigin:
    """Where this request's try to sign in as `name` comes from."""
    key, _, seal = request.cookies.get(_cookie(), "").partition(".")
    if key and hmac.compare_digest(seal.encode(), _seal(key, name).encode()):
        return SignInOrigin(key, known=True)
    return SignInOrigin(hashed_address(_secret("address")))


def know_this_device(answer: Response, name: str) -> Response:
    """Mark this device as one that the account called `name` signed in on."""
    origin = sign_in_origin(name)
    key = origin.key if origin.known else secrets.token_urlsafe(16)
    keep_on_device(answer, _cookie(), f"{key}.{_seal(key, name)}")
    return answer


def _cookie() -> str:
    return "__Host-device" if running().config.secure_cookies else "device"


def _seal(key: str, name: str) -> str:
    return hmac.new(_secret("device"), f"{key}:{fold(name)}".encode(), hashlib.sha256).hexdigest()


def _secret(purpose: str) -> bytes:
    return hmac.new(running().config.secret_key.encode(), purpose.encode(), hashlib.sha256).digest()
