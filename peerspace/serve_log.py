"""What gunicorn may log: that something went wrong and what kind of thing, never who asked or for what.

gunicorn's own lines hold addresses, and paths that may be secrets (a one-time link) or lead to a person.
"""

from __future__ import annotations

import sys
from typing import Any

import gevent
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

REFUSED = "Invalid request from ip="
"""How gunicorn begins the line about a request that is no HTTP; after it stand the address and what was sent."""
FAILED = "Error handling request"
"""How gunicorn begins the line about an error of its own; after it stands the path."""


class NamelessLog(Logger):  # type: ignore[misc]
    """gunicorn's log without addresses, paths and headers, and without a line for every request."""

    @property
    def access_log_enabled(self) -> bool:
        """Never, whatever was asked for: a line a request holds an address and a path."""
        return False

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith(REFUSED):
            error = sys.exc_info()[0]
            msg, args = (
                "Refused a request that is not valid HTTP (%s)",
                (error.__name__ if error else "unknown",),
            )
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith(FAILED):
            msg, args = "Error handling a request", ()
        super().exception(msg, *args, **kwargs)


def keep_addresses_out_of_gevent() -> None:
    """gevent shows what a failed greenlet was called with: of a connection that is the address."""
    gevent.config.format_context = f"{__name__}.{kind_of.__name__}"


def kind_of(context: object) -> str:
    """What gevent may say of a failed greenlet: only what kind of thing it was."""
    return type(context).__name__
