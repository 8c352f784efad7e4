"""The sockets of this process: whose each is, by which session, in which rooms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from peerspace.kernel.wording import ENGLISH, Language
from peerspace.realtime.limits import Allowance


@dataclass(slots=True)
class Connection:
    """One connected socket. `language` is what its page is read in.

    `rooms` maps a room's address to its id. `outdated`: its page speaks another version. `written`: its row was.
    """

    sid: str
    account_id: int
    public_id: str
    session_id: int
    language: Language = ENGLISH
    outdated: bool = False
    rooms: dict[str, int] = field(default_factory=dict)
    written: bool = False


class ConnectionRegistry:
    """All of them, by socket and by person. Only touched without yielding in between."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_account: dict[int, dict[str, Connection]] = defaultdict(dict)
        self._allowances: dict[int, Allowance] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_sid.values()))

    def get(self, sid: str) -> Connection | None:
        return self._by_sid.get(sid)

    def add(self, connection: Connection) -> None:
        self._by_sid[connection.sid] = connection
        self._by_account[connection.account_id][connection.sid] = connection

    def remove(self, sid: str) -> Connection | None:
        """Take a connection away; returns it, or None when it was gone already."""
        connection = self._by_sid.pop(sid, None)
        if connection is not None:
            mine = self._by_account[connection.account_id]
            mine.pop(sid, None)
            if not mine:
                del self._by_account[connection.account_id]
        return connection

    def of_account(self, account_id: int, session_id: int | None = None) -> list[Connection]:
        """A person's connections, or only those of one session."""
        mine = self._by_account.get(account_id, {})
        return [
            connection
            for connection in mine.values()
            if session_id is None or connection.session_id == session_id
        ]

    def sids_in(self, room_id: int, account_ids: Iterable[int]) -> set[str]:
        """The sockets of some people in one room."""
        return {
            connection.sid
            for account_id in account_ids
            for connection in self.of_account(account_id)
            if room_id in connection.rooms.values()
        }

    def rooms(self) -> dict[str, int]:
        """Every room in which this process has a socket: {address: id}."""
        return {
            slug: room_id
            for connection in self._by_sid.values()
            for slug, room_id in connection.rooms.items()
        }

    def allowance(self, account_id: int) -> Allowance:
        """What a person may still do at the moment, over all their sockets here. Coming anew does not fill it."""
        if account_id not in self._allowances:
            self._allowances[account_id] = Allowance()
        return self._allowances[account_id]

    def forget_rested(self) -> None:
        """Let go of what is kept about people who are gone and could do everything again by now."""
        for account_id, allowance in list(self._allowances.items()):
            if account_id not in self._by_account and allowance.rested:
                del self._allowances[account_id]
