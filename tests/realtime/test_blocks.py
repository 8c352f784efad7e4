"""Blocks over sockets: the blocker never hears the blocked person; the blocked person notices nothing (invariant 9)."""

from __future__ import annotations

import pytest

from tests.realtime.conftest import Scene

pytestmark = pytest.mark.invariant(9)


def test_nothing_of_a_blocked_person_is_delivered(scene: Scene) -> None:
    ash, moss, fern = scene.person(), scene.person(), scene.person()
    blocked, blocker, other = scene.enter(ash), scene.enter(moss), scene.enter(fern)
    before = blocked.send(scene.slug, "before the block")
    blocker.wait_for("message:new")
    scene.server.people.block(moss.actor, ash.actor)
    start = len(blocker.told)
    said = blocked.send(scene.slug, "from the blocked one")
    assert said["ok"]
    blocked.call("typing", {"room": scene.slug})
    other.wait_for("typing")
    blocked.call("message:edit", {"id": before["id"], "body": "changed later"})
    answer = other.send(scene.slug, "an answer", reply_to=said["id"])
    got = blocker.wait_for("message:new", lambda data: data["id"] == answer["id"])
    assert (got["reply_to"], got["reply"]) == (None, None), "no name and no words of the one who is answered"
    assert other.wait_for("message:new", lambda data: data["id"] == answer["id"])["reply_to"] == said["id"]
    blocked.call("message:remove", {"id": before["id"]})
    other.wait_for("message:changed", lambda data: data["state"] == "removed")
    other.send(scene.slug, "the end")
    blocker.wait_for("message:new", lambda data: data["html"] == "<p>the end</p>")
    told = [(event, data) for event, data in blocker.told[start:] if event != "room:people"]
    assert [event for event, _ in told] == ["message:new", "message:new"]
    assert ash.id not in repr(told)
    again = blocker.join(scene.slug, last_seq=0, last_rev=0)
    assert ash.id not in repr(again)
    assert [message["seq"] for message in again["messages"]] == [3, 4]
    history = blocker.call("room:history", {"room": scene.slug, "before_seq": 100, "limit": 100})
    assert [message["seq"] for message in history["messages"]] == [3, 4]
    refused = blocker.call("message:react", {"id": said["id"], "phrase": "with_you"})
    assert refused["error"]["code"] == "not_found"
    for event, asked in (
        ("message:report", {"id": before["id"], "reason": "spam"}),
        ("message:report", {"id": said["id"], "reason": "spam"}),
    ):
        assert blocker.call(event, asked)["ok"], "who blocked somebody can still report them"


def test_the_blocked_person_notices_nothing(scene: Scene) -> None:
    ash, moss = scene.person(), scene.person()
    blocked, blocker = scene.enter(ash), scene.enter(moss)
    scene.server.people.block(moss.actor, ash.actor)
    mine = blocked.send(scene.slug, "can you hear me")
    assert mine["ok"]
    theirs = blocker.send(scene.slug, "words of the one who blocked")
    assert blocked.wait_for("message:new", lambda data: data["id"] == theirs["id"])
    answer = blocked.send(scene.slug, "an answer", reply_to=theirs["id"])
    assert answer["ok"]
    assert blocked.call("message:react", {"id": theirs["id"], "phrase": "thank_you"}) == {"ok": True}
    assert [message["seq"] for message in blocked.join(scene.slug)["messages"]] == [1, 2, 3]
    blocker.send(scene.slug, "after")
    own = blocker.wait_for("message:new", lambda data: data["html"] == "<p>after</p>")
    assert own["reactions"] == {}
    assert not blocker.heard("message:changed"), "no count, no notification of the blocked person's reaction"


def test_both_are_absent_for_one_another(scene: Scene) -> None:
    ash, moss, fern = scene.person(), scene.person(), scene.person()
    scene.server.people.block(moss.actor, ash.actor)
    blocked, blocker, other = scene.enter(ash), scene.enter(moss), scene.enter(fern)
    for socket in (blocked, blocker, other):
        socket.send(scene.slug, "hello")

    def ids(data: dict[str, object]) -> set[str]:
        return {one["id"] for one in data["here"]}  # type: ignore[attr-defined]

    other.wait_for("room:people", lambda data: ids(data) == {ash.id, moss.id, fern.id})
    blocked.wait_for("room:people", lambda data: ids(data) == {ash.id, fern.id})
    blocker.wait_for("room:people", lambda data: ids(data) == {moss.id, fern.id})
    for data in blocked.heard("room:people"):
        assert moss.id not in ids(data)
    for data in blocker.heard("room:people"):
        assert ash.id not in ids(data)
    blocker.call("typing", {"room": scene.slug})
    other.wait_for("typing", lambda data: data["person"]["id"] == moss.id)
    blocked.call("typing", {"room": scene.slug})
    other.wait_for("typing", lambda data: data["person"]["id"] == ash.id)
    other.send(scene.slug, "the end")
    for socket in (blocked, blocker):
        socket.wait_for("message:new", lambda data: data["html"] == "<p>the end</p>")
        assert not socket.heard("typing")
