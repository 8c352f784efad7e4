"""Whether a unit of work that writes is open here.

Everybody who writes waits for the one who has the database's turn, so nothing that burns CPU or waits belongs in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_writing: ContextVar[bool] = ContextVar("writing", default=False)


@contextmanager
def write_turn() -> Iterator[None]:
    """Marks what happens while a write unit is open, in this greenlet or thread."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


def refuse_in_write_turn(what: str) -> None:
    """Raise RuntimeError where a write unit is open: `what` belongs before it. Only a defect in the code gets here."""
    if _writing.get():
        raise RuntimeError(f"{what} before the write unit opens: everybody else who writes waits for it")
