"""Roles with their dates, suspension, the end of a membership, being settled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from peerspace.accounts.account_status import (
    end_membership,
    end_sessions_of,
    lift_due_suspensions,
    mark_established,
    restrict,
    suspend,
    unsuspend,
)
from peerspace.accounts.events import AccountStatusChanged, RoleChanged, SessionsEnded
from peerspace.accounts.models import Account
from peerspace.accounts.queries import RoleAt, people_cards, role_at, roles_of
from peerspace.accounts.roles import end_role, grant_role
from peerspace.accounts.sessions import open_session, signed_in_by
from peerspace.kernel.actor import Actor, Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from tests.people import People

COMMAND = installation(Origin.COMMAND)


def _status(database: Database, person: Actor) -> str:
    with database.read(guest()) as uow:
        return uow.session.get_one(Account, person.account_id).status


def test_the_role_at_a_past_moment_is_known(database: Database, people: People, clock: HeldClock) -> None:
    ann = people.add("Ann").require_account()
    start = clock.now()
    with database.write(COMMAND) as uow:
        grant_role(uow, ann, Role.PEER_WORKER, training="untrained", pay="volunteer")
    trained_at = clock.move(timedelta(days=10))
    with database.write(COMMAND) as uow:
        grant_role(uow, ann, Role.PEER_WORKER, training="trained", pay="volunteer")
        grant_role(uow, ann, Role.PEER_WORKER, training="trained", pay="volunteer")
    ended_at = clock.move(timedelta(days=10))
    with database.write(COMMAND) as uow:
        end_role(uow, ann, Role.PEER_WORKER)
        end_role(uow, ann, Role.PEER_WORKER)
    moment = timedelta(microseconds=1)
    with database.read(guest()) as uow:
        assert role_at(uow, ann, start - moment) == RoleAt("member", "not_recorded", "not_recorded")
        assert role_at(uow, ann, start) == RoleAt("peer_worker", "untrained", "volunteer")
        assert role_at(uow, ann, trained_at - moment) == RoleAt("peer_worker", "untrained", "volunteer")
        assert role_at(uow, ann, trained_at) == RoleAt("peer_worker", "trained", "volunteer")
        assert role_at(uow, ann, ended_at) == RoleAt("member", "not_recorded", "not_recorded")
        assert role_at(uow, ann, start - timedelta(days=300)) == RoleAt(
            "none", "not_recorded", "not_recorded"
        )
        assert roles_of(uow, ann) == {Role.MEMBER}


def test_the_highest_shown_role_stands_beside_the_name(database: Database, people: People) -> None:
    both = people.add("Both", Role.PEER_WORKER, Role.SUPERVISOR, Role.ADMINISTRATOR)
    plain = people.add("Plain", Role.PANEL)
    left = people.add("Gone", Role.PEER_WORKER, status="left")
    with database.read(guest()) as uow:
        cards = people_cards(
            uow, [both.require_account(), plain.require_account(), left.require_account(), 99_999]
        )
        assert people_cards(uow, []) == {}
        assert role_at(uow, both.require_account(), uow.now).role == "supervisor"
    assert {account: (card.name, card.role_label) for account, card in cards.items()} == {
        both.require_account(): ("Both", "Supervisor"),
        plain.require_account(): ("Plain", ""),
        left.require_account(): ("former member", ""),
    }


@pytest.mark.parametrize(
    "role", [Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR, Role.RESEARCHER, Role.PANEL]
)
def test_only_administrators_give_and_end_roles(database: Database, people: People, role: Role) -> None:
    ann, other = people.add("Ann"), people.add("", role)
    with database.write(other) as uow:
        with pytest.raises(NotAllowed):
            grant_role(uow, other.require_account(), Role.ADMINISTRATOR)
        with pytest.raises(NotAllowed):
            end_role(uow, ann.require_account(), Role.MEMBER)


def test_roles_are_audited_and_told(database: Database, people: People) -> None:
    ada, ann = people.add("Ada", Role.ADMINISTRATOR), people.add("Ann")
    heard: list[RoleChanged] = []
    database.listeners.after_commit(RoleChanged, heard.append)
    with database.write(ada) as uow:
        grant_role(uow, ann.require_account(), Role.PANEL)
    with database.write(ada) as uow:
        end_role(uow, ann.require_account(), Role.PANEL)
    assert [(one.role, one.granted) for one in heard] == [("panel", True), ("panel", False)]
    with database.read(ada) as uow:
        assert database.audit_log.verify(uow.session) == []


def test_a_researcher_is_apart_from_the_community(database: Database, people: People) -> None:
    ann = people.add("Ann").require_account()
    with database.write(COMMAND) as uow:
        with pytest.raises(Conflict, match="roles_apart"):
            grant_role(uow, ann, Role.RESEARCHER)
        end_role(uow, ann, Role.MEMBER)
        grant_role(uow, ann, Role.RESEARCHER)
        for role in (Role.MEMBER, Role.PEER_WORKER, Role.SUPERVISOR):
            with pytest.raises(Conflict, match="roles_apart"):
                grant_role(uow, ann, role)
        assert roles_of(uow, ann) == {Role.RESEARCHER}


def test_the_last_administrator_stays(database: Database, people: People) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.write(ada) as uow, pytest.raises(Conflict, match="last_administrator"):
        end_role(uow, ada.require_account(), Role.ADMINISTRATOR)
    other = people.add("Ava", Role.ADMINISTRATOR)
    with database.write(ada) as uow:
        end_role(uow, other.require_account(), Role.ADMINISTRATOR)


def test_a_role_needs_known_words_and_a_person(database: Database, people: People) -> None:
    ann = people.add().require_account()
    with database.write(COMMAND) as uow:
        with pytest.raises(Invalid) as refused:
            grant_role(uow, ann, Role.PEER_WORKER, training="very", pay="much")
        assert set(refused.value.fields) == {"training", "pay"}
        with pytest.raises(NotFound):
            grant_role(uow, 999_999, Role.MEMBER)
        with pytest.raises(NotFound):
            end_role(uow, 999_999, Role.MEMBER)


@pytest.mark.invariant(7)
def test_a_suspension_ends_all_sessions_and_is_lifted_when_due(
    database: Database, people: People, clock: HeldClock
) -> None:
    sue, ann = people.add("Sue", Role.SUPERVISOR), people.add("Ann")
    heard: list[object] = []
    database.listeners.after_commit(AccountStatusChanged, heard.append)
    database.listeners.after_commit(SessionsEnded, heard.append)
    with database.write(ann) as uow:
        secret = open_session(uow, ann.require_account())
    with database.write(sue) as uow:
        suspend(uow, ann.require_account(), until=clock.now() + timedelta(days=14))
    assert heard == [
        AccountStatusChanged(ann.require_account(), "suspended"),
        SessionsEnded(ann.require_account(), None, "suspended"),
    ]
    with database.read(guest()) as uow:
        assert signed_in_by(uow, secret) is None
    job = installation(Origin.JOB)
    clock.move(timedelta(days=13))
    with database.write(job) as uow:
        assert lift_due_suspensions(uow) == 0
    clock.move(timedelta(days=1))
    with database.write(job) as uow:
        assert lift_due_suspensions(uow) == 1
    assert _status(database, ann) == "active"
    assert heard[-1] == AccountStatusChanged(ann.require_account(), "active")


def test_a_suspension_without_an_end_is_lifted_by_a_person(
    database: Database, people: People, clock: HeldClock
) -> None:
    sue, ann = people.add("Sue", Role.SUPERVISOR), people.add("Ann")
    with database.write(sue) as uow:
        suspend(uow, ann.require_account())
    clock.move(timedelta(days=1000))
    with database.write(installation(Origin.JOB)) as uow:
        assert lift_due_suspensions(uow) == 0
    with database.write(sue) as uow:
        unsuspend(uow, ann.require_account())
        unsuspend(uow, ann.require_account())
    assert _status(database, ann) == "active"


@pytest.mark.invariant(7)
def test_software_and_others_do_not_decide(database: Database, people: People) -> None:
    ann, sue = people.add("Ann"), people.add("Sue", Role.SUPERVISOR)
    target = ann.require_account()
    for person in (
        people.add(),
        people.add("", Role.PEER_WORKER),
        people.add("", Role.ADMINISTRATOR),
        guest(),
    ):
        with database.write(person) as uow:
            for act in (suspend, unsuspend, end_membership):
                with pytest.raises(NotAllowed):
                    act(uow, target)
            with pytest.raises(NotAllowed):
                restrict(uow, target, until=uow.now)
            with pytest.raises(NotAllowed):
                lift_due_suspensions(uow)
    with database.write(sue) as uow:
        for act in (suspend, unsuspend, end_membership):
            with pytest.raises(NotAllowed, match="not_about_yourself"):
                act(uow, sue.require_account())
    assert _status(database, ann) == "active"


def test_read_only_for_a_time(database: Database, people: People) -> None:
    sue, ann = people.add("Sue", Role.SUPERVISOR), people.add("Ann")
    with database.write(sue) as uow:
        until = uow.now + timedelta(days=2)
        restrict(uow, ann.require_account(), until=until)
    with database.read(guest()) as uow:
        assert uow.session.get_one(Account, ann.account_id).read_only_until == until
    with database.write(sue) as uow:
        restrict(uow, ann.require_account(), until=None)
    with database.read(guest()) as uow:
        assert uow.session.get_one(Account, ann.account_id).read_only_until is None


def test_the_end_of_a_membership(database: Database, people: People) -> None:
    sue, ann = people.add("Sue", Role.SUPERVISOR), people.add("Ann")
    with database.write(sue) as uow:
        end_membership(uow, ann.require_account())
        end_membership(uow, ann.require_account())
    assert _status(database, ann) == "ended"
    with database.write(sue) as uow:
        with pytest.raises(Conflict):
            suspend(uow, ann.require_account())
        with pytest.raises(NotFound):
            suspend(uow, 999_999)


def test_being_settled_in_has_one_date(database: Database, people: People, clock: HeldClock) -> None:
    new = people.add(established=False)
    with database.write(COMMAND) as uow:
        mark_established(uow, new.require_account())
    first = clock.now()
    clock.move(60)
    with database.write(COMMAND) as uow:
        mark_established(uow, new.require_account())
        assert uow.session.get_one(Account, new.account_id).established_at == first
        with pytest.raises(NotFound):
            mark_established(uow, 999_999)


def test_administrators_sign_people_out(database: Database, people: People) -> None:
    ada, ann = people.add("Ada", Role.ADMINISTRATOR), people.add("Ann")
    with database.write(ann) as uow:
        secret = open_session(uow, ann.require_account())
        with pytest.raises(NotAllowed):
            end_sessions_of(uow, ada.require_account())
    with database.write(ada) as uow:
        end_sessions_of(uow, ann.require_account())
        with pytest.raises(NotFound):
            end_sessions_of(uow, 999_999)
    with database.read(guest()) as uow:
        assert signed_in_by(uow, secret) is None


def test_welcome_is_said_once_and_not_after_a_suspension(database: Database, people: People) -> None:
    from peerspace.accounts.joining import Application, admit, apply_to_join
    from peerspace.notifications.queries import inbox

    sue = people.add("Sue", Role.SUPERVISOR)
    application = Application("Moth", "three words here", "Hello.", "moon", "sky", 1)
    with database.write(guest()) as uow:
        moth = apply_to_join(uow, application, "hash")
    with database.write(sue) as uow:
        admit(uow, moth.public_id)
        suspend(uow, moth.id)
        unsuspend(uow, moth.id)
    reader = Actor(Origin.WEB, moth.id, moth.public_id, frozenset({Role.MEMBER}))
    with database.read(reader) as uow:
        assert [notice.kind for notice in inbox(uow).notices].count("membership_admitted") == 1


@pytest.mark.parametrize("verb", [restrict, suspend])
def test_a_later_shorter_measure_never_ends_a_longer_one(
    database: Database, people: People, clock: HeldClock, verb: Callable[..., None]
) -> None:
    sue, moth = people.add("Sue", Role.SUPERVISOR), people.add("Moth")

    def until(days: int | None) -> datetime | None:
        ends = None if days is None else clock.now() + timedelta(days=days)
        with database.write(sue) as uow:
            verb(uow, moth.require_account(), until=ends)
        with database.read(guest()) as uow:
            account = uow.session.get_one(Account, moth.account_id)
            return account.read_only_until if verb is restrict else account.suspended_until

    long = clock.now() + timedelta(days=14)
    assert until(14) == long
    clock.move(timedelta(days=1))
    assert until(2) == long
    assert until(30) == clock.now() + timedelta(days=30)
    assert until(None) is None  # lifts a restriction, and makes a suspension one without an end
    if verb is suspend:
        assert until(2) is None
    else:
        assert until(2) == clock.now() + timedelta(days=2)
        clock.move(timedelta(days=3))
        assert until(1) == clock.now() + timedelta(days=1)  # one that is over keeps nobody
