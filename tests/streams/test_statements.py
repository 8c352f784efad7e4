"""How many statements it takes to write: few, and as many whoever follows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from peerspace import features
from peerspace.accounts.models import Account
from peerspace.chat import service as chat
from peerspace.forum import service as forum
from peerspace.forum.models import Post
from peerspace.kernel.actor import Actor, Origin, Role, installation
from peerspace.kernel.ids import new_client_id, new_public_id
from peerspace.kernel.uow import Database
from peerspace.streams import reading
from tests.forum.acts import reply, start, thread_of
from tests.people import People

FOR_A_MESSAGE = 7
FOR_A_REPLY = 11
"""On SQLite. PostgreSQL takes the lock of consent (kernel.moments) with one more."""


def _most(database: Database, on_sqlite: int) -> int:
    return on_sqlite if database.is_sqlite else on_sqlite + 1


def test_a_message_takes_few_statements(database: Database, people: People, sent: list[str]) -> None:
    people.room("late-kitchen", kept_by=people.add("wren", Role.PEER_WORKER))
    ash = people.add("ash")
    for number in range(3):
        draft = chat.draft_message(database, ash, f"Message number {number}")
        sent.clear()
        with database.write(ash) as uow:
            chat.send_message(uow, "late-kitchen", draft, client_id=new_client_id())
        assert len(sent) <= _most(database, FOR_A_MESSAGE), "\n".join(sent)


def test_words_are_looked_through_with_one_statement(
    database: Database, people: People, sent: list[str]
) -> None:
    ash = people.add("ash")
    sent.clear()
    chat.draft_message(database, ash, "Is anybody there?")
    assert len(sent) == 1


def test_a_reply_takes_few_statements(database: Database, people: People, sent: list[str]) -> None:
    people.space()
    thread = thread_of(database, start(database, people.add("wren"))).public_id
    ash = people.add("ash")
    for number in range(3):
        draft = forum.draft_post(database, ash, f"Reply number {number}")
        sent.clear()
        with database.write(ash) as uow:
            forum.post_reply(uow, thread, draft, client_id=new_client_id())
        assert len(sent) <= _most(database, FOR_A_REPLY), "\n".join(sent)


def _follow(database: Database, opening: Post, many: int) -> None:
    """So many members, each following the thread."""
    with database.write(installation(Origin.COMMAND)) as uow:
        accounts = [_account(uow.now - timedelta(days=30)) for _ in range(many)]
        uow.session.add_all(accounts)
        uow.session.flush()
        for account in accounts:
            uow.actor = Actor(Origin.WEB, account.id, account.public_id, frozenset({Role.MEMBER}))
            reading.follow(uow, opening.stream_id)


def _account(since) -> Account:
    name = new_public_id()
    return Account(
        public_id=name,
        pseudonym=name,
        pseudonym_folded=name,
        pseudonym_capitals=name,
        token_symbol="bird",
        token_colour="moss",
        status="active",
        created_at=since,
        admitted_at=since,
        status_changed_at=since,
        rules_number=1,
    )


def _rows(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    with database.read(installation(Origin.COMMAND)) as uow:
        tables = features.metadata().sorted_tables
        return {one.name: uow.rows(select(func.count()).select_from(one)).scalar_one() for one in tables}


def test_what_a_post_writes_does_not_grow_with_its_followers(
    database: Database, people: People, sent: list[str]
) -> None:
    people.space()
    opening = start(database, people.add("wren"))
    thread, ash = thread_of(database, opening).public_id, people.add("ash")
    reply(database, ash, thread)
    found = []
    for more in (5, 495):
        _follow(database, opening, more)
        before = _rows(database)
        sent.clear()
        reply(database, ash, thread)
        statements = list(sent)
        after = _rows(database)
        found.append((statements, {name: after[name] - before[name] for name in after}))
    with database.read(installation(Origin.COMMAND)) as uow:
        assert (
            uow.rows(select(func.count()).select_from(features.metadata().tables["following"])).scalar()
            == 500
        )
    assert found[0] == found[1]
    assert sum(found[0][1].values()) == 2  # the post, and a notice for whoever was answered
