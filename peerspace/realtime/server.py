"""Live chat as one part: the Socket.IO server, its gate, its handlers, what it tells, and its background loops."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import socketio as sio
import structlog
from flask import Flask
from flask_socketio import SocketIO
from gevent import monkey
from werkzeug import Request

from peerspace.accounts.sessions import SignedIn
from peerspace.config import Config
from peerspace.control import ACCESS, tell_web_processes
from peerspace.kernel import wording
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest, Conflict, NotAllowed, NotSignedIn, PeerSpaceError, TooMany
from peerspace.kernel.uow import Database
from peerspace.languages import offered, wanted
from peerspace.realtime.attendance import Attendance
from peerspace.realtime.broadcaster import DESK, Broadcaster, account_group, room_group
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.control_messages import ControlMessages
from peerspace.realtime.engine import EngineGuard
from peerspace.realtime.event_bridge import EventBridge
from peerspace.realtime.frames import MAX_FRAME, OutgoingQueue, RoomWebSocket
from peerspace.realtime.gate import VERSION, Gate, speaks
from peerspace.realtime.handlers import EVENTS, Event, Groups, Place
from peerspace.realtime.limits import MAX_SOCKETS, ROUND_S, FrameMeter
from peerspace.realtime.loops import Loops
from peerspace.realtime.packets import MALFORMED, StrictPacket, quiet_logger
from peerspace.realtime.send_turns import SendTurns
from peerspace.realtime.wire import Json
from peerspace.sentences import say, sentence
from peerspace.streams.kinds import StreamKind

log = structlog.get_logger(__name__)
PING_EVERY_S = PONG_WITHIN_S = 20
"""A page that is not heard of for both together connects anew, and so does the server close what does not answer."""


class Realtime:
    """One process's live chat. Build it once an app; `start` and `stop` belong to whoever serves.

    `secret_key`: where the web keeps a browser's secret in its cookie. `seen(session)`: called now and then while a
    session is in use.
    """

    def __init__(
        self,
        app: Flask,
        config: Config,
        database: Database,
        *,
        secret_key: str,
        seen: Callable[[SignedIn], None],
    ) -> None:
        self._limited = config.rate_limits
        self._languages = offered(production=config.production)
        self.connections = ConnectionRegistry()
        self.server = _socketio(app, config)
        self.attendance = Attendance(database, self.connections)
        self._gate = Gate(app, database, secret_key, seen)
        self.broadcaster = Broadcaster(database, self.server, self.connections)
        self.bridge = EventBridge(
            self.broadcaster,
            self.connections,
            self.close_connections,
            self.join_or_leave_desk,
            self.attendance.outside,
            {kind.name for kind in database.catalogue.every(StreamKind) if kind.is_live},
        )
        self.loops = Loops(
            self.server,
            self.attendance,
            ControlMessages(database, self.attendance.id),
            self.bridge,
            self.broadcaster,
            self.connections,
            self.close_connections,
        )
        self._place = Place(
            database=database,
            broadcaster=self.broadcaster,
            groups=Groups(self.server),
            crowd_changed=self.loops.crowd_changed,
            may_type=lambda account_id, room_id: self.connections.allowance(account_id).may_type(room_id),
            sending=SendTurns(),
        )
        self.bridge.crowd_changed = self.loops.crowd_changed
        if config.redis_url:
            self.server.manager.heard_again = self.loops.catch_up
        self.bridge.listen(database.listeners)
        tell_web_processes(database.listeners, lambda: self.attendance.id, ACCESS)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("*", self.dispatch)

    def start(self) -> None:
        """Write this process's row and start the background loops."""
        self.loops.start()

    def stop(self) -> None:
        """Close every socket so that its client comes back elsewhere, and take this process's rows out."""
        self.loops.stop()
        self.server.sleep(0)
        for eio_sid in list(self.server.eio.sockets):
            socket = self.server.eio.sockets.get(eio_sid)
            if socket is not None:
                socket.close(wait=False)
        self.attendance.close()

    # --- A socket's life -----------------------------------------------------------------------------------------

    def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        csrf, speaks_this = speaks(auth)
        connection = None
        request = Request(environ)
        language = wanted(self._languages, request.cookies.get("language"), request.accept_languages)
        wording.speak(language)  # a connection has a context of its own; a refusal is said in it
        try:
            person = self._gate.let_in(environ, csrf)
            if len(self.connections.of_account(person.account_id)) >= MAX_SOCKETS:
                raise TooMany("too_many_sockets", retry_after=60)
            connection = Connection(
                sid, person.account_id, person.public_id, person.session_id, language, not speaks_this
            )
            self.connections.add(connection)
            self.attendance.add(connection)
            # The session may have ended between the look and the row: whoever ended it did not see this socket.
            actor = self._gate.still(connection.session_id, connection.account_id)
            self.server.enter_room(sid, account_group(connection.account_id))
            if Role.SUPERVISOR in actor.roles:
                self.server.enter_room(sid, DESK)
        except Exception as error:
            # Whatever it was: a socket that gets no answer would wait for ever, and its entry here would stay.
            if connection is not None:
                self.connections.remove(sid)
                self._out_of_the_rows(connection)
            raise refusal(error) from error
        if connection.outdated:
            # After the answer to the connection, or the client would not listen yet.
            self.server.start_background_task(
                self.server.emit, "upgrade", {"v": VERSION}, to=sid, ignore_queue=True
            )

    def _disconnect(self, sid: str, _reason: object = None) -> None:
        connection = self.connections.remove(sid)
        if connection is None or self.loops.stopping:
            return
        for room_id in connection.rooms.values():
            self.server.leave_room(sid, room_group(room_id))
        for room_id in self._out_of_the_rows(connection):
            self.loops.crowd_changed(room_id)

    def _out_of_the_rows(self, connection: Connection) -> list[int]:
        """Take a socket's rows out. Returns the rooms that it was in, none when the database is away.

        Rows that stay go when this process next sweeps, or when another does.
        """
        try:
            return self.attendance.remove(connection)
        except PeerSpaceError as error:
            log.warning("socket_not_removed", reason=error.key)
        except Exception:
            log.exception("socket_not_removed")
        return []

    def close_connections(self, connections: list[Connection]) -> None:
        """Disconnect sockets of this process, after what is still on its way to them."""
        for connection in connections:
            self.server.start_background_task(self._close, connection.sid)

    def _close(self, sid: str) -> None:
        eio_sid = self.server.manager.eio_sid_from_sid(sid, "/")
        self.server.disconnect(sid, ignore_queue=True)
        socket = self.server.eio.sockets.get(eio_sid) if eio_sid else None
        if socket is not None:
            socket.close(wait=False)

    def join_or_leave_desk(self, account_id: int, *, supervisor: bool) -> None:
        """A person became or ceased to be a supervisor: their sockets hear the desk, or no longer."""
        for connection in self.connections.of_account(account_id):
            if supervisor:
                self.server.enter_room(connection.sid, DESK)
            else:
                self.server.leave_room(connection.sid, DESK)

    # --- Requests --------------------------------------------------------------------------------------------------

    def dispatch(self, event: str, sid: str, *sent: object) -> Json:
        """Answer one event, whatever it is. Nothing a client sends makes this raise."""
        self.server.sleep(0)  # a polling request carries many events: everybody else has a turn before each
        connection = self.connections.get(sid)
        with wording.speaking(connection.language if connection else wording.ENGLISH):
            return self._dispatched(event, connection, sent)

    def _dispatched(self, event: str, connection: Connection | None, sent: tuple[object, ...]) -> Json:
        try:
            if connection is None:
                raise NotSignedIn("signed_out_here")
            return {"ok": True, **self._answer(connection, event, sent)}
        except (NotSignedIn, NotAllowed) as error:
            if error.key in ("signed_out_here", "not_admitted_here") and connection is not None:
                self.close_connections([connection])
            return failure(error)
        except PeerSpaceError as error:
            return failure(error)
        except Exception:
            # Said in the log in full and to the sender in general; the socket stays, what was sent can be sent again.
            log.exception("event_failed", event_name=event if event in EVENTS else MALFORMED)
            return unexpected()

    def _answer(self, connection: Connection, event: str, sent: tuple[object, ...]) -> Json:
        allowance = self.connections.allowance(connection.account_id)
        known = EVENTS.get(event)
        if self._limited:
            allowance.spend(writes=known is not None and known.writes, weight=known.weight if known else 1)
        with allowance.turn() as others_wait:
            try:
                return self._worked_on(connection, event, known, sent)
            finally:
                if others_wait():  # or all events of one person would go first, one after another
                    self.server.sleep(ROUND_S)

    def _worked_on(
        self, connection: Connection, event: str, known: Event[Any] | None, sent: tuple[object, ...]
    ) -> Json:
        actor = self._gate.still(connection.session_id, connection.account_id)
        if connection.outdated:
            raise Conflict("page_outdated")
        if event == MALFORMED:
            raise BadRequest("event_malformed")
        if known is None:
            raise BadRequest("event_unknown")
        asked = sent[0] if len(sent) == 1 else None
        if not isinstance(asked, dict):
            raise BadRequest("event_malformed")
        return known.handle(self._place, connection, actor, asked)


def failure(error: PeerSpaceError) -> Json:
    """The answer for an error that was raised on purpose."""
    told: Json = {"code": error.code, "message": say(error)}
    fields = getattr(error, "fields", {})
    if fields:
        told["message"] = sentence(next(iter(fields.values())), **error.values)
        told["fields"] = sorted(fields)
    if "retry_after" in error.values:
        told["retry_after"] = error.values["retry_after"]
    return {"ok": False, "error": told, **error.beside}


def unexpected() -> Json:
    """The answer for everything else."""
    return {"ok": False, "error": {"code": "server_error", "message": sentence("server_error")}}


def refusal(error: Exception) -> sio.exceptions.ConnectionRefusedError:
    """How a connection is refused because of `error`."""
    if isinstance(error, PeerSpaceError):
        return sio.exceptions.ConnectionRefusedError(error.code, failure(error))
    log.error("connection_failed", exc_info=error)
    return sio.exceptions.ConnectionRefusedError("server_error", unexpected())


def _socketio(app: Flask, config: Config) -> Any:
    """Flask-SocketIO's server: order kept, small frames, same origin only, Redis where it is configured."""
    options: dict[str, Any] = {
        "async_mode": "gevent" if monkey.is_module_patched("socket") else "threading",
        "async_handlers": False,
        "manage_session": False,
        "max_http_buffer_size": MAX_FRAME,
        "serializer": StrictPacket,
        "transports": ["websocket", "polling"],
        "ping_interval": PING_EVERY_S,
        "ping_timeout": PONG_WITHIN_S,
        "logger": False,
        "engineio_logger": quiet_logger(),
    }
    if config.redis_url:
        channel = "peerspace:" + hashlib.sha256(f"sockets:{config.secret_key}".encode()).hexdigest()[:24]
        from peerspace.realtime.others import OtherProcesses  # late: redis only where it is configured

        options["client_manager"] = OtherProcesses(config.redis_url, channel)
    server: Any = vars(SocketIO(app, **options))["server"]
    if server.async_mode == "gevent":
        # engineio has no public way to choose how frames are read and written. Its table is one for all servers of
        # a driver: a copy is changed.
        new_meter = FrameMeter if config.rate_limits else _not_metered
        parts = {"websocket": partial(RoomWebSocket, new_meter=new_meter), "queue": OutgoingQueue}
        server.eio._async = {**server.eio._async, **parts}  # noqa: SLF001
    server.eio.handle_request = EngineGuard(
        server.eio, trusted_proxies=config.trusted_proxies, limited=config.rate_limits
    )
    return server


def _not_metered() -> None:
    """Counts no frames: where rate limits are off, tests and benches send as fast as they can."""
