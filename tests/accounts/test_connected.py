"""Whether people who are connected may still be: asked for many at once."""

from __future__ import annotations

from sqlalchemy import update

from peerspace.accounts.blocks import block, block_choice
from peerspace.accounts.connected import holders, sessions_in_force
from peerspace.accounts.models import Account, WebSession
from peerspace.accounts.sessions import open_session, signed_in_by
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.uow import Database
from tests.people import People


def _session(database: Database, who: Actor) -> int:
    with database.write(who) as uow:
        found = signed_in_by(uow, open_session(uow, who.require_account()))
    assert found is not None
    return found.session_id


def test_a_session_is_in_force_until_it_ends_or_its_person_goes(
    database: Database, people: People, command: Actor
) -> None:
    ann, bea, cat = (people.add(name) for name in ("Ann", "Bea", "Cat"))
    sessions = [_session(database, who) for who in (ann, bea, cat)]
    with database.write(command) as uow:
        uow.session.execute(
            update(WebSession).where(WebSession.id == sessions[1]).values(ended_at=uow.now, end_reason="")
        )
        gone = update(Account).where(Account.id == cat.account_id).values(status="suspended")
        uow.session.execute(gone)
    with database.read(command) as uow:
        assert sessions_in_force(uow, [*sessions, 10**9]) == {sessions[0]}


def test_who_holds_one_of_the_roles_now(database: Database, people: People, command: Actor) -> None:
    ann, wren = people.add("Ann"), people.add("Wren", Role.PEER_WORKER)
    both = [ann.require_account(), wren.require_account()]
    with database.read(command) as uow:
        assert holders(uow, both, [Role.PEER_WORKER, Role.SUPERVISOR]) == {wren.account_id}
        assert holders(uow, both, [Role.MEMBER]) == set(both)


def test_what_is_asked_before_a_block(database: Database, people: People) -> None:
    ann, bea = people.add("Ann"), people.add("Bea")
    for is_blocked in (False, True):
        with database.read(ann) as uow:
            choice = block_choice(uow, bea.public_id or "")
        assert (choice.person.name, choice.is_blocked) == ("Bea", is_blocked)
        with database.write(ann) as uow:
            block(uow, bea.public_id or "")
