"""The signed cookie, readable also after the machine's clock was set back.

itsdangerous takes a signature from the future for an expired one, so a clock that is set back would sign out everybody
whose cookie is younger than that. Whether a session stands is decided by its row; the cookie only carries its secret.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

SKEW = timedelta(days=1)
"""How far in the future a cookie may have been signed."""


class _PatientSigner(TimestampSigner):
    """A signer whose clock may have been set back by up to SKEW since the signature."""

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """As TimestampSigner does it. Raises SignatureExpired, BadTimeSignature."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - int(signed_at.timestamp())
        if (max_age is not None and age > max_age) or age < -SKEW.total_seconds():
            raise SignatureExpired("signature out of its time", payload=value, date_signed=signed_at)
        return (value, signed_at) if return_timestamp else value


class PatientSessions(SecureCookieSessionInterface):
    """Flask's session cookie, signed the same way."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        made = super().get_signing_serializer(app)
        if made is not None:
            made.signer = _PatientSigner
        return made
