"""What goes on in the background of a web process: its row, duty, tidings, pulses, lists of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from peerspace.kernel.errors import Unavailable
from peerspace.realtime.attendance import Attendance
from peerspace.realtime.frames import is_worked_on
from peerspace.realtime.hearing import Hearing
from peerspace.realtime.seats import Seat, Seats
from peerspace.realtime.telling import Teller
from peerspace.realtime.tidings import Tidings

log = structlog.get_logger(__name__)
RENEW_S = 5.0
TIDINGS_S = 0.3
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
        tidings: Tidings,
        hearing: Hearing,
        teller: Teller,
        seats: Seats,
        close: Callable[[list[Seat]], None],
    ) -> None:
        self._server = server
        self._attendance = attendance
        self._tidings = tidings
        self._hearing = hearing
        self._teller = teller
        self._seats = seats
        self._close = close
        self._crowds: set[int] = set()
        self._unseated: set[str] = set()
        self.stopping = False

    def start(self) -> None:
        """Write this process's row, note where the control table stands, and let the loops run."""
        # Duty before the first request: the hosts may be gone since long.
        for begin in (self._attendance.open, self._attendance.attend_duty, self._tidings.start):
            try:
                begin()
            except Unavailable as error:
                # The loops try again: a process that starts while the database is away serves once it is back.
                log.warning("begins_later", part=begin.__qualname__, reason=error.values.get("reason", ""))
        for every_s, turn in (
            (RENEW_S, self.renew),
            (TIDINGS_S, self.hear),
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

    def hear(self) -> None:
        for happened in self._tidings.new():
            self._hearing.from_elsewhere(happened)

    def pulse(self) -> None:
        self._seats.forget_rested()
        self._close(self._attendance.gone_seats())
        self._teller.pulse(self._seats.rooms())
        self._close_strangers()

    def catch_up(self) -> None:
        """This process did not hear the others for a while: its rooms learn at once what they miss."""
        rooms = self._seats.rooms()
        try:
            self._teller.pulse(rooms)
        except Unavailable as error:
            log.warning("catching_up_waits", reason=error.values.get("reason", ""))
        for room_id in rooms.values():
            self.crowd_changed(room_id)

    def tell_crowds(self) -> None:
        while self._crowds:
            self._teller.room_people(self._crowds.pop())

    def _close_strangers(self) -> None:
        """Close connections without a seat by the second pulse, and those whose client does not take what is for it.

        The former have not said who they are, or were not let in. Whoever has, and waits for the answer, is none.
        """
        manager = self._server.manager
        unseated = {
            one
            for one, socket in list(self._server.eio.sockets.items())
            if self._seats.get(manager.sid_from_eio_sid(one, "/") or "") is None and not is_worked_on(socket)
        }
        behind = {one for one, socket in list(self._server.eio.sockets.items()) if socket.queue.overflowed}
        for eio_sid in unseated & self._unseated | behind:
            socket = self._server.eio.sockets.get(eio_sid)
            if socket is not None:
                socket.close(wait=False)
        self._unseated = unseated - self._unseated

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
