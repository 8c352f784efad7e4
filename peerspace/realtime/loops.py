"""What goes on in the background of a web process: its row, duty, control messages, pulses, lists of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from peerspace.kernel.errors import Unavailable
from peerspace.realtime.attendance import Attendance
from peerspace.realtime.broadcaster import Broadcaster
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.control_messages import ControlMessages
from peerspace.realtime.event_bridge import EventBridge
from peerspace.realtime.frames import is_worked_on

log = structlog.get_logger(__name__)
RENEW_S = 5.0
CONTROL_S = 0.3
DUTY_S = 2.0
"""How soon duty pauses or comes back after its time: one small query a turn."""
PULSE_S = 15.0
CROWD_S = 0.7
"""A room's list of people is told again at most this often, however many come and go."""


class Loops:
    """Five small loops in greenlets."""

    def __init__(
        self,
        server: Any,
        attendance: Attendance,
        control_messages: ControlMessages,
        bridge: EventBridge,
        broadcaster: Broadcaster,
        connections: ConnectionRegistry,
        close: Callable[[list[Connection]], None],
    ) -> None:
        self._server = server
        self._attendance = attendance
        self._control_messages = control_messages
        self._bridge = bridge
        self._broadcaster = broadcaster
        self._connections = connections
        self._close = close
        self._crowds: set[int] = set()
        self._strangers: set[str] = set()
        self.stopping = False

    def start(self) -> None:
        """Write this process's row, note where the control table stands, and let the loops run."""
        # Duty before the first request: the hosts may be gone since long.
        for begin in (self._attendance.open, self._attendance.attend_duty, self._control_messages.start):
            try:
                begin()
            except Unavailable as error:
                # The loops try again: a process that starts while the database is away serves once it is back.
                log.warning("begins_later", part=begin.__qualname__, reason=error.values.get("reason", ""))
        for every_s, turn in (
            (RENEW_S, self.renew),
            (CONTROL_S, self.read_control_messages),
            (DUTY_S, self.attend_duty),
            (PULSE_S, self.pulse),
            (CROWD_S, self.tell_crowds),
        ):
            self._server.start_background_task(self._run, every_s, turn)

    def stop(self) -> None:
        """No turn starts any more."""
        self.stopping = True

    def crowd_changed(self, room_id: int) -> None:
        """Somebody came or went: tell the room soon."""
        self._crowds.add(room_id)

    def renew(self) -> None:
        for room_id in self._attendance.renew():
            self.crowd_changed(room_id)

    def attend_duty(self) -> None:
        self._attendance.attend_duty()

    def read_control_messages(self) -> None:
        for happened in self._control_messages.new():
            self._bridge.from_elsewhere(happened)

    def pulse(self) -> None:
        self._connections.forget_rested()
        self._close(self._attendance.gone_connections())
        self._broadcaster.pulse(self._connections.rooms())
        self._close_strangers()

    def catch_up(self) -> None:
        """This process did not hear the others for a while: its rooms learn at once what they miss."""
        rooms = self._connections.rooms()
        try:
            self._broadcaster.pulse(rooms)
        except Unavailable as error:
            log.warning("catching_up_waits", reason=error.values.get("reason", ""))
        for room_id in rooms.values():
            self.crowd_changed(room_id)

    def tell_crowds(self) -> None:
        while self._crowds:
            self._broadcaster.room_people(self._crowds.pop())

    def _close_strangers(self) -> None:
        """Close sockets that nobody is signed in on by the second pulse, and those whose client takes nothing.

        The former have not said who they are, or were not let in. Whoever has, and waits for the answer, is none.
        """
        manager = self._server.manager
        strangers = {
            one
            for one, socket in list(self._server.eio.sockets.items())
            if self._connections.get(manager.sid_from_eio_sid(one, "/") or "") is None
            and not is_worked_on(socket)
        }
        behind = {one for one, socket in list(self._server.eio.sockets.items()) if socket.queue.overflowed}
        for eio_sid in strangers & self._strangers | behind:
            socket = self._server.eio.sockets.get(eio_sid)
            if socket is not None:
                socket.close(wait=False)
        self._strangers = strangers - self._strangers

    def _run(self, every_s: float, turn: Callable[[], None]) -> None:
        while True:
            self._server.sleep(every_s)
            if self.stopping:
                return
            try:
                turn()
            except Unavailable as error:
                log.warning(
                    "background_turn_waits", turn=turn.__name__, reason=error.values.get("reason", "")
                )
            except Exception:
                # A loop must outlive one bad turn: the others of this process's sockets depend on it.
                log.exception("background_turn_failed", turn=turn.__name__)
