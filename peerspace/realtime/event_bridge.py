"""What sockets do when something was committed: here (after the commit) or elsewhere (over the control table)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import structlog

from peerspace.accounts.events import AccountStatusChanged, Blocked, RoleChanged, SessionsEnded, Unblocked
from peerspace.accounts.status import AccountStatus
from peerspace.duty.events import DutyChanged
from peerspace.kernel.events import DomainEvent, Listeners
from peerspace.moderation.events import ItemChanged
from peerspace.notifications.events import NoticeMade
from peerspace.realtime.broadcaster import Broadcaster
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.streams.events import (
    ContributionChanged,
    ContributionPublished,
    ContributionReacted,
    StreamStateChanged,
)

log = structlog.get_logger(__name__)


class DeskMembership(Protocol):
    def __call__(self, account_id: int, *, supervisor: bool) -> None: ...


def _nobody(_room_id: int) -> None:
    """Stands in until the loops that tell changed rooms are there."""


class EventBridge:
    """Maps events to what is told or closed. `outside`: those of some accounts that may be in no room;
    `live`: the kinds of streams that sockets are told of."""

    def __init__(
        self,
        broadcaster: Broadcaster,
        connections: ConnectionRegistry,
        close: Callable[[list[Connection]], None],
        join_or_leave_desk: DeskMembership,
        outside: Callable[[Iterable[int]], set[int]],
        live: Collection[str],
    ) -> None:
        self._broadcaster = broadcaster
        self._connections = connections
        self._close = close
        self._join_or_leave_desk = join_or_leave_desk
        self._outside = outside
        self._live = live
        self.crowd_changed: Callable[[int], None] = _nobody
        self._acts: dict[type[DomainEvent], Callable[..., None]] = {
            SessionsEnded: self._sessions_ended,
            AccountStatusChanged: self._status_changed,
            RoleChanged: self._role_changed,
            ContributionPublished: self._published,
            ContributionChanged: self._changed,
            ContributionReacted: self._reacted,
            StreamStateChanged: self._room_state,
            DutyChanged: self._duty,
            NoticeMade: self._notice,
            ItemChanged: self._item,
            Blocked: self._block,
            Unblocked: self._block,
        }

    @property
    def heard(self) -> tuple[type[DomainEvent], ...]:
        """The kinds of events that sockets are told of."""
        return tuple(self._acts)

    def listen(self, listeners: Listeners) -> None:
        """Hear everything that is committed in this process."""
        for kind in self._acts:
            listeners.after_commit(kind, self._here)

    def from_elsewhere(self, happened: DomainEvent) -> None:
        """Something another process committed: act on this process's own sockets only."""
        try:
            self._acts[type(happened)](happened, only_here=True)
        except Exception:
            # One event that cannot be told must not keep the following ones from being heard.
            log.exception("control_event_failed", happened=type(happened).__name__)

    def _here(self, happened: DomainEvent) -> None:
        self._acts[type(happened)](happened, only_here=False)

    def _sessions_ended(self, happened: SessionsEnded, *, only_here: bool) -> None:
        self._close(self._connections.of_account(happened.account_id, happened.session_id))

    def _status_changed(self, happened: AccountStatusChanged, *, only_here: bool) -> None:
        if happened.status != AccountStatus.ACTIVE:
            self._close(self._connections.of_account(happened.account_id))

    def _role_changed(self, happened: RoleChanged, *, only_here: bool) -> None:
        if happened.role == "supervisor":
            self._join_or_leave_desk(happened.account_id, supervisor=happened.granted)
        connections = self._connections.of_account(happened.account_id)
        if connections and not happened.granted and self._outside([happened.account_id]):
            # All of them, in a room or not: one may be about to enter.
            self._close(connections)

    def _published(self, happened: ContributionPublished, *, only_here: bool) -> None:
        if happened.kind not in self._live:
            return
        self._broadcaster.message(
            "message:new", happened.stream_id, happened.contribution_id, only_here=only_here
        )
        if not self._broadcaster.is_named(happened.stream_id, happened.author_id):
            self.crowd_changed(happened.stream_id)

    def _changed(self, happened: ContributionChanged, *, only_here: bool) -> None:
        if happened.kind in self._live:
            self._broadcaster.message(
                "message:changed", happened.stream_id, happened.contribution_id, only_here=only_here
            )

    def _reacted(self, happened: ContributionReacted, *, only_here: bool) -> None:
        if happened.kind in self._live:
            self._broadcaster.reactions(
                happened.stream_id, happened.contribution_id, happened.account_id, only_here=only_here
            )

    def _room_state(self, happened: StreamStateChanged, *, only_here: bool) -> None:
        if happened.kind in self._live:
            self._broadcaster.room_state(happened.stream_id, only_here=only_here)

    def _duty(self, happened: DutyChanged, *, only_here: bool) -> None:
        if happened.stream_id is not None:
            self._broadcaster.room_state(happened.stream_id, only_here=only_here)
            self._broadcaster.room_people(happened.stream_id, only_here=only_here)

    def _notice(self, happened: NoticeMade, *, only_here: bool) -> None:
        self._broadcaster.inbox(happened.account_id, happened.notice_id, only_here=only_here)

    def _item(self, happened: ItemChanged, *, only_here: bool) -> None:
        self._broadcaster.desk(happened.item_id, happened.state, only_here=only_here)

    def _block(self, happened: Blocked | Unblocked, *, only_here: bool) -> None:
        for account_id in (happened.blocker_id, happened.blocked_id):
            for connection in self._connections.of_account(account_id):
                for room_id in connection.rooms.values():
                    self.crowd_changed(room_id)
