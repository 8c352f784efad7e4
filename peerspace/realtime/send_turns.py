"""Messages on their way into a room wait for their turn before they take a connection to the database.

All of them take the room's row in the end. Without this, a room in which many write at once keeps every connection
waiting for that row, and whoever wants to close it, or to read another page, stands behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from peerspace.kernel.db import BUSY_WAIT_S
from peerspace.kernel.turns import Turns

AT_ONCE = 2
"""One holds the room's row while the next one is read and checked."""
WAITING = 200


class SendTurns:
    """The turns of every room in which somebody writes just now."""

    def __init__(self) -> None:
        self._rooms: dict[str, Turns] = {}

    @contextmanager
    def turn(self, room: object) -> Iterator[None]:
        """This sender's turn in a room, by its address. Raises TooMany, Unavailable."""
        slug = room if isinstance(room, str) else ""
        turns = self._rooms.setdefault(slug, Turns(AT_ONCE, WAITING))
        try:
            with turns.turn(BUSY_WAIT_S):
                yield
        finally:
            if turns.idle and self._rooms.get(slug) is turns:
                del self._rooms[slug]

    def __len__(self) -> int:
        return len(self._rooms)
