"""Identifiers that reach a URL or a client: unguessable, and checked when they come back."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping

from peerspace.kernel.errors import BadRequest


def new_public_id() -> str:
    """A fresh unguessable id: 96 random bits, 16 URL-safe characters."""
    return secrets.token_urlsafe(12)


def new_client_id() -> str:
    """A fresh id for one form or one send, made for the client: a UUID as text."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def client_id_of(earlier: str, words: Mapping[str, str]) -> str:
    """The id of what a form that made something as `earlier` (a UUID) says now: the same for the same `words`."""
    said = json.dumps(sorted(words.items()), ensure_ascii=True)
    return str(uuid.uuid5(uuid.UUID(earlier), said))


def check_client_id(value: object) -> str:
    """Return `value` as a canonical UUID string.

    Raises BadRequest("client_id_bad") for anything that is not a UUID: without one a send cannot be made once only.
    """
    if isinstance(value, str) and len(value) <= 64:
        try:
            return str(uuid.UUID(value))
        except ValueError as error:
            raise BadRequest("client_id_bad") from error
    raise BadRequest("client_id_bad")
