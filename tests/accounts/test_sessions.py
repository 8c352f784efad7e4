"""Sessions: who a secret signs in, for how long, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from peerspace.accounts.events import SessionsEnded
from peerspace.accounts.models import Account, WebSession
from peerspace.accounts.sessions import (
    ABSOLUTE,
    IDLE,
    STAFF_IDLE,
    end_all_sessions,
    end_session,
    hash_secret,
    open_session,
    signed_in_as,
    signed_in_by,
    touch_sessions,
    unexpired,
)
from peerspace.kernel.actor import Actor, Role, guest
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import NotFound
from peerspace.kernel.uow import Database
from tests.people import People

MOMENT = timedelta(seconds=1)


def _open(database: Database, person: Actor) -> str:
    with database.write(person) as uow:
        return open_session(uow, person.require_account())


def _knows(database: Database, secret: str) -> bool:
    with database.read(guest()) as uow:
        known = signed_in_by(uow, secret) is not None
        account_status = (
            select(WebSession.id)
            .join(Account)
            .where(WebSession.token_hash == hash_secret(secret), unexpired(uow.now), Account.status != "left")
        )
        assert (uow.session.scalar(account_status) is not None) == known, (
            "the limits are the same for one and for many"
        )
    return known


def test_a_secret_signs_its_person_in(database: Database, people: People) -> None:
    ann = people.add("Ann", Role.PEER_WORKER)
    secret = _open(database, ann)
    with database.read(guest()) as uow:
        person = signed_in_by(uow, secret)
        assert person is not None
        assert (person.account_id, person.pseudonym) == (ann.account_id, "Ann")
        assert person.roles == {Role.MEMBER, Role.PEER_WORKER}
        assert person.actor().roles == person.roles
        assert person.actor().session_id == person.session_id
        assert signed_in_as(uow, person.session_id) == person
        assert signed_in_by(uow, secret + "x") is None


def test_the_database_does_not_hold_the_secret(database: Database, people: People) -> None:
    secret = _open(database, people.add())
    with database.read(guest()) as uow:
        row = uow.session.scalars(select(WebSession)).one()
    assert secret not in (row.token_hash, str(row.id))


@pytest.mark.parametrize("status", ["waiting", "asked", "declined", "suspended", "ended"])
def test_who_is_not_in_acts_without_roles(database: Database, people: People, status: str) -> None:
    secret = _open(database, people.add("Ann", Role.SUPERVISOR, status=status))
    with database.read(guest()) as uow:
        person = signed_in_by(uow, secret)
    assert person is not None
    assert not person.is_active
    assert person.actor().roles == frozenset()


def test_who_left_is_not_signed_in(database: Database, people: People) -> None:
    assert not _knows(database, _open(database, people.add(status="left")))


def test_a_status_holds_from_the_next_look(database: Database, people: People) -> None:
    ann = people.add()
    secret = _open(database, ann)
    with database.write(ann) as uow:
        uow.session.execute(update(Account).where(Account.id == ann.account_id).values(status="left"))
    assert not _knows(database, secret)


def test_idle_sessions_expire(database: Database, people: People, clock: HeldClock) -> None:
    member, staff = _open(database, people.add()), _open(database, people.add("Sue", Role.SUPERVISOR))
    clock.move(STAFF_IDLE)
    assert _knows(database, staff)
    clock.move(MOMENT)
    assert not _knows(database, staff)
    clock.move(IDLE - STAFF_IDLE - MOMENT)
    assert _knows(database, member)
    clock.move(MOMENT)
    assert not _knows(database, member)


def test_no_session_outlives_the_longest_time(database: Database, people: People, clock: HeldClock) -> None:
    ann = people.add()
    secret = _open(database, ann)
    for _ in range(9):
        clock.move(timedelta(days=10))
        with database.write(ann) as uow:
            sessions = uow.session.scalars(select(WebSession.id)).all()
            touch_sessions(uow, dict.fromkeys(sessions, uow.now))
        assert _knows(database, secret)
    assert timedelta(days=90) == ABSOLUTE
    clock.move(MOMENT)
    assert not _knows(database, secret)


def test_touching_moves_forward_only_and_not_what_ended(
    database: Database, people: People, clock: HeldClock
) -> None:
    ann = people.add()
    _open(database, ann)
    _open(database, ann)
    opened = clock.now()
    later = clock.move(timedelta(minutes=5))
    with database.write(ann) as uow:
        one, two = uow.session.scalars(select(WebSession).order_by(WebSession.id)).all()
        end_session(uow, ann.require_account(), two.id, "signed_out")
        uow.session.flush()
        touch_sessions(uow, {one.id: later, two.id: later})
        touch_sessions(uow, {one.id: opened})
        touch_sessions(uow, {})
    with database.read(ann) as uow:
        seen = uow.session.scalars(select(WebSession.seen_at).order_by(WebSession.id)).all()
    assert list(seen) == [later, opened]


def test_ending_one_and_all(database: Database, people: People) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    secrets = [_open(database, ann) for _ in range(3)]
    bens = _open(database, ben)
    heard: list[SessionsEnded] = []
    database.listeners.after_commit(SessionsEnded, heard.append)
    with database.write(ann) as uow:
        ids = list(uow.session.scalars(select(WebSession.id).order_by(WebSession.id)))
        end_session(uow, ann.require_account(), ids[0], "signed_out")
        end_session(uow, ann.require_account(), ids[0], "signed_out")
    assert heard == [SessionsEnded(ann.require_account(), ids[0], "signed_out")]
    assert [_knows(database, one) for one in secrets] == [False, True, True]
    with database.write(ann) as uow:
        end_all_sessions(uow, ann.require_account(), "elsewhere", but=ids[1])
    assert heard[1:] == [SessionsEnded(ann.require_account(), ids[2], "elsewhere")]
    with database.write(ann) as uow:
        end_all_sessions(uow, ann.require_account(), "suspended")
    assert heard[2:] == [SessionsEnded(ann.require_account(), None, "suspended")]
    assert not any(_knows(database, one) for one in secrets)
    assert _knows(database, bens)


def test_nobody_ends_the_session_of_somebody_else(database: Database, people: People) -> None:
    ann, ben = people.add("Ann"), people.add("Ben")
    secret = _open(database, ann)
    with database.write(ben) as uow:
        session_id = uow.session.scalars(select(WebSession.id)).one()
        with pytest.raises(NotFound):
            end_session(uow, ben.require_account(), session_id, "signed_out")
    assert _knows(database, secret)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
@pytest.mark.parametrize("roles", [(), (Role.SUPERVISOR,)])
def test_an_hour_back_or_forward_signs_nobody_out(
    database: Database, people: People, clock: HeldClock, jump: timedelta, roles: tuple[Role, ...]
) -> None:
    ann = people.add("Ann", *roles)
    secret = _open(database, ann)
    clock.move(jump)
    assert _knows(database, secret)
    with database.read(guest()) as uow:
        person = signed_in_by(uow, secret)
        assert person is not None
        assert person.needs_touch, "also what was seen in the future is seen now"
    with database.write(ann) as uow:
        touch_sessions(uow, {person.session_id: uow.now})
    with database.read(guest()) as uow:
        assert uow.session.get_one(WebSession, person.session_id).seen_at == clock.now()
