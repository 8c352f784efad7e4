"""Words that may mean danger, in a room: help for the writer alone, a quiet word to whoever keeps it, an item."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from peerspace.accounts.models import Account
from peerspace.duty.service import go_off_duty
from peerspace.kernel.actor import Role
from peerspace.moderation.models import Item
from tests.realtime.conftest import Scene

DANGER = "i dont want to be here any more"


@pytest.mark.invariant(9)
def test_a_message_and_its_edit(scene: Scene) -> None:
    writer, other, keeper = scene.person(), scene.enter(), scene.enter(scene.wren)
    own, tab = scene.enter(writer), scene.enter(writer)
    assert "care" not in own.send(scene.slug, "I could have died laughing")
    once = str(uuid.uuid4())
    sent = [own.send(scene.slug, DANGER, once) for _ in range(2)]
    assert [(ack["ok"], ack["state"], ack["care"]) for ack in sent] == [(True, "published", True)] * 2
    for socket in (other, keeper, tab):
        got = socket.wait_for("message:new", lambda data: data["id"] == sent[0]["id"])
        assert "care" not in got
    assert [ack["desk"] for ack in sent] == [False] * 2
    word = keeper.wait_for("notice", lambda data: data["kind"] == "worry_in_room")
    assert set(word) == {"id", "kind", "at"}
    calm = own.send(scene.slug, "Tea.")
    edited = own.call("message:edit", {"id": calm["id"], "body": "Ich will nicht mehr leben."})
    assert (edited["ok"], edited["care"]) == (True, True)
    for socket in (other, tab):
        assert socket.heard("notice") == []
    with scene.server.database.read(scene.wren.actor) as uow:
        found = select(Item.kind, Item.hits).join(Account, Account.id == Item.member_id)
        assert uow.session.execute(found.where(Account.public_id == writer.id)).all() == [("worried", 2)]


def test_a_report_from_the_room(scene: Scene) -> None:
    told, writer = scene.enter(scene.person(Role.SUPERVISOR)), scene.enter()
    message = told.send(scene.slug, "Hello.")
    for words, care in (("Rude.", None), (DANGER, True), ({"no": "text"}, None), ("x" * 20_000, None)):
        answer = writer.call("message:report", {"id": message["id"], "reason": "harassment", "text": words})
        assert answer.get("care") is care


def test_words_that_a_closed_room_does_not_take(scene: Scene) -> None:
    writer = scene.person()
    own = scene.enter(writer)
    with scene.server.database.write(scene.wren.actor) as uow:
        go_off_duty(uow, scene.room.id)
    for words, care in (("Tea.", None), (DANGER, True)):
        answer = own.send(scene.slug, words)
        assert (answer["ok"], answer.get("care")) == (False, care)
    with scene.server.database.read(scene.wren.actor) as uow:
        found = select(Item.kind, Item.hits).join(Account, Account.id == Item.member_id)
        assert uow.session.execute(found.where(Account.public_id == writer.id)).all() == [("worried", 1)]
