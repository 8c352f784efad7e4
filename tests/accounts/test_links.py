"""One-time links: no one person makes one, the member hears of every step, and may say no."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from peerspace.accounts import service
from peerspace.accounts.links import link_account
from peerspace.accounts.models import Account
from peerspace.accounts.passphrases import Passphrases
from peerspace.accounts.queries import link_requests, my_link_requests, who_looked
from peerspace.features import audited_actions
from peerspace.kernel.actor import Actor, Role, guest
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, TooLong
from peerspace.kernel.uow import Database
from peerspace.notifications.models import Notice
from tests.people import People

NOTE = "She rang from the number we have."


@pytest.fixture
def ann(people: People) -> Actor:
    return people.add("Ann")


@pytest.fixture
def ada(people: People) -> Actor:
    return people.add("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def sue(people: People) -> Actor:
    return people.add("Sue", Role.SUPERVISOR)


def asked(database: Database, by: Actor, about: Actor) -> str:
    with database.write(by) as uow:
        return service.ask_for_link(uow, about.require_account(), NOTE).public_id


def told(database: Database, actor: Actor) -> list[str]:
    with database.read(actor) as uow:
        mine = select(Notice.kind).where(Notice.account_id == actor.require_account()).order_by(Notice.id)
        return list(uow.session.scalars(mine))


@pytest.mark.invariant(8)
def test_two_people_make_a_link_and_the_member_sees_every_step(
    database: Database, ann: Actor, ada: Actor, sue: Actor, cheap: Passphrases
) -> None:
    one = asked(database, ada, ann)
    assert told(database, ann) == ["sign_in_link_asked"]
    assert told(database, sue) == ["sign_in_link_waits"]
    with database.write(ada) as uow, pytest.raises(Conflict, match="link_not_agreed"):
        service.take_link(uow, one)
    with database.write(sue) as uow:
        service.agree_to_link(uow, one)
    with database.write(sue) as uow, pytest.raises(NotAllowed):
        service.take_link(uow, one)
    with database.write(ada) as uow:
        token = service.take_link(uow, one)
    with database.write(ada) as uow, pytest.raises(Conflict, match="changed_meanwhile"):
        service.take_link(uow, one)
    with database.write(guest()) as uow:
        assert service.use_link(uow, token, cheap.hash("a lamp beside the sink")).id == ann.account_id
    with database.read(ann) as uow:
        seen = [
            (look.what, look.by.pseudonym if look.by else None)
            for look in who_looked(uow, ann.require_account(), audited_actions())
        ]
        assert my_link_requests(uow) == []
    assert list(reversed(seen)) == [
        ("sign_in_link_asked", "Ada"),
        ("sign_in_link_agreed", "Sue"),
        ("sign_in_link_made", "Ada"),
        ("sign_in_link_used", None),
    ]


def test_nobody_is_the_second_person_of_their_own_request(
    database: Database, ann: Actor, ada: Actor, people: People
) -> None:
    """Also not somebody it is for, and not a person who is both."""
    one = asked(database, ada, ann)
    for person in (
        ada,
        ann,
        people.add("Wes", Role.PEER_WORKER),
        people.add("Ray", Role.RESEARCHER),
        guest(),
    ):
        with database.write(person) as uow, pytest.raises(NotAllowed):
            service.agree_to_link(uow, one)
    sam = people.add("Sam", Role.SUPERVISOR)
    own = asked(database, ada, sam)
    with database.write(sam) as uow, pytest.raises(NotAllowed):
        service.agree_to_link(uow, own)
    with database.write(people.add("Ola", Role.ADMINISTRATOR)) as uow:
        service.agree_to_link(uow, own)


def test_a_link_is_asked_for_by_administrators_with_a_reason(
    database: Database, ann: Actor, ada: Actor, sue: Actor
) -> None:
    account_id = ann.require_account()
    for person in (ann, sue, guest()):
        with database.write(person) as uow, pytest.raises(NotAllowed):
            service.ask_for_link(uow, account_id, NOTE)
    with database.write(ada) as uow:
        for note, error in (("", Invalid), (None, Invalid), ("x" * 301, TooLong)):
            with pytest.raises(error):
                service.ask_for_link(uow, account_id, note)
        with pytest.raises(NotFound):
            service.ask_for_link(uow, 999_999, NOTE)
    with database.write(ada) as uow, pytest.raises(NotAllowed):
        service.create_link(uow, account_id)


def test_the_member_stops_a_link_also_after_it_was_shown(
    database: Database, ann: Actor, ada: Actor, sue: Actor, people: People
) -> None:
    one = asked(database, ada, ann)
    with database.read(ann) as uow:
        (mine,) = my_link_requests(uow)
    assert (mine.public_id, mine.note, mine.is_for_me) == (one, NOTE, True)
    with database.write(sue) as uow:
        service.agree_to_link(uow, one)
    with database.write(ada) as uow:
        token = service.take_link(uow, one)
    with database.write(people.add("Bo")) as uow, pytest.raises(NotAllowed):
        service.refuse_link(uow, one)
    with database.write(ann) as uow:
        service.refuse_link(uow, one)
    with database.read(guest()) as uow, pytest.raises(BadRequest, match="link_over"):
        link_account(uow, token)
    with database.write(ann) as uow, pytest.raises(Conflict, match="changed_meanwhile"):
        service.refuse_link(uow, one)


def test_a_request_runs_out_and_a_new_one_takes_its_place(
    database: Database, ann: Actor, ada: Actor, sue: Actor, clock: HeldClock
) -> None:
    first = asked(database, ada, ann)
    second = asked(database, ada, ann)
    with database.write(sue) as uow:
        with pytest.raises(Conflict):
            service.agree_to_link(uow, first)
        service.agree_to_link(uow, second)
        with pytest.raises(Conflict):
            service.agree_to_link(uow, second)
    clock.move(timedelta(days=3, seconds=1))
    with database.write(ada) as uow:
        assert link_requests(uow) == []
        with pytest.raises(Conflict):
            service.take_link(uow, second)


def test_the_list_is_for_those_who_may_agree(database: Database, ann: Actor, ada: Actor, sue: Actor) -> None:
    asked(database, ada, ann)
    with database.read(sue) as uow:
        (line,) = link_requests(uow)
    assert (line.person.pseudonym, line.asked_by.pseudonym, line.agreed, line.is_mine) == (
        "Ann",
        "Ada",
        False,
        False,
    )
    with database.read(ann) as uow, pytest.raises(NotAllowed):
        link_requests(uow)


@pytest.mark.invariant(8)
def test_a_link_from_the_command_line_shows_to_the_member(
    database: Database, ann: Actor, command: Actor
) -> None:
    with database.write(command) as uow:
        service.create_link(uow, ann.require_account())
    with database.read(ann) as uow:
        assert [
            (look.what, look.by) for look in who_looked(uow, ann.require_account(), audited_actions())
        ] == [("sign_in_link_made", None)]


def test_a_role_that_one_gives_to_oneself_shows_to_every_supervisor(
    database: Database, ada: Actor, sue: Actor, people: People
) -> None:
    """Also to one who blocked that administrator, and not to members."""
    sam, ann = people.add("Sam", Role.SUPERVISOR), people.add("Ann")
    with database.write(sam) as uow:
        service.block(uow, uow.session.get_one(Account, ada.account_id).public_id)
    with database.write(ada) as uow:
        service.grant_role(uow, ada.require_account(), Role.SUPERVISOR)
        service.grant_role(uow, ann.require_account(), Role.PEER_WORKER)
    for supervisor in (sue, sam):
        assert told(database, supervisor) == ["role_taken"]
    assert "role_taken" not in told(database, ann) + told(database, ada)


def test_two_who_agree_at_once_take_turns(
    database: Database, ann: Actor, ada: Actor, sue: Actor, people: People
) -> None:
    one = asked(database, ada, ann)
    outcomes: list[str] = []

    def agree(by: Actor) -> None:
        try:
            with database.write(by) as uow:
                service.agree_to_link(uow, one)
            outcomes.append("agreed")
        except Conflict as told:
            outcomes.append(told.key)

    both = [Thread(target=agree, args=(by,)) for by in (sue, people.add("Sam", Role.SUPERVISOR))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcomes) == ["agreed", "changed_meanwhile"]
