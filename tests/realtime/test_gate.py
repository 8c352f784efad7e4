"""Who may be connected: with a session and its token, while both and the account stand. What harms only its sender."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
import requests
import websocket
from socketio.exceptions import ConnectionError as Refused
from sqlalchemy import select, text, update

from peerspace.accounts import account_status
from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.accounts.passphrases import Passphrases
from peerspace.accounts.roles import end_role
from peerspace.accounts.sessions import (
    ABSOLUTE,
    IDLE,
    STAFF_IDLE,
    end_all_sessions,
    end_session,
    open_session,
)
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.models import ConnectedSocket
from peerspace.kernel.uow import Database
from peerspace.realtime.attendance import Attendance
from peerspace.realtime.connections import Connection, ConnectionRegistry
from peerspace.realtime.limits import MAX_SOCKETS
from peerspace.realtime.loops import Loops
from tests.people import People
from tests.realtime.conftest import Scene
from tests.realtime.server import Person, Socket, wait_until

COMMAND = installation(Origin.COMMAND)


def _refused(connect: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        connect()
    return str(caught.value)


def test_only_a_session_with_its_token_gets_in(scene: Scene) -> None:
    person, other = scene.person(), scene.person()
    url = scene.server.base_url
    good = {"csrf": person.csrf, "v": 1}
    assert "not_signed_in" in _refused(lambda: Socket(url, {}, good))
    assert "not_signed_in" in _refused(lambda: Socket(url, {"Cookie": "peerspace=nonsense"}, good))
    for csrf in (None, "", "wrong", 5, ["x"], other.csrf, "x" * 5000):
        auth = {"csrf": csrf, "v": 1}
        assert "not_allowed" in _refused(lambda auth=auth: Socket(url, person.headers, auth))
    for auth in ("text", 5, [1]):
        assert "not_allowed" in _refused(lambda auth=auth: Socket(url, person.headers, auth))
    assert scene.connect(person).call("room:pulse", {"room": scene.slug})["ok"]


def test_another_site_cannot_connect(scene: Scene) -> None:
    person = scene.person()
    with pytest.raises(websocket.WebSocketBadStatusException):
        _raw(scene, person, origin="https://elsewhere.example")
    _raw(scene, person, origin=scene.server.base_url).close()


@pytest.mark.parametrize("status", ["waiting", "suspended", "ended"])
def test_only_active_accounts_get_in(scene: Scene, status: str) -> None:
    person = scene.person(status=status)  # type: ignore[arg-type]
    assert "not_allowed" in _refused(person.connect)


def test_another_version_is_told_to_load_the_page_again(scene: Scene) -> None:
    person = scene.person()
    for version in (2, "1", None, True):
        socket = scene.connect(person, auth={"csrf": person.csrf, "v": version})
        assert socket.wait_for("upgrade") == {"v": 1}
        answer = socket.send(scene.slug, "hello")
        assert answer["error"]["code"] == "conflict"


def test_polling_works_too(scene: Scene) -> None:
    socket = scene.enter(transport="polling")
    assert socket.send(scene.slug, "over polling")["ok"]
    assert socket.wait_for("message:new")["html"] == "<p>over polling</p>"


def _sockets(scene: Scene, person: Person) -> int:
    with scene.server.database.read(COMMAND) as uow:
        mine = ConnectedSocket.account_id == person.actor.account_id
        return len(uow.session.scalars(select(ConnectedSocket.sid).where(mine)).all())


def test_signing_out_closes_that_sessions_sockets_and_no_others(scene: Scene) -> None:
    person = scene.person()
    elsewhere = scene.server.sign_in(person.actor)
    first, second, other = scene.enter(person), scene.enter(person), scene.enter(elsewhere)
    with scene.server.database.read(COMMAND) as uow:
        mine = select(WebSession.id).where(WebSession.account_id == person.actor.account_id)
        session_id = uow.session.scalars(mine.order_by(WebSession.id)).first()
    assert session_id is not None
    with scene.server.database.write(person.actor) as uow:
        end_session(uow, person.actor.require_account(), session_id, "signed_out")
    assert first.ended.wait(10)
    assert second.ended.wait(10)
    assert other.send(scene.slug, "still here")["ok"]
    assert "not_signed_in" in _refused(person.connect)
    wait_until(lambda: _sockets(scene, person) == 1, "the rows of the closed sockets to go")


def test_ending_all_sessions_closes_all_of_a_persons_sockets(scene: Scene) -> None:
    person = scene.person()
    elsewhere = scene.server.sign_in(person.actor)
    sockets, bystander = [scene.enter(person), scene.enter(elsewhere)], scene.enter()
    with scene.server.database.write(person.actor) as uow:
        end_all_sessions(uow, person.actor.require_account(), "passphrase")
    for socket in sockets:
        assert socket.ended.wait(10)
    assert bystander.send(scene.slug, "still here")["ok"]


def test_a_suspension_closes_every_socket(scene: Scene) -> None:
    person = scene.person()
    sockets = [scene.enter(person), scene.enter(scene.server.sign_in(person.actor))]
    bystander = scene.enter()
    with scene.server.database.write(scene.person(Role.SUPERVISOR).actor) as uow:
        account_status.suspend(uow, person.actor.require_account())
    for socket in sockets:
        assert socket.ended.wait(10)
    assert bystander.send(scene.slug, "still here")["ok"]
    assert "not_signed_in" in _refused(person.connect), "its sessions have ended"
    assert "not_allowed" in _refused(scene.server.sign_in(person.actor).connect), "and a new one helps nobody"


def test_a_new_passphrase_closes_the_sockets_of_every_browser(scene: Scene) -> None:
    """Through the page, as a member does it: the request and the sockets are of one process."""
    person = scene.person()
    sockets = [scene.enter(person), scene.enter(scene.server.sign_in(person.actor))]
    with scene.server.database.write(COMMAND) as uow:
        account = uow.session.get_one(Account, person.actor.account_id)
        account.passphrase_hash = Passphrases(time_cost=1, memory_kib=8, lanes=1).hash("three calm herons")
    answer = requests.post(
        f"{scene.server.base_url}/my/settings/passphrase",
        data={"csrf_token": person.csrf, "old": "three calm herons", "new": "seven quiet otters"},
        headers=person.headers,
        allow_redirects=False,
        timeout=20,
    )
    assert answer.status_code == 303, answer.text
    for socket in sockets:
        assert socket.ended.wait(10)
    assert "not_signed_in" in _refused(person.connect)


def _end_role(scene: Scene, person: Person, role: Role) -> None:
    """By a process without sockets, as a command does."""
    with scene.server.database.write(COMMAND) as uow:
        end_role(uow, person.actor.require_account(), role)


def test_whoever_lost_the_last_role_of_the_community_hears_nothing_more(scene: Scene) -> None:
    person = scene.person(Role.PEER_WORKER, Role.PANEL)
    elsewhere = scene.server.sign_in(person.actor)
    sockets, bystander = [scene.enter(person), scene.enter(elsewhere)], scene.enter()
    _end_role(scene, person, Role.MEMBER)
    first = bystander.send(scene.slug, "one role is left")
    for socket in sockets:
        socket.wait_for("message:new", lambda data: data["id"] == first["id"])
    _end_role(scene, person, Role.PEER_WORKER)
    for socket in sockets:
        assert socket.ended.wait(10)
    assert bystander.send(scene.slug, "among ourselves")["ok"]
    assert "among ourselves" not in str([socket.told for socket in sockets])
    again = scene.connect(person)
    assert again.call("room:join", {"room": scene.slug})["error"]["code"] == "not_allowed"


def test_the_command_line_ends_a_role_into_open_sockets(scene: Scene) -> None:
    person = scene.person()
    socket = scene.enter(person)
    with scene.server.database.read(COMMAND) as uow:
        name = uow.session.get_one(Account, person.actor.account_id).pseudonym
    scene.server.command("people", "role", name, "member", "--end")
    assert socket.ended.wait(10)


def test_a_lost_role_is_noticed_by_the_pulse_even_without_being_told(
    database: Database, people: People
) -> None:
    room, ash, wren = people.room(), people.add("Ash"), people.add("Wren")
    connections = ConnectionRegistry()
    for number, actor in enumerate((ash, wren)):
        with database.write(actor) as uow:
            open_session(uow, actor.require_account())
            session_id = uow.session.scalar(
                select(WebSession.id).where(WebSession.account_id == actor.account_id)
            )
        assert session_id is not None
        rooms = {room.slug: room.id}
        connections.add(
            Connection(f"sid-{number}", actor.require_account(), actor.public_id, session_id, rooms=rooms)
        )
    attendance = Attendance(database, connections)
    assert attendance.gone_connections() == []
    with database.write(COMMAND) as uow:
        uow.session.execute(
            update(RoleGrant).where(RoleGrant.account_id == ash.account_id).values(ended_at=uow.now)
        )
    assert attendance.gone_connections() == connections.of_account(ash.require_account())


def _statement(scene: Scene, words: str) -> None:
    with scene.server.database.engine.begin() as connection:
        connection.execute(text(words))


def test_an_error_while_connecting_is_answered_and_leaves_no_connection(scene: Scene) -> None:
    """Another process swept this one's row, so that no socket can be written until the row is renewed."""
    person = scene.person()

    def refusal() -> str:
        try:
            scene.connect(person).close()
        except Refused as error:
            return str(error)
        return ""

    refused: list[str] = []
    while len(refused) <= MAX_SOCKETS:
        _statement(scene, "DELETE FROM web_process")
        refused += [said for said in [refusal()] if said]  # the row may have been renewed in between
    assert [said for said in refused if "server_error" not in said] == []
    wait_until(lambda: not refusal(), "the row to be renewed")
    assert scene.connect(person).call("room:pulse", {"room": scene.slug})["ok"]


def test_a_refusal_is_answered_even_when_its_rows_cannot_go(scene: Scene) -> None:
    person = scene.person()
    _statement(scene, "ALTER TABLE connected_socket RENAME TO connected_socket_away")
    try:
        for _ in range(MAX_SOCKETS + 1):
            assert "server_error" in _refused(person.connect)
    finally:
        _statement(scene, "ALTER TABLE connected_socket_away RENAME TO connected_socket")
    assert scene.connect(person).send(scene.slug, "here")["ok"]


def test_a_socket_of_nobody_is_closed_by_the_second_pulse() -> None:
    """One that has not said who it is, and one that was refused and has no use for its connection.

    Not one that has said so and waits for the server; one that takes nothing goes with the first.
    """
    closed: list[str] = []
    named = {"silent": None, "refused": "sid-2", "signed in": "sid-3", "waiting": None, "full": "sid-4"}

    def connected(name: str) -> SimpleNamespace:
        return SimpleNamespace(
            close=lambda wait: closed.append(name),
            queue=SimpleNamespace(overflowed=name == "full"),
            connection=SimpleNamespace(quiet_s=lambda: 0.0 if name == "waiting" else 9.0),
        )

    server = SimpleNamespace(
        manager=SimpleNamespace(sid_from_eio_sid=lambda name, _namespace: named[name]),
        eio=SimpleNamespace(sockets={name: connected(name) for name in named}),
    )
    connections = ConnectionRegistry()
    connections.add(Connection("sid-3", 1, "public", 1))
    connections.add(Connection("sid-4", 1, "public", 1))
    broadcaster = SimpleNamespace(pulse=lambda _rooms: None)
    attendance = SimpleNamespace(gone_connections=list)
    loops = Loops(server, attendance, None, None, broadcaster, connections, lambda _connections: None)  # type: ignore[arg-type]
    loops.pulse()
    assert closed == ["full"]
    del server.eio.sockets["full"]
    loops.pulse()
    assert sorted(closed) == ["full", "refused", "silent"]


@pytest.mark.parametrize(
    ("role", "limit"), [(Role.MEMBER, IDLE), (Role.PEER_WORKER, STAFF_IDLE), (Role.MEMBER, ABSOLUTE)]
)
def test_an_expired_session_is_noticed_by_the_pulse(
    database: Database, people: People, clock: HeldClock, role: Role, limit: timedelta
) -> None:
    """Nobody says that a session expired, and a socket that only listens asks for nothing."""
    ash, connections = people.add("Ash", role), ConnectionRegistry()
    with database.write(ash) as uow:
        open_session(uow, ash.require_account())
        session_id = uow.session.scalars(select(WebSession.id)).one()
    connections.add(Connection("sid-1", ash.require_account(), ash.public_id, session_id))
    attendance = Attendance(database, connections)
    clock.move(limit)
    if limit == ABSOLUTE:
        with database.write(COMMAND) as uow:
            uow.session.execute(update(WebSession).values(seen_at=uow.now))
    assert attendance.gone_connections() == []
    clock.move(1)
    assert attendance.gone_connections() == connections.of_account(ash.require_account())


def test_the_command_line_reaches_open_sockets(scene: Scene) -> None:
    person = scene.person()
    socket = scene.enter(person)
    with scene.server.database.read(COMMAND) as uow:
        name = uow.session.get_one(Account, person.actor.account_id).pseudonym
    scene.server.command("people", "sign-out", name)
    assert socket.ended.wait(10)


def test_an_ended_session_is_noticed_on_the_next_event_even_without_being_told(scene: Scene) -> None:
    """The check on every event does not rest on anybody telling this process."""
    person = scene.person()
    socket = scene.enter(person)
    with scene.server.database.write(COMMAND) as uow:
        uow.session.execute(
            update(WebSession)
            .where(WebSession.account_id == person.actor.account_id)
            .values(ended_at=uow.now)
        )
    assert socket.send(scene.slug, "hello")["error"]["code"] == "not_signed_in"
    assert socket.ended.wait(10)
    assert not socket.heard("message:new")


def test_nobody_hears_what_is_for_another_person(scene: Scene) -> None:
    """Another session's events: a socket gets its own person's, and those of rooms it entered, and nothing else."""
    author, listener, stranger = scene.enter(), scene.enter(), scene.connect(scene.person())
    supervisor = scene.connect(scene.person(Role.SUPERVISOR))
    mine = author.send(scene.slug, "hello")["id"]
    listener.call("message:react", {"id": mine, "phrase": "me_too"})
    author.wait_for("message:changed")
    assert stranger.call("room:pulse", {"room": scene.slug})["seq"] == 1
    assert supervisor.call("room:pulse", {"room": scene.slug})["seq"] == 1
    assert stranger.told == []
    assert supervisor.told == []
    assert not listener.heard("message:changed")


def test_every_event_that_parses_gets_an_answer(scene: Scene) -> None:
    socket = scene.enter()
    for event in ("nonsense", "message:delete", "connect", "disconnect", "message", "", "x" * 500, "*"):
        answer = socket.call(event, {"room": scene.slug})
        assert answer["error"]["code"] == "bad_request", event
    odd: list[object] = [
        None, "text", 5, [], [1, 2], b"bytes", {"room": b"bytes"}, {"room": {"a": 1}}, {"room": ["x"]}, {},
        {"room": "x" * 10_000}, {"room": "\x00"}, {"id": {}}, {"id": "\x00", "phrase": 5},
    ]  # fmt: skip
    for event in ("room:join", "room:history", "room:pulse", "message:send", "message:edit", "message:remove",
                  "message:react", "message:report", "typing"):  # fmt: skip
        for asked in odd:
            answer = socket.call(event, asked)
            assert answer["ok"] is False, (event, asked)
            assert answer["error"]["code"] in ("bad_request", "not_found"), (event, asked, answer)
    for cursor in ("all", -1, 1.5, True, [1], 2**60):
        for name in ("last_seq", "last_rev"):
            assert (
                socket.call("room:join", {"room": scene.slug, name: cursor})["error"]["code"] == "bad_request"
            )
    assert socket.call("room:leave", {"room": 5}) == {"ok": True}
    assert socket.send(scene.slug, "still here")["ok"]


def _raw(scene: Scene, person: Person, origin: str = "") -> websocket.WebSocket:
    """A WebSocket that speaks Engine.IO by hand, connected and in no room."""
    wire = _dial(scene, person, origin)
    wire.send("40" + json.dumps({"csrf": person.csrf, "v": 1}))
    assert wire.recv().startswith("40")
    return wire


def _dial(scene: Scene, person: Person, origin: str = "") -> websocket.WebSocket:
    """A WebSocket that has not yet said who it is."""
    wire = websocket.create_connection(
        scene.server.base_url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
        cookie=person.cookie,
        origin=origin or scene.server.base_url,
        timeout=10,
    )
    assert wire.recv().startswith("0")
    return wire


def test_what_does_not_parse_harms_nobody_else(scene: Scene) -> None:
    bystander = scene.enter()
    for frame in (
        "42", "42{", '42{"a":1}', "42[", "42[[]]", "42[null]", "4", "49", "45", "9", "", "x", "6", "3probe",
        '451-["x",{"_placeholder":true,"num":9}]', '459999999999-["x"]', "42/nowhere,[1]", "4" + "[" * 30_000,
        '421["room:join"',
    ):  # fmt: skip
        wire = _raw(scene, scene.person())
        wire.send(frame)
        wire.close()
    wire = _raw(scene, scene.person())
    wire.send_binary(b"\x00\xff")
    wire.close()
    # Events named like the server's own: a forged `connect` must not make a socket another person's.
    wire = _raw(scene, scene.person())
    forged = [{"HTTP_COOKIE": bystander and scene.wren.cookie}, {"csrf": scene.wren.csrf, "v": 1}]
    wire.send("421" + json.dumps(["connect", *forged]))
    assert json.loads(wire.recv()[3:])[0]["error"]["code"] == "bad_request"
    wire.send("422" + json.dumps(["disconnect", "reason"]))
    assert json.loads(wire.recv()[3:])[0]["error"]["code"] == "bad_request"
    wire.close()
    assert bystander.send(scene.slug, "still here")["ok"]
    assert not bystander.ended.is_set()


def test_an_oversized_frame_closes_its_own_socket_only(scene: Scene) -> None:
    sender, bystander = scene.enter(), scene.enter()
    sender.client.emit(
        "message:send", {"room": scene.slug, "client_id": str(uuid.uuid4()), "body": "x" * 200_000}
    )
    assert sender.ended.wait(15)
    assert bystander.send(scene.slug, "still here")["ok"]
    assert [data["html"] for data in bystander.heard("message:new")] == ["<p>still here</p>"]
    polling = scene.enter(transport="polling")
    polling.client.emit(
        "message:send", {"room": scene.slug, "client_id": str(uuid.uuid4()), "body": "x" * 200_000}
    )
    assert polling.ended.wait(15)
    assert bystander.send(scene.slug, "and again")["ok"]


def test_a_socket_that_never_reads_does_not_hold_up_the_others(scene: Scene) -> None:
    stuck = _raw(scene, scene.person())
    stuck.send("421" + json.dumps(["room:join", {"room": scene.slug}]))
    listener, sender = scene.enter(), scene.enter()
    for number in range(30):
        assert sender.send(scene.slug, "x" * 3500 + str(number))["ok"]
    wait_until(lambda: len(listener.heard("message:new")) == 30, "30 messages")
    stuck.close()
