"""Every event for every role: who may ask for it. An event that the table does not name fails.

Inside an event more is decided (whose message, which room is open); here only the door is tried, with ids of nobody.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from socketio.exceptions import ConnectionError as Refused
from sqlalchemy import delete, update

from peerspace.accounts.models import Account, RoleGrant, WebSession
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.realtime.handlers import EVENTS
from tests.realtime.conftest import Scene
from tests.realtime.server import Person, Socket

COMMAND = installation(Origin.COMMAND)

ROLES: dict[str, frozenset[Role]] = {
    "guest": frozenset({Role.MEMBER}),
    "waiting": frozenset({Role.MEMBER}),
    "suspended": frozenset({Role.MEMBER, Role.SUPERVISOR}),
    "member": frozenset({Role.MEMBER}),
    "peer_worker": frozenset({Role.PEER_WORKER}),
    "supervisor": frozenset({Role.SUPERVISOR}),
    "researcher": frozenset({Role.RESEARCHER}),
    "panel": frozenset({Role.PANEL}),
    "administrator": frozenset({Role.ADMINISTRATOR}),
}
NOT_IN = {"guest": "not_signed_in", "waiting": "not_allowed", "suspended": "not_allowed"}
"""Who gets no connection, and what they are told. A guest here is somebody whose session has ended."""
IN = tuple(role for role in ROLES if role not in NOT_IN)
COMMUNITY = ("member", "peer_worker", "supervisor")

LET_IN = {"community": COMMUNITY, "account": IN}
TABLE = {
    "room:join": "community",
    "room:leave": "account",  # leaving is never refused
    "room:history": "community",
    "room:pulse": "community",
    "message:send": "community",
    "message:edit": "community",
    "message:remove": "community",
    "message:react": "community",
    "message:report": "community",
    "typing": "community",
}


def _asked(scene: Scene) -> dict[str, Any]:
    """What every event understands: a room that there is, a message of nobody."""
    return {
        "room": scene.slug,
        "id": "nobody",
        "client_id": str(uuid.uuid4()),
        "body": "hello",
        "phrase": "me_too",
        "reason": "other",
    }


def _person(scene: Scene, role: str) -> Person:
    """Somebody who holds exactly the roles of `role`, active for now."""
    person = scene.person(*ROLES[role])
    if Role.MEMBER not in ROLES[role]:
        with scene.server.database.write(COMMAND) as uow:
            uow.session.execute(
                delete(RoleGrant).where(
                    RoleGrant.account_id == person.actor.account_id, RoleGrant.role == Role.MEMBER.value
                )
            )
    return person


def _put_out(scene: Scene, person: Person, role: str) -> None:
    """Make it so in the database only: no event tells the server, each request has to look."""
    mine = person.actor.account_id
    with scene.server.database.write(COMMAND) as uow:
        if role == "guest":
            ended = update(WebSession).where(WebSession.account_id == mine).values(ended_at=uow.now)
            uow.session.execute(ended)
        else:
            uow.session.execute(update(Account).where(Account.id == mine).values(status=role))


def test_the_table_names_every_event_and_no_other() -> None:
    assert set(EVENTS) == set(TABLE)


def test_a_browser_without_a_session_gets_no_connection(scene: Scene) -> None:
    csrf = scene.person().csrf
    with pytest.raises(Refused, match="not_signed_in"):
        Socket(scene.server.base_url, {}, {"csrf": csrf, "v": 1})


@pytest.mark.parametrize("role", list(NOT_IN))
def test_whoever_is_not_in_is_refused_by_every_event(scene: Scene, role: str) -> None:
    for event in EVENTS:
        person = _person(scene, role)
        socket = scene.enter(person)
        _put_out(scene, person, role)
        answer = socket.call(event, _asked(scene))
        assert (event, answer["error"]["code"]) == (event, NOT_IN[role])
        assert socket.ended.wait(10), event
        with pytest.raises(Refused, match=NOT_IN[role]):
            person.connect()


@pytest.mark.parametrize("role", IN)
def test_each_role_may_ask_for_what_the_table_says(scene: Scene, role: str) -> None:
    socket = scene.connect(_person(scene, role))
    wrong = []
    for event in EVENTS:
        answer = socket.call(event, _asked(scene))
        refused = not answer["ok"] and answer["error"]["code"] in ("not_allowed", "not_signed_in")
        if refused is (role in LET_IN[TABLE[event]]):
            wrong.append((event, answer))
    assert wrong == []
    others = [data for name, data in socket.told if name.startswith(("message:", "typing", "room:"))]
    assert role in COMMUNITY or others == [], "nothing of the room was heard either"
