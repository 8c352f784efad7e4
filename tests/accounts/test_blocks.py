"""Blocks: made and lifted by their owner, silent for the other (invariant 9)."""

from __future__ import annotations

import pytest

from peerspace.accounts.blocks import block, unblock
from peerspace.accounts.events import Blocked, Unblocked
from peerspace.accounts.own import my_blocks, my_settings
from peerspace.accounts.queries import blocked_by, blockers_of, who_looked
from peerspace.features import audited_actions
from peerspace.kernel.actor import Role, guest
from peerspace.kernel.errors import BadRequest, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from tests.people import People


@pytest.mark.invariant(9)
def test_blocking_twice_is_once_and_lifting_is_told_once(database: Database, people: People) -> None:
    ann, ben = people.add("Ann", established=False), people.add("Ben")
    heard: list[object] = []
    database.listeners.after_commit(Blocked, heard.append)
    database.listeners.after_commit(Unblocked, heard.append)
    for _ in range(2):
        with database.write(ann) as uow:
            block(uow, ben.public_id)
    with database.read(ann) as uow:
        assert blocked_by(uow, ann.require_account()) == {ben.account_id}
        assert blockers_of(uow, ben.require_account()) == {ann.account_id}
        assert blocked_by(uow, ben.require_account()) == frozenset()
        assert [line.person.name for line in my_blocks(uow)] == ["Ben"]
    for _ in range(2):
        with database.write(ann) as uow:
            unblock(uow, ben.public_id)
    ids = ann.require_account(), ben.require_account()
    assert heard == [Blocked(*ids), Unblocked(*ids)]
    with database.read(ann) as uow:
        assert my_blocks(uow) == []


@pytest.mark.invariant(9)
def test_the_same_block_twice_at_once_is_one(
    database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second press looked before the first was written: it meets the constraint, and nothing is amiss."""
    ann, ben = people.add("Ann"), people.add("Ben")
    with database.write(ann) as uow:
        block(uow, ben.public_id)
    with database.write(ann) as uow:
        monkeypatch.setattr(uow.session, "scalar", lambda *_args, **_kwargs: None)
        block(uow, ben.public_id)
        monkeypatch.undo()
        assert blocked_by(uow, ann.require_account()) == {ben.account_id}


@pytest.mark.invariant(9)
def test_the_blocked_person_sees_it_nowhere_in_their_account(database: Database, people: People) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    with database.read(ben) as uow:
        before = my_settings(uow), who_looked(uow, ben.require_account(), audited_actions())
    with database.write(ann) as uow:
        block(uow, ben.public_id)
    with database.read(ben) as uow:
        assert (my_settings(uow), who_looked(uow, ben.require_account(), audited_actions())) == before


@pytest.mark.invariant(9)
def test_both_may_block_each_other(database: Database, people: People) -> None:
    ann, ben = people.add("Ann"), people.add("Ben", Role.SUPERVISOR)
    with database.write(ann) as uow:
        block(uow, ben.public_id)
    with database.write(ben) as uow:
        block(uow, ann.public_id)
    with database.read(ann) as uow:
        assert blockers_of(uow, ann.require_account()) == blocked_by(uow, ann.require_account())


def test_whom_one_cannot_block(database: Database, people: People) -> None:
    ann, waiting, left = people.add("Ann"), people.add(status="waiting"), people.add(status="left")
    with database.write(ann) as uow:
        with pytest.raises(BadRequest, match="block_self"):
            block(uow, ann.public_id)
        for unknown in ("nobody", "", "x" * 10_000, waiting.public_id, left.public_id):
            with pytest.raises(NotFound):
                block(uow, unknown)
            with pytest.raises(NotFound):
                unblock(uow, unknown)
    with database.write(guest()) as uow, pytest.raises(NotAllowed):
        block(uow, ann.public_id)
