"""A community to read pages of: members, and threads whose number of posts and readers follows Zipf's law.

The forum's own service writes them, only the forms are left out: twenty thousand posts take a minute or two.
"""

from __future__ import annotations

import os
import random
import uuid
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from bench.crowd import Crowd
from bench.installation import Installation
from bench.visitor import Visitor
from peerspace.accounts.models import Account
from peerspace.accounts.sessions import open_session
from peerspace.app import create_app
from peerspace.config import Config
from peerspace.forum import service
from peerspace.forum.thread_page import place_of
from peerspace.kernel.actor import Actor, Origin, Role
from peerspace.kernel.uow import Database
from peerspace.web.running import running
from peerspace.web.sessions import SESSION_KEY

SPACE = "bench"
POSTS = 20
"""Posts of one full page."""
WORDS = (
    "It helped me to write down what the evening was like, and then to read it again on the next day. " * 4
)


def thread_of_posts(installation: Installation) -> tuple[Visitor, str]:
    """Two members write a thread of twenty posts through the forms; one of them, and the thread's address."""
    names = ["p0001", "p0002"]
    crowd = Crowd(installation)
    installation.commands([["db", "upgrade"], ["space", "add", SPACE, "Bench"]])
    crowd.add(names, {})
    installation.start()
    crowd.sign_in(names)
    first = crowd.visitors[names[0]]
    first.get(f"/spaces/{SPACE}/new")
    first.send(first.form_with("title", "body"), {"title": "An evening", "body": WORDS})
    address = first.url.split("#")[0]
    for number in range(1, POSTS):
        who = crowd.visitors[names[number % 2]]
        who.get(address)
        who.send(who.form_with("body", "client_id"), {"body": f"{number}. {WORDS}"})
    first.get(address)
    return first, address.removeprefix(installation.base)


@dataclass(frozen=True)
class Size:
    """How large the community is."""

    members: int = 200
    threads: int = 500
    posts: int = 20_000

    def posts_of(self) -> list[int]:
        """Posts of each thread, the most written in first: the k-th has a share of 1/k, and each at least one."""
        whole = sum(1 / rank for rank in range(1, self.threads + 1))
        left = self.posts - self.threads
        counts = [1 + int(left / rank / whole) for rank in range(1, self.threads + 1)]
        counts[0] += self.posts - sum(counts)
        return counts


@dataclass(frozen=True)
class Community:
    """What was made: a cookie for each member, and the threads as (public id, posts), the most read first."""

    cookies: list[str]
    threads: list[tuple[str, int]]


def settle(installation: Installation, size: Size, seed: int = 1) -> Community:
    """Fill a fresh installation. The same seed gives the same community."""
    names = [f"p{number:04}" for number in range(1, size.members + 1)]
    installation.commands([["db", "upgrade"], ["space", "add", SPACE, "Bench"]])
    Crowd(installation).add(names, {})
    app = application(installation)
    database = running(app).database
    members = _members(database)
    threads = _write(database, members, size, random.Random(seed))
    cookies = [_cookie(app, database, member) for member in members]
    database.close()
    if installation.kind == "postgresql":
        with installation.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return Community(cookies, threads)


def application(installation: Installation) -> Flask:
    """The installation's application, in this process."""
    os.environ.update(
        {name: value for name, value in installation.environ.items() if name.startswith("PEERSPACE_")}
    )
    return create_app(Config.from_env())


def _members(database: Database) -> list[Actor]:
    with database.read(Actor(Origin.COMMAND)) as uow:
        rows = uow.session.execute(select(Account.id, Account.public_id).order_by(Account.id)).all()
    return [Actor(Origin.DEMO, row.id, row.public_id, frozenset({Role.MEMBER})) for row in rows]


def _write(
    database: Database, members: list[Actor], size: Size, chance: random.Random
) -> list[tuple[str, int]]:
    """The threads, written in turns so that they are as mixed up in the tables as real ones."""
    drafts = [
        service.draft_post(database, members[0], f"{number}. {WORDS[: chance.randrange(40, len(WORDS))]}", "")
        for number in range(50)
    ]
    ids: list[str] = []
    for number in range(size.threads):
        draft = service.draft_post(database, members[0], WORDS, "", title=f"Evening {number}")
        author = chance.choice(members)
        with database.write(author) as uow:
            post = service.start_thread(uow, SPACE, draft, client_id=_client_id(chance))
        with database.read(author) as uow:
            ids.append(place_of(uow, post.public_id).split("/")[2].partition("#")[0])
    counts = size.posts_of()
    turns = [at for at, count in enumerate(counts) for _ in range(count - 1)]
    chance.shuffle(turns)
    for begin in range(0, len(turns), 20):
        with database.write(chance.choice(members)) as uow:
            for at in turns[begin : begin + 20]:
                service.post_reply(uow, ids[at], chance.choice(drafts), client_id=_client_id(chance))
    return list(zip(ids, counts, strict=True))


def _client_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _cookie(app: Flask, database: Database, member: Actor) -> str:
    """The cookie of a browser that `member` signed in with."""
    with database.write(member) as uow:
        secret = open_session(uow, member.require_account())
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    signed = signer.dumps({SESSION_KEY: secret, "_permanent": True, "csrf_token": uuid.uuid4().hex})
    return f"{app.config['SESSION_COOKIE_NAME']}={signed}"
