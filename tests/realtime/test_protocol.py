"""The realtime protocol, version 1, over real connections: requests and their answers, what the others hear."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select, update

from peerspace.chat import service
from peerspace.chat.models import Message, Room
from peerspace.community.models import SettingValue
from peerspace.duty import service as duty_service
from peerspace.kernel.actor import Origin, Role, installation
from peerspace.moderation.models import Report
from peerspace.streams import service as life
from tests.realtime.conftest import Scene
from tests.realtime.server import wait_until

COMMAND = installation(Origin.COMMAND)


def test_a_message_reaches_everybody_once_and_its_author_with_the_client_id(scene: Scene) -> None:
    ash, moss = scene.enter(), scene.enter()
    other_tab = scene.enter(ash_person := scene.person())
    same_person = scene.enter(ash_person)
    once = str(uuid.uuid4())
    ack = same_person.send(scene.slug, "**Who's** up?", once, content_note="sleep")
    assert ack == {"ok": True, "id": ack["id"], "seq": 1, "rev": 1, "at": ack["at"], "state": "published"}
    for socket in (ash, moss):
        got = socket.wait_for("message:new")
        assert {"body", "client_id", "reactions"}.isdisjoint(got)
        assert (got["id"], got["room"], got["seq"], got["rev"], got["at"]) == (
            ack["id"], scene.slug, 1, 1, ack["at"],
        )  # fmt: skip
        assert got["author"]["id"] == ash_person.id
        assert set(got["author"]) == {"id", "name", "token", "role"}
        assert (got["html"], got["content_note"], got["reply_to"]) == (
            "<p><strong>Who's</strong> up?</p>", "sleep", None,
        )  # fmt: skip
    for socket in (same_person, other_tab):
        own = socket.wait_for("message:new")
        assert (own["client_id"], own["body"]) == (once, "**Who's** up?")
    answer = moss.send(scene.slug, "me", reply_to=ack["id"])
    got = ash.wait_for("message:new", lambda data: data["id"] == answer["id"])
    assert (got["reply_to"], got["reply"]["excerpt"]) == (
        ack["id"],
        "",
    )  # a note stands before the words answered
    assert [data["seq"] for data in ash.heard("message:new")] == [1, 2]


@pytest.mark.invariant(11)
def test_a_burst_from_one_socket_keeps_its_order(scene: Scene) -> None:
    listener, sender = scene.enter(), scene.enter()
    acks: dict[int, dict[str, object]] = {}
    for number in range(40):
        sender.client.emit(
            "message:send",
            {"room": scene.slug, "client_id": str(uuid.uuid4()), "body": f"line {number}"},
            callback=lambda ack, number=number: acks.__setitem__(number, ack),
        )
    wait_until(lambda: len(acks) == 40, "40 acknowledgements")
    assert [acks[number]["seq"] for number in range(40)] == list(range(1, 41))
    wait_until(lambda: len(listener.heard("message:new")) == 40, "40 messages")
    assert [data["html"] for data in listener.heard("message:new")] == [f"<p>line {n}</p>" for n in range(40)]


@pytest.mark.invariant(11)
def test_the_same_client_id_is_one_row_whichever_socket_sends_it(scene: Scene) -> None:
    person = scene.person()
    first, second, listener = scene.enter(person), scene.enter(person), scene.enter()
    once = str(uuid.uuid4())
    answers: list[object] = []
    for socket in (first, second, first):
        socket.client.emit(
            "message:send",
            {"room": scene.slug, "client_id": once, "body": "only once"},
            callback=answers.append,
        )
    wait_until(lambda: len(answers) == 3, "three acknowledgements")
    assert answers[0] == answers[1] == answers[2]
    listener.send(scene.slug, "after")
    listener.wait_for("message:new", lambda data: data["html"] == "<p>after</p>")
    assert [data["html"] for data in listener.heard("message:new")] == ["<p>only once</p>", "<p>after</p>"]
    with scene.server.database.read(COMMAND) as uow:
        assert uow.session.scalar(select(func.count()).where(Message.client_id == once)) == 1


def test_edit_remove_and_react_are_told_with_a_new_rev(scene: Scene) -> None:
    author, listener = scene.enter(), scene.enter()
    mine = author.send(scene.slug, "kettel")["id"]
    assert author.call("message:edit", {"id": mine, "body": "kettle"})["rev"] == 2
    got = listener.wait_for("message:changed")
    assert (got["id"], got["seq"], got["rev"], got["html"], got["state"]) == (
        mine, 1, 2, "<p>kettle</p>", "published",
    )  # fmt: skip
    assert got["edited_at"] is not None
    assert listener.call("message:react", {"id": mine, "phrase": "with_you"}) == {"ok": True}
    counted = author.wait_for("message:changed", lambda data: data["reactions"])
    assert counted["reactions"] == {"with_you": 1}
    assert author.call("message:remove", {"id": mine})["state"] == "removed"
    stub = listener.wait_for("message:changed", lambda data: data["state"] == "removed")
    assert (stub["html"], stub["seq"], stub["rev"]) == ("", 1, 3)
    assert len(listener.heard("message:changed")) == 2, "a reaction is for the author alone"
    for refused, code in (
        (("message:edit", {"id": mine, "body": "back"}), "conflict"),
        (("message:react", {"id": mine, "phrase": "with_you"}), "not_allowed"),
        (("message:remove", {"id": "nothing"}), "not_found"),
    ):
        assert author.call(*refused)["error"]["code"] == code
    assert listener.call("message:edit", {"id": mine, "body": "mine now"})["error"]["code"] == "not_allowed"
    assert listener.call("message:react", {"id": mine, "phrase": "stars"})["error"]["code"] == "bad_request"


def test_a_message_can_be_reported_from_the_room(scene: Scene) -> None:
    author, other = scene.enter(), scene.enter()
    mine = author.send(scene.slug, "buy my potion")["id"]
    answer = other.call("message:report", {"id": mine, "reason": "spam", "text": "an advertisement"})
    assert answer["ok"], answer
    with scene.server.database.read(COMMAND) as uow:
        row = uow.session.scalars(select(Report).where(Report.public_id == answer["report"])).one()
        assert (row.reason, row.words) == ("spam", "an advertisement")
    assert other.call("message:report", {"id": mine, "reason": "boring"})["error"]["code"] == "bad_request"
    assert other.call("message:report", {"id": "nothing", "reason": "spam"})["error"]["code"] == "not_found"


def test_the_desk_hears_of_it(scene: Scene) -> None:
    desk = scene.connect(scene.person(Role.SUPERVISOR))
    author, other = scene.enter(), scene.enter()
    mine = author.send(scene.slug, "buy my potion")["id"]
    other.call("message:report", {"id": mine, "reason": "spam"})
    assert set(desk.wait_for("desk")) == {"item", "state", "priority"}
    assert not other.heard("desk")


def test_history_and_pulse_on_demand(scene: Scene) -> None:
    author = scene.enter()
    for number in range(5):
        author.send(scene.slug, f"line {number}")
    got = author.call("room:history", {"room": scene.slug, "before_seq": 4, "limit": 2})
    assert [data["seq"] for data in got["messages"]] == [2, 3]
    assert author.call("room:pulse", {"room": scene.slug}) == {
        "ok": True,
        "room": scene.slug,
        "seq": 5,
        "rev": 5,
    }
    for wrong in (-1, "4", 1.5, True, [4], 2**60):
        got = author.call("room:history", {"room": scene.slug, "before_seq": wrong, "limit": 2})
        assert got["error"]["code"] == "bad_request"


@pytest.mark.invariant(2)
def test_without_duty_a_room_is_read_only_and_says_so(scene: Scene) -> None:
    socket = scene.enter()
    mine = socket.send(scene.slug, "hello")["id"]
    # The peer worker leaves through another process (the web form would do the same in the server's own).
    with scene.server.database.write(scene.wren.actor) as uow:
        duty_service.go_off_duty(uow, scene.room.id)
    assert socket.wait_for("room:state")["state"] == "read_only"
    for event, asked in (
        ("message:send", {"room": scene.slug, "client_id": str(uuid.uuid4()), "body": "anybody?"}),
        ("message:edit", {"id": mine, "body": "changed"}),
    ):
        refused = socket.call(event, asked)["error"]
        assert refused["code"] == "room_closed"
        assert "Nobody is on duty" in refused["message"]
    assert socket.join(scene.slug)["state"] == "read_only"
    with scene.server.database.write(scene.wren.actor) as uow:
        duty_service.go_on_duty(uow, scene.room.id)
    socket.wait_for("room:state", lambda data: data["state"] == "open")
    assert socket.send(scene.slug, "there you are")["ok"]
    with scene.server.database.write(COMMAND) as uow:
        service.close_room(uow, scene.room.id)
    socket.wait_for("room:state", lambda data: data["state"] == "closed")
    assert socket.send(scene.slug, "hello?")["error"]["code"] == "room_closed"


def test_slow_mode_says_how_long(scene: Scene) -> None:
    with scene.server.database.write(COMMAND) as uow:
        uow.session.execute(update(Room).where(Room.id == scene.room.id).values(slow_mode_s=60))
    socket = scene.enter()
    assert socket.send(scene.slug, "one")["ok"]
    refused = socket.send(scene.slug, "two")["error"]
    assert (refused["code"], 50 <= refused["retry_after"] <= 60) == ("slow_mode", True)


def test_held_messages_say_so_and_appear_when_a_supervisor_publishes(scene: Scene) -> None:
    with scene.server.database.write(COMMAND) as uow:
        uow.session.add(
            SettingValue(key="watch_phrases", value=[{"text": f"potion {scene.room.id}"}], set_at=uow.now)
        )
    socket, listener = scene.enter(), scene.enter()
    held = socket.send(scene.slug, f"a potion {scene.room.id}")
    assert held == {"ok": True, "id": held["id"], "state": "held"}
    socket.send(scene.slug, "something else")
    supervisor = scene.person(Role.SUPERVISOR)
    with scene.server.database.write(supervisor.actor) as uow:
        row = uow.session.scalars(select(Message).where(Message.public_id == held["id"])).one()
        life.publish_held(uow, row.id)
    got = listener.wait_for("message:new", lambda data: data["id"] == held["id"])
    assert got["seq"] == 2
    assert [data["seq"] for data in listener.heard("message:new")] == [1, 2]


def test_people_and_typing(scene: Scene) -> None:
    person = scene.person()
    listener, writer = scene.enter(), scene.enter(person)
    assert writer.call("typing", {"room": scene.slug}) == {"ok": True}
    got = listener.wait_for("typing")
    assert (got["room"], got["person"]["id"]) == (scene.slug, person.id)
    for _ in range(5):
        writer.call("typing", {"room": scene.slug})
    writer.send(scene.slug, "hello")
    listener.wait_for("message:new")
    assert len(listener.heard("typing")) == 1, "at most one every three seconds"
    assert not writer.heard("typing")
    listener.wait_for(
        "room:people", lambda data: person.id in {one["id"] for one in data["here"]} and data["reading"] == 1
    )
    writer.call("room:leave", {"room": scene.slug})
    listener.wait_for("room:people", lambda data: data["here"] == [] and data["reading"] == 1)
    assert writer.call("typing", {"room": scene.slug})["error"]["code"] == "bad_request"
    writer.send(scene.slug, "from outside")
    listener.wait_for("message:new", lambda data: data["html"] == "<p>from outside</p>")
    assert [data["html"] for data in writer.heard("message:new")] == ["<p>hello</p>"]


def test_words_that_cannot_be_kept_get_a_clear_answer(scene: Scene) -> None:
    socket = scene.enter()
    for body, code in (("", "bad_request"), (None, "bad_request"), (5, "bad_request"), ("a\x00", "bad_request"),
                       ("x" * 4001, "too_long"), ("\ud83d", "bad_request")):  # fmt: skip
        refused = socket.send(scene.slug, body)["error"]  # type: ignore[arg-type]
        assert (refused["code"], bool(refused["message"])) == (code, True)
    assert socket.send(scene.slug, "<script>alert(1)</script> [x](javascript:alert(1))")["ok"]
    html = socket.wait_for("message:new")["html"]
    assert "<script" not in html
    assert "href" not in html
