"""How many statements a page sends: few, and as many for much as for little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from peerspace.kernel.ids import new_client_id
from peerspace.kernel.uow import Database
from tests.people import People
from tests.web.conftest import browser, send

MOST = {"/inbox": 6, "/spaces/nights": 6, "thread": 6, "/today": 12}


@pytest.fixture
def sent(database: Database) -> Iterator[list[str]]:
    """Every statement that is sent, without those that only begin a transaction."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


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
