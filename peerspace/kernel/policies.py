"""Questions that one feature asks and another answers, where neither may import the other.

`peerspace.wiring` tells who answers. The forum asks `desk_is_kept`: is a human at the desk now? The rooms know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Policy = Callable[..., Any]
"""Takes the unit of work, and what the question is about."""

DESK_IS_KEPT = "desk_is_kept"
"""Is somebody on duty at the desk? True or False."""
LAST_CHOICE = "last_choice"
"""When one of these accounts (ids) last chose about research: an aware time, or None."""
LAST_COUNTED = "last_counted"
"""Of what moment the last row is that research holds about one of these accounts (ids): an aware time, or None."""

_ANSWERS: dict[str, Policy] = {}


def answer(question: str, policy: Policy) -> None:
    """Let `policy` answer `question` from now on."""
    _ANSWERS[question] = policy


def ask(uow: object, question: str, *about: object) -> Any:
    """The answer to `question` as things stand in `uow`. Raises KeyError when nobody was wired to answer it."""
    return _ANSWERS[question](uow, *about)
