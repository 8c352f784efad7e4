"""The errors a service may raise. Each adapter maps and translates them in one place.

An error has a `code` (the realtime protocol's codes, also used in JSON answers), a `key` naming the sentence to show,
and `values` for that sentence. Values are ids, numbers and names of settings, never what somebody wrote.
"""

from __future__ import annotations

from typing import Any, ClassVar


class PeerSpaceError(Exception):
    """Base of everything the domain raises on purpose."""

    code: ClassVar[str] = "server_error"
    status: ClassVar[int] = 500

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
        self.beside: dict[str, Any] = {}
        """What an adapter tells beside the error, where it has something to tell."""

    def __str__(self) -> str:
        return f"{self.key} {self.values}" if self.values else self.key


class BadRequest(PeerSpaceError):
    """What was sent cannot be understood or used: empty, malformed, out of range."""

    code = "bad_request"
    status = 400


class Invalid(BadRequest):
    """A form's fields do not pass. `fields` maps a field's name to the key of its sentence."""

    def __init__(
        self, key: str = "check_fields", *, fields: dict[str, str] | None = None, **values: Any
    ) -> None:
        super().__init__(key, **values)
        self.fields: dict[str, str] = fields or {}


class TooLong(Invalid):
    """A text is over its limit. Values: `limit` and `length` in characters."""

    code = "too_long"
    status = 400


class NotSignedIn(PeerSpaceError):
    """The act needs a signed-in person."""

    code = "not_signed_in"
    status = 401


class NotAllowed(PeerSpaceError):
    """The person is known and may not do this."""

    code = "not_allowed"
    status = 403


class NotFound(PeerSpaceError):
    """No such thing, or none that this person may know of: the two look the same on purpose."""

    code = "not_found"
    status = 404


class Conflict(PeerSpaceError):
    """Somebody else changed it first, or the name is taken."""

    code = "conflict"
    status = 409


class RoomClosed(PeerSpaceError):
    """Nobody is on duty, or the room is closed: it can be read, not written to (invariant 2)."""

    code = "room_closed"
    status = 409


class SlowMode(PeerSpaceError):
    """The room asks for a pause between messages. Value: `retry_after` seconds."""

    code = "slow_mode"
    status = 429


class TooMany(PeerSpaceError):
    """A rate limit. Value: `retry_after` seconds."""

    code = "too_many"
    status = 429


class Refused(PeerSpaceError):
    """The work cannot be done as asked, for a reason that can be told (a release that would expose somebody)."""

    code = "conflict"
    status = 409


class Unavailable(PeerSpaceError):
    """A part the platform stands on is away: database, Redis, disk. Nothing was kept; the caller may try again."""

    code = "server_error"
    status = 503


class BadSetting(PeerSpaceError):
    """A setting is missing or wrong. Values: `name`, `problem`. Raised at start only."""

    code = "server_error"
    status = 500

    def __str__(self) -> str:
        return f"{self.values.get('name')}: {self.values.get('problem')}"
