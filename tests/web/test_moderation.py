"""Reporting, the desk and the inbox through their pages, with what hostile hands may send."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from peerspace.duty.service import go_on_duty
from peerspace.forum.models import Thread
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.ids import new_client_id
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from peerspace.moderation.queue import desk
from tests.people import People
from tests.saying import post_reply, start_thread
from tests.web.conftest import browser, csrf, says_name, send

SCRIPT = "<script>alert(1)</script>"


@dataclass
class Scene:
    """Ash wrote, Marigold answered, Ines and Tomasz keep the desk."""

    ash: Actor
    marigold: Actor
    ines: Actor
    tomasz: Actor
    post: str


@pytest.fixture
def scene(database: Database, people: People) -> Scene:
    ash, marigold = people.add("Ash"), people.add("Marigold")
    ines, tomasz = people.add("Ines", Role.SUPERVISOR), people.add("Tomasz", Role.SUPERVISOR)
    people.space()
    with database.write(ash) as uow:
        opener = start_thread(uow, "nights", "Third night", "Cannot sleep.", client_id=new_client_id())
        thread = uow.session.get_one(Thread, opener.stream_id).public_id
    with database.write(marigold) as uow:
        post = post_reply(uow, thread, f"Take two. {SCRIPT}", client_id=new_client_id())
    return Scene(ash, marigold, ines, tomasz, post.public_id)


def _report(app: Flask, scene: Scene, **fields: str):
    values = {"reason": "harmful_advice", "words": "", "client_id": new_client_id(), **fields}
    return send(browser(app, scene.ash), f"/report/post/{scene.post}", **values)


def _item(database: Database, scene: Scene) -> tuple[str, str]:
    with database.read(scene.ines) as uow:
        row = desk(uow, "all").rows[0]
    return row.public_id, f"/desk/items/{row.public_id}"


def test_from_report_to_the_member_s_page(app: Flask, database: Database, scene: Scene) -> None:
    ash, marigold, ines = (browser(app, who) for who in (scene.ash, scene.marigold, scene.ines))
    form = ash.get(f"/report/post/{scene.post}").get_data(as_text=True)
    assert "Tell us about this post" in form
    assert SCRIPT not in form
    told = _report(app, scene, words="this frightened me")
    assert (told.status_code, told.location) == (303, "/my/reports")
    assert "this frightened me" in ash.get("/my/reports").get_data(as_text=True)
    _, address = _item(database, scene)
    queue = ines.get("/desk").get_data(as_text=True)
    assert address in queue
    assert "Advice that could harm" in queue
    assert send(ines, f"{address}/claim", version="1").status_code == 303
    page = ines.get(address).get_data(as_text=True)
    assert "Take two." in page
    assert SCRIPT not in page
    assert "this frightened me" in page
    decided = send(
        ines, f"{address}/decide", version="2", kind="hide", reason="Doses belong to a pharmacist.",
        to_reporters="It is hidden now.",
    )  # fmt: skip
    assert decided.status_code == 303
    mine = marigold.get("/my/reports").get_data(as_text=True)
    assert "Doses belong to a pharmacist." in mine
    assert "this frightened me" not in mine
    assert not says_name(mine, "Ash")
    assert not says_name(mine, "Ines")
    assert "It is hidden now." in ash.get("/my/reports").get_data(as_text=True)
    assert "decided something about you" in marigold.get("/inbox").get_data(as_text=True)


def test_a_report_sent_twice_is_one(app: Flask, database: Database, scene: Scene) -> None:
    once = new_client_id()
    assert _report(app, scene, client_id=once).status_code == 303
    assert _report(app, scene, client_id=once).status_code == 303
    with database.read(scene.ines) as uow:
        assert desk(uow, "all").rows[0].reports == 1


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"reason": ""}, 400, "Please choose what this is about."),
        ({"reason": "made-up"}, 400, "Please choose what this is about."),
        ({"words": "x" * 4_001}, 400, "the limit is 4000"),
        ({"words": "bell\x07"}, 400, "characters"),
        ({"reason": "something_else", "words": "  "}, 400, ""),
        ({"client_id": "1"}, 400, "number"),
    ],
)
def test_a_report_that_cannot_be_taken_keeps_what_was_typed(
    app: Flask, scene: Scene, fields: dict[str, str], status: int, sentence: str
) -> None:
    answer = _report(app, scene, **{"words": "please look", **fields})
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert sentence in text
    if fields.get("words", "").isprintable() and "client_id" not in fields:
        assert fields.get("words", "please look").strip() in text


def test_things_that_are_not_there(app: Flask, scene: Scene) -> None:
    ash, ines = browser(app, scene.ash), browser(app, scene.ines)
    assert ash.get("/report/post/nothing").status_code == 404
    assert ash.get("/report/space/nights").status_code == 400
    assert ines.get("/desk/items/nothing").status_code == 404
    assert ines.get("/desk?view=made-up").status_code == 404
    assert ines.get("/desk?page=-4").status_code == 200
    assert send(ash, "/inbox/nothing/open").status_code == 404


def test_without_the_token_nothing_happens_and_the_words_are_kept(
    app: Flask, database: Database, scene: Scene
) -> None:
    ash = browser(app, scene.ash)
    answer = ash.post(
        f"/report/post/{scene.post}",
        data={"csrf_token": "forged", "reason": "worried", "words": "keep me", "client_id": new_client_id()},
    )
    assert answer.status_code in (400, 403)
    assert "keep me" in answer.get_data(as_text=True)
    with database.read(scene.ines) as uow:
        assert desk(uow, "all").rows == []


def test_an_old_page_says_that_somebody_was_quicker(app: Flask, database: Database, scene: Scene) -> None:
    _report(app, scene)
    _, address = _item(database, scene)
    ines, tomasz = browser(app, scene.ines), browser(app, scene.tomasz)
    assert send(ines, f"{address}/claim", version="1").status_code == 303
    late = send(tomasz, f"{address}/claim", version="1")
    assert late.status_code == 409
    assert "Somebody changed this in the meantime" in late.get_data(as_text=True)
    for version in ("", "x", "-1", "9" * 30):
        assert send(ines, f"{address}/decide", version=version, kind="hide", reason="r").status_code == 400


def test_a_decision_without_a_reason_keeps_the_rest(app: Flask, database: Database, scene: Scene) -> None:
    _report(app, scene)
    _, address = _item(database, scene)
    ines = browser(app, scene.ines)
    send(ines, f"{address}/claim", version="1")
    answer = send(
        ines,
        f"{address}/decide",
        version="2",
        kind="suspend",
        reason="",
        days="9000",
        to_reporters="kept words",
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "kept words" in text
    assert re.search(r'value="9000"', text)


def test_answers_reach_the_inbox_and_open_where_they_stand(app: Flask, scene: Scene) -> None:
    ash = browser(app, scene.ash)
    page = ash.get("/inbox").get_data(as_text=True)
    assert "Marigold" in page
    address = re.search(r'action="(/inbox/[^/"]+/open)"', page)
    assert address is not None
    opened = ash.post(address[1], data={"csrf_token": csrf(ash)})
    assert (opened.status_code, opened.location) == (303, f"/posts/{scene.post}")
    assert send(ash, "/inbox/read").status_code == 303


def test_words_kept_with_a_report_are_covered_until_somebody_opens_them_and_that_is_written_down(
    app: Flask, database: Database, scene: Scene
) -> None:
    _report(app, scene)
    _, address = _item(database, scene)
    tomasz = browser(app, scene.tomasz)
    assert "Take two." not in tomasz.get(address).get_data(as_text=True)
    opened = send(tomasz, f"{address}/open")
    assert opened.status_code == 200
    assert "Take two." in opened.get_data(as_text=True)
    with database.read(scene.ines) as uow:
        entry = uow.session.scalars(select(AuditEntry).where(AuditEntry.action == "evidence_opened")).one()
        assert (entry.account_id, entry.concerns_id) == (scene.tomasz.account_id, None)


def test_a_written_reason_is_kept_when_somebody_else_was_first(
    app: Flask, database: Database, scene: Scene
) -> None:
    _report(app, scene)
    _, address = _item(database, scene)
    ines, tomasz = browser(app, scene.ines), browser(app, scene.tomasz)
    send(ines, f"{address}/claim", version="1")
    send(tomasz, f"{address}/claim", version="2")
    mine = {"version": "2", "kind": "hide", "reason": "My long reason.", "to_reporters": "My answer."}
    taken_over = send(ines, f"{address}/decide", **mine)
    send(tomasz, f"{address}/decide", version="3", kind="no_action", reason="Nothing here.")
    decided = send(ines, f"{address}/decide", **mine)
    for answer in (taken_over, decided):
        assert answer.status_code == 409
        assert "My long reason." in answer.get_data(as_text=True)
        assert "My answer." in answer.get_data(as_text=True)


def _first_post(app: Flask, database: Database, people: People, scene: Scene) -> str:
    """A newcomer's first post that stands at once, claimed by Ines; the item's address."""
    people.space("hello", hold_first_posts="never")
    with database.write(people.add("Early", established=False)) as uow:
        start_thread(uow, "hello", f"Hello {SCRIPT}", "I am new.", client_id=new_client_id())
    _, address = _item(database, scene)
    assert send(browser(app, scene.ines), f"{address}/claim", version="1").status_code == 303
    return address


def test_a_first_post_that_is_fine_is_seen_by_one_press(
    app: Flask, database: Database, people: People, scene: Scene
) -> None:
    address = _first_post(app, database, people, scene)
    ines = browser(app, scene.ines)
    page = ines.get(address).text
    assert "Is it fine as it stands?" in page
    assert SCRIPT not in page
    assert "Early is told nothing" in page
    for version in ("", "-1", "two", "9" * 40):
        assert send(ines, f"{address}/seen", version=version).status_code == 400
    assert send(browser(app, scene.tomasz), f"{address}/seen", version="2").status_code == 403
    assert send(browser(app, scene.ash), f"{address}/seen", version="2").status_code == 403
    old = send(ines, f"{address}/seen", version="1")
    assert (old.status_code, "Somebody changed this in the meantime" in old.text) == (409, True)
    assert send(ines, f"{address}/seen", version="2").status_code == 303
    page = ines.get(address).text
    assert "It is noted that you have seen it." in page
    assert "seen by Ines" in page
    assert send(ines, f"{address}/seen", version="3").status_code == 409
    assert "Looked at" in ines.get("/desk?view=decided").text


def test_the_queue_stands_beside_the_item(app: Flask, database: Database, scene: Scene) -> None:
    _report(app, scene)
    ref, address = _item(database, scene)
    ines = browser(app, scene.ines)
    page = ines.get(f"{address}?view=all").text
    assert f'aria-current="true" data-item="{ref}"' in page
    assert f"{address}?view=all" in page
    for view in ("", "made-up", "<script>", "x" * 5_000):
        answer = ines.get(address, query_string={"view": view})
        assert answer.status_code == 200
        main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
        assert "view=unclaimed" in main
        assert not view or view not in main


def test_the_desk_says_who_waits_longest_and_who_is_there(
    app: Flask, database: Database, scene: Scene
) -> None:
    ines = browser(app, scene.ines)
    assert "Nobody waits" in ines.get("/desk").text
    _report(app, scene)
    page = ines.get("/desk").text
    assert "A post by Marigold in Nights" in page
    assert "2 hours left" in page
    assert "Nobody has taken desk duty" in page
    with database.write(scene.ines) as uow:
        go_on_duty(uow, None)
    assert "Nobody has taken desk duty" not in ines.get("/desk").text


@pytest.mark.parametrize("role", ["supervisor", "member"])
def test_the_desk_speaks_the_reader_s_language(
    app: Flask, database: Database, scene: Scene, role: str
) -> None:
    _report(app, scene, words="12345")
    _, address = _item(database, scene)
    looks = browser(app, scene.ines if role == "supervisor" else scene.ash)
    looks.set_cookie("language", "he-XB")
    if role == "supervisor":
        send(looks, f"{address}/claim", version="1")
    pages = ("/desk", f"{address}") if role == "supervisor" else ("/my/reports", f"/report/post/{scene.post}")
    own = r"PeerSpace|Marigold|Ines|Ash|Nights|Take two|alert|script|Enter|Cannot sleep"
    for address in pages:
        page = looks.get(address).text
        main = page[page.index("<main") : page.index("</main>")]
        left = re.sub(r"<time.*?</time>|<[^>]+>|&\w+;|&#\d+;|" + own, "", main)
        assert re.findall(r"[A-Za-z]{3,}", left) == [], address
