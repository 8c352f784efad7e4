"""Duty follows a live connection, on a running server: pausing, coming back, and who may say that they write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from peerspace.accounts.account_status import restrict
from peerspace.duty import service as duty_service
from peerspace.duty.models import Duty
from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.models import ConnectedSocket
from tests.realtime.conftest import Scene
from tests.realtime.server import wait_until

COMMAND = installation(Origin.COMMAND)
pytestmark = pytest.mark.invariant(2)


def _gone_for(scene: Scene, minutes: int) -> None:
    """The keeper was last seen so long ago."""
    with scene.server.database.write(COMMAND) as uow:
        uow.session.execute(
            update(Duty)
            .where(Duty.stream_id == scene.room.id, Duty.to_at.is_(None))
            .values(seen_at=uow.now - timedelta(minutes=minutes))
        )


def test_a_host_who_is_gone_pauses_the_room_and_reopens_it_by_coming_back(scene: Scene) -> None:
    member, host = scene.enter(), scene.enter(scene.wren)
    _gone_for(scene, 6)

    def seen_again() -> bool:
        with scene.server.database.read(COMMAND) as uow:
            seen = uow.session.scalars(select(Duty.seen_at).where(Duty.stream_id == scene.room.id)).one()
            return seen > uow.now - timedelta(minutes=1)

    wait_until(seen_again, "the live connection to be noted")
    assert member.send(scene.slug, "with the host there")["ok"]
    host.close()

    def disconnected() -> bool:
        with scene.server.database.read(COMMAND) as uow:
            mine = select(ConnectedSocket.sid).where(
                ConnectedSocket.account_id == scene.wren.actor.account_id
            )
            return uow.session.scalar(mine) is None

    wait_until(disconnected, "the socket's row to go")
    _gone_for(scene, 6)
    member.wait_for("room:state", lambda data: data["state"] == "paused")
    member.wait_for("room:people", lambda data: data["keepers"] == [])
    refused = member.send(scene.slug, "anybody?")["error"]
    assert refused["code"] == "room_closed"
    assert "lost the connection" in refused["message"]
    assert member.call("typing", {"room": scene.slug})["error"]["code"] == "room_closed"
    assert member.join(scene.slug)["state"] == "paused"
    scene.connect(scene.wren)  # any page of theirs that holds a connection
    member.wait_for("room:state", lambda data: data["state"] == "open")
    assert member.send(scene.slug, "there you are")["ok"]


def test_typing_needs_the_right_to_write(scene: Scene) -> None:
    listener, restricted_person = scene.enter(), scene.person()
    restricted = scene.enter(restricted_person)
    with scene.server.database.write(COMMAND) as uow:
        restrict(uow, restricted_person.actor.require_account(), until=uow.now + timedelta(days=1))
    refused = restricted.call("typing", {"room": scene.slug})["error"]
    assert refused["code"] == "not_allowed"
    with scene.server.database.write(scene.wren.actor) as uow:
        duty_service.go_off_duty(uow, scene.room.id)
    other = scene.enter()
    assert other.call("typing", {"room": scene.slug})["error"]["code"] == "room_closed"
    with scene.server.database.write(scene.wren.actor) as uow:
        duty_service.go_on_duty(uow, scene.room.id)
    listener.wait_for("room:state", lambda data: data["state"] == "open")
    last = scene.person()
    assert scene.enter(last).call("typing", {"room": scene.slug})["ok"]
    assert [
        data["person"]["id"] for data in [listener.wait_for("typing"), *listener.heard("typing")[1:]]
    ] == [last.id]
