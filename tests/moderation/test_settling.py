"""Settling in: after some days, once the first contributions were seen and nothing waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from peerspace.accounts.models import Account
from peerspace.community.settings import set_setting
from peerspace.forum.models import Post, Space, Thread
from peerspace.kernel.actor import Actor, Origin, Role, guest, installation
from peerspace.kernel.errors import NotAllowed
from peerspace.kernel.ids import new_client_id, new_public_id
from peerspace.kernel.uow import Database
from peerspace.moderation.settling import settle_members
from tests.people import People

JOB = installation(Origin.JOB)


def _post(database: Database, space: Space, person: Actor, *states: str) -> None:
    with database.write(JOB) as uow:
        for state in states:
            thread = Thread(
                public_id=new_public_id(), space_id=space.id, author_id=person.account_id, title="A title",
                created_at=uow.now, last_post_at=uow.now, seq=1,
            )  # fmt: skip
            uow.session.add(thread)
            uow.session.flush()
            uow.session.add(
                Post(
                    public_id=new_public_id(), stream_id=thread.id, author_id=person.account_id, seq=1,
                    body="Words.", body_html="<p>Words.</p>", state=state, client_id=new_client_id(),
                    created_at=uow.now,
                )
            )  # fmt: skip


def _settled(database: Database, person: Actor) -> bool:
    with database.read(guest()) as uow:
        return uow.session.get_one(Account, person.account_id).established_at is not None


def test_who_counts_as_settled_in(database: Database, people: People) -> None:
    space = people.space()
    names = ("seen", "few", "waits", "new", "suspended", "hidden")
    who = {name: people.add(name, established=False) for name in names}
    for name, states in (
        ("seen", ["published"] * 3),
        ("few", ["published"] * 2),
        ("waits", ["published"] * 3 + ["held"]),
        ("new", ["published"] * 3),
        ("suspended", ["published"] * 3),
        ("hidden", ["published", "published", "hidden"]),
    ):
        _post(database, space, who[name], *states)
    with database.write(JOB) as uow:
        ids = {name: person.account_id for name, person in who.items()}
        uow.session.execute(
            update(Account).where(Account.id == ids["new"]).values(admitted_at=uow.now - timedelta(days=6))
        )
        uow.session.execute(update(Account).where(Account.id == ids["suspended"]).values(status="suspended"))
    for expected in (1, 0):
        with database.write(JOB) as uow:
            assert settle_members(uow) == expected
    assert [name for name, person in who.items() if _settled(database, person)] == ["seen"]


def test_the_settings_decide(database: Database, people: People) -> None:
    person = people.add(established=False)
    _post(database, people.space(), person, "published")
    with database.write(installation(Origin.COMMAND)) as uow:
        set_setting(uow, "first_posts", 1)
    with database.write(JOB) as uow:
        assert settle_members(uow) == 1


def test_people_do_not_call_it(database: Database, people: People) -> None:
    with database.write(people.add("", Role.SUPERVISOR)) as uow, pytest.raises(NotAllowed):
        settle_members(uow)
