"""How many statements a page and a form send: few, and as many for much as for little."""

from __future__ import annotations

from flask import Flask

from peerspace.kernel.ids import new_client_id
from tests.people import People
from tests.web.conftest import browser, csrf, send

MOST = {"/inbox": 6, "/spaces/nights": 3, "thread": 6, "/today": 7}
MOST_OF_A_REPLY = 15


def test_who_asks_is_one_statement(app: Flask, people: People, sent: list[str]) -> None:
    client = browser(app, people.add("ash"))
    sent.clear()
    assert client.get("/nowhere").status_code == 404
    assert len(sent) == 1
    assert "web_session" in sent[0]
    assert "notice" in sent[0]


def test_pages_send_few_statements_however_much_is_on_them(
    app: Flask, people: People, sent: list[str]
) -> None:
    people.space()
    ash, wren = browser(app, people.add("ash")), browser(app, people.add("wren"))
    typed = {"title": "Evening", "body": "Words."}
    there = send(ash, "/spaces/nights/new", client_id=new_client_id(), **typed).headers["Location"]
    thread = "/".join(there.split("/")[:3])
    counts = []
    for posts in (1, 8):
        for _ in range(posts):
            send(wren, thread, body="Answer.", client_id=new_client_id())
            send(wren, "/spaces/nights/new", client_id=new_client_id(), title="Another", body="Words.")
        found = {}
        for page in MOST:
            sent.clear()
            assert ash.get(thread if page == "thread" else page).status_code == 200
            found[page] = len(sent)
        counts.append(found)
    assert counts[0] == counts[1]
    assert all(counts[1][page] <= most for page, most in MOST.items()), counts[1]


def test_a_reply_sends_few_statements_however_many_were_there(
    app: Flask, people: People, sent: list[str]
) -> None:
    people.space()
    ash, wren = browser(app, people.add("ash")), browser(app, people.add("wren"))
    there = send(ash, "/spaces/nights/new", client_id=new_client_id(), title="Evening", body="Words.")
    thread = "/".join(there.headers["Location"].split("/")[:3])
    counts, token = [], csrf(wren)
    for _ in range(19):
        typed = {"body": "Answer.", "client_id": new_client_id(), "csrf_token": token}
        sent.clear()
        assert wren.post(thread, data=typed).status_code == 303
        counts.append(len(sent))
    assert set(counts) == {counts[0]}
    assert counts[0] <= MOST_OF_A_REPLY, "\n".join(sent)
