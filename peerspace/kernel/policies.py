"""Questions that one feature asks and another answers, where neither may import the other.

`peerspace.wiring` tells who answers. The forum asks `desk_is_kept`: is a human at the desk now? The rooms know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peerspace.kernel.uow import UnitOfWork

Policy = Callable[["UnitOfWork"], bool]

DESK_IS_KEPT = "desk_is_kept"
"""Is somebody on duty at the desk?"""

_ANSWERS: dict[str, Policy] = {}


def answer(question: str, policy: Policy) -> None:
    """Let `policy` answer `question` from now on."""
    _ANSWERS[question] = policy


def ask(uow: UnitOfWork, question: str) -> bool:
    """The answer to `question` as things stand in `uow`. Raises KeyError when nobody was wired to answer it."""
    return _ANSWERS[question](uow)
