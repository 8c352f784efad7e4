"""Who a socket belongs to: decided when it connects, checked again on every event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import BadRequest as HttpBadRequest
from wtforms import ValidationError

from peerspace.accounts.sessions import SignedIn, signed_in_as, signed_in_by
from peerspace.kernel.actor import Actor, Origin, guest
from peerspace.kernel.errors import NotAllowed, NotSignedIn
from peerspace.kernel.uow import Database

VERSION = 1
MAX_TOKEN = 512


class Gate:
    """Lets people in and asks again who they are.

    `secret_key` is the key under which the web keeps a browser's secret in its signed cookie; `seen` is told when a
    session should be marked as used.
    """

    def __init__(
        self, app: Flask, database: Database, secret_key: str, seen: Callable[[SignedIn], None]
    ) -> None:
        self._app = app
        self._database = database
        self._secret_key = secret_key
        self._seen = seen

    def let_in(self, environ: dict[str, Any], csrf: object) -> SignedIn:
        """The person whose cookie and CSRF token came with the connection.

        Raises NotSignedIn without a session, NotAllowed for a wrong token or an account that is not active.
        """
        secret = self._secret_of(environ, csrf)
        with self._database.read(guest(Origin.SOCKET)) as uow:
            person = signed_in_by(uow, secret)
        return self._active(person)

    def still(self, session_id: int, account_id: int) -> Actor:
        """The actor of a connection as things stand this very moment.

        Raises NotSignedIn when the session has ended, NotAllowed when the account is no longer active.
        """
        with self._database.read(guest(Origin.SOCKET)) as uow:
            person = signed_in_as(uow, session_id)
        if person is not None and person.account_id != account_id:
            person = None
        return self._active(person).actor(Origin.SOCKET)

    def _active(self, person: SignedIn | None) -> SignedIn:
        if person is None:
            raise NotSignedIn("signed_out_here")
        if not person.is_active:
            raise NotAllowed("not_admitted_here")
        if person.needs_touch:
            self._seen(person)
        return person

    def _secret_of(self, environ: dict[str, Any], csrf: object) -> str:
        token = csrf if isinstance(csrf, str) and len(csrf) <= MAX_TOKEN else ""
        try:
            with self._app.request_context(environ):
                secret = session.get(self._secret_key)
                if not isinstance(secret, str):
                    raise NotSignedIn("sign_in_needed")
                validate_csrf(token)
        except ValidationError as error:
            raise NotAllowed("socket_csrf_refused") from error
        except HttpBadRequest as error:  # a host that is not trusted
            raise NotAllowed("not_allowed") from error
        return secret


def speaks(auth: object) -> tuple[object, bool]:
    """(CSRF token, whether the client speaks this version) of what came with the connection."""
    if not isinstance(auth, dict):
        return None, False
    return auth.get("csrf"), auth.get("v") is not True and auth.get("v") == VERSION
