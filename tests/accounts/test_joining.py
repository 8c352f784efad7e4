"""Joining: an application is checked at once, and a human lets in, asks or declines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from peerspace.accounts import admissions
from peerspace.accounts.admissions import open_member_file, waiting_people
from peerspace.accounts.events import AccountApplied, AccountStatusChanged, RoleChanged
from peerspace.accounts.joining import (
    Application,
    add_person,
    admit,
    answer,
    applied_just_now,
    apply_to_join,
    ask,
    check_application,
    decline,
)
from peerspace.accounts.models import Account, AdmissionStep, RoleGrant
from peerspace.accounts.own import account_status
from peerspace.accounts.queries import roles_of, who_looked
from peerspace.features import audited_actions
from peerspace.kernel.actor import Actor, Origin, Role, guest, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooLong
from peerspace.kernel.models import AuditEntry
from peerspace.kernel.uow import Database
from tests.people import People

FORM: dict[str, Any] = {
    "pseudonym": "Moth",
    "passphrase": "three words here",
    "own_words": "I sleep badly and would like company.",
    "adult": True,
    "agreed": True,
    "rules_number": 1,
    "symbol": "moon",
    "colour": "sky",
}


def _application(**changes: Any) -> Application:
    return check_application(**(FORM | changes))


def _apply(database: Database, **changes: Any) -> Actor:
    with database.write(guest()) as uow:
        account = apply_to_join(uow, _application(**changes), "hash")
    return Actor(origin=Origin.WEB, account_id=account.id, public_id=account.public_id)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_application(
            pseudonym="x",
            passphrase="short",
            own_words=" ",
            adult=False,
            agreed="yes",
            rules_number=1,
            symbol="dragon",
            colour="gold",
        )
    assert refused.value.fields == {
        "pseudonym": "pseudonym_length",
        "passphrase": "passphrase_short",
        "own_words": "empty",
        "adult": "adult_needed",
        "agreed": "rules_needed",
        "symbol": "token_unknown",
        "colour": "token_unknown",
    }


def test_words_over_the_limit_say_so() -> None:
    with pytest.raises(Invalid) as refused:
        _application(own_words="x" * 2_001)
    assert refused.value.fields == {"own_words": "too_long"}
    assert refused.value.values["limit"] == 2_000
    assert not isinstance(refused.value, TooLong)


def test_a_token_is_drawn_when_none_was_chosen() -> None:
    drawn = _application(symbol="", colour=None)
    assert drawn.symbol
    assert drawn.colour


def test_nobody_joins_before_the_rules_are_published() -> None:
    with pytest.raises(Conflict, match="rules_missing"):
        _application(rules_number=None)


def test_an_application_does_not_show_its_secrets() -> None:
    assert "three words" not in repr(_application())
    assert "sleep" not in repr(_application())


def test_an_applicant_waits_without_any_role(database: Database) -> None:
    heard: list[AccountApplied] = []
    database.listeners.after_commit(AccountApplied, heard.append)
    moth = _apply(database)
    assert heard == [AccountApplied(moth.require_account())]
    with database.read(moth) as uow:
        account = uow.session.get_one(Account, moth.require_account())
        assert (account.status, account.rules_number, account.admitted_at) == ("waiting", 1, None)
        assert account.adult_confirmed_at == uow.now
        assert roles_of(uow, account.id) == frozenset()
        mine = account_status(uow)
    assert (mine.status, mine.own_words) == ("waiting", FORM["own_words"])
    assert [step.kind for step in mine.steps] == ["applied"]


@pytest.mark.parametrize("name", ["Moth", "MOTH", "m-o-t-h", "M0th"])
def test_a_taken_name_or_one_like_it_is_refused(database: Database, name: str) -> None:
    _apply(database)
    with pytest.raises(Invalid) as refused:
        _apply(database, pseudonym=name)
    assert refused.value.fields == {"pseudonym": "pseudonym_taken"}
    with database.read(guest()) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Account)) == 1


def test_the_same_form_is_recognised_for_some_minutes(database: Database, clock: HeldClock) -> None:
    moth = _apply(database)
    with database.read(guest()) as uow:
        found = applied_just_now(uow, "moth")
        assert found is not None
        assert found.id == moth.account_id
        assert applied_just_now(uow, "Other") is None
        assert applied_just_now(uow, None) is None
    clock.move(timedelta(minutes=16))
    with database.read(guest()) as uow:
        assert applied_just_now(uow, "moth") is None


@pytest.mark.invariant(1)
def test_a_human_lets_in(database: Database, people: People) -> None:
    sue, moth = people.add("Sue", Role.SUPERVISOR), _apply(database)
    heard: list[object] = []
    database.listeners.after_commit(AccountStatusChanged, heard.append)
    database.listeners.after_commit(RoleChanged, heard.append)
    with database.write(sue) as uow:
        admit(uow, moth.public_id, "Welcome.")
    account_id = moth.require_account()
    assert AccountStatusChanged(account_id, "active", is_first=True) in heard
    assert RoleChanged(account_id, "member", granted=True) in heard
    with database.read(sue) as uow:
        account = uow.session.get_one(Account, account_id)
        assert (account.status, account.admitted_by_id) == ("active", sue.account_id)
        assert roles_of(uow, account_id) == {Role.MEMBER}
        entry = uow.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.account_id, entry.concerns_id) == (
            "admission_granted",
            sue.account_id,
            account_id,
        )


@pytest.mark.invariant(1)
@pytest.mark.parametrize("verb", [admit, ask, decline])
def test_only_supervisors_decide_who_comes_in(database: Database, people: People, verb: Any) -> None:
    moth = _apply(database)
    others = [
        moth,
        guest(),
        people.add(),
        people.add("", Role.PEER_WORKER),
        people.add("", Role.ADMINISTRATOR),
        people.add("", Role.RESEARCHER),
    ]
    for other in others:
        with database.write(other) as uow, pytest.raises(NotAllowed):
            verb(uow, moth.public_id, "words")


def test_asking_and_answering(database: Database, people: People) -> None:
    sue, moth = people.add("Sue", Role.SUPERVISOR), _apply(database)
    with database.write(moth) as uow, pytest.raises(Conflict):
        answer(uow, "nobody asked")
    with database.write(sue) as uow, pytest.raises(Invalid):
        ask(uow, moth.public_id, "  ")
    with database.write(sue) as uow:
        ask(uow, moth.public_id, "What would help?")
    with database.write(moth) as uow, pytest.raises(Invalid):
        answer(uow, "\x00")
    with database.write(moth) as uow:
        answer(uow, "Somebody who listens.")
    with database.read(moth) as uow:
        mine = account_status(uow)
    assert mine.status == "waiting"
    assert [(step.kind, step.staff) for step in mine.steps] == [
        ("applied", False),
        ("asked", True),
        ("answered", False),
    ]


def test_declining_needs_a_reason_that_the_person_reads(database: Database, people: People) -> None:
    sue, moth = people.add("Sue", Role.SUPERVISOR), _apply(database)
    with database.write(sue) as uow, pytest.raises(Invalid):
        decline(uow, moth.public_id, "")
    with database.write(sue) as uow:
        decline(uow, moth.public_id, "This place is for adults only.")
    with database.read(moth) as uow:
        mine = account_status(uow)
    assert (mine.status, mine.steps[-1].words) == ("declined", "This place is for adults only.")


def test_of_two_supervisors_the_second_is_told(database: Database, people: People) -> None:
    sue, sam, moth = people.add("Sue", Role.SUPERVISOR), people.add("Sam", Role.SUPERVISOR), _apply(database)
    with database.write(sue) as uow:
        admit(uow, moth.public_id)
    with database.write(sam) as uow, pytest.raises(Conflict, match="changed_meanwhile"):
        decline(uow, moth.public_id, "No.")
    with database.write(sam) as uow, pytest.raises(NotFound):
        admit(uow, "nobody")
    with database.read(sue) as uow:
        steps = uow.session.scalars(select(AdmissionStep.kind).order_by(AdmissionStep.id)).all()
        grants = uow.session.scalars(select(RoleGrant).where(RoleGrant.account_id == moth.account_id)).all()
    assert list(steps) == ["applied", "admitted"]
    assert len(grants) == 1


def test_an_open_door_is_for_development(database: Database) -> None:
    with database.write(guest()) as uow:
        account = apply_to_join(uow, _application(), "hash", admit_at_once=True)
    with database.read(guest()) as uow:
        assert uow.session.get_one(Account, account.id).status == "active"
        assert roles_of(uow, account.id) == {Role.MEMBER}


def _danger(name: str, words: str) -> bool:
    return "want to die" in words or name == "want to die"


def test_who_may_be_in_crisis_stands_first(database: Database, people: People, clock: HeldClock) -> None:
    sue = people.add("Sue", Role.SUPERVISOR)
    first = _apply(database, pseudonym="First")
    clock.move(60)
    second = _apply(database, pseudonym="Second", own_words="Some days I want to die.")
    clock.move(60)
    third = _apply(database, pseudonym="Third")
    with database.write(sue) as uow:
        ask(uow, first.public_id, "How did you find us?")
    with database.read(sue) as uow:
        listed = waiting_people(uow, _danger)
    assert [one.person.public_id for one in listed] == [second.public_id, third.public_id, first.public_id]
    assert [one.urgent for one in listed] == [True, False, False]
    with database.read(first) as uow, pytest.raises(NotAllowed):
        waiting_people(uow, _danger)


def test_who_may_be_in_crisis_is_never_beyond_the_end_of_the_list(
    database: Database, people: People, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "LIMIT", 3)
    sue = people.add("Sue", Role.SUPERVISOR)
    names = ["Ash", "Birch", "Cedar", "Dogwood"]
    for name in names:
        _apply(database, pseudonym=name)
        clock.move(60)
    _apply(database, pseudonym="Elder", own_words="Some days I want to die.")
    with database.read(sue) as uow:
        listed = waiting_people(uow, _danger)
    assert [one.person.pseudonym for one in listed] == ["Elder", "Ash", "Birch"]
    assert [len(one.steps) for one in listed] == [1, 1, 1]


def test_the_door_asks_the_database_as_often_for_many_as_for_one(database: Database, people: People) -> None:
    sue = people.add("Sue", Role.SUPERVISOR)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    counts = []
    for names in (["Ash"], ["Birch", "Cedar", "Dogwood", "Elder"]):
        for name in names:
            _apply(database, pseudonym=name)
        event.listen(database.engine, "before_cursor_execute", note)
        with database.read(sue) as uow:
            waiting_people(uow, _danger)
        event.remove(database.engine, "before_cursor_execute", note)
        counts.append(sum(one.lstrip().upper().startswith("SELECT") for one in asked))
        asked.clear()
    assert counts == [3, 3]


@pytest.mark.invariant(8)
def test_every_look_is_shown_and_nothing_else_is(database: Database, people: People) -> None:
    ann = people.add("Ann")
    with database.write(installation(Origin.COMMAND)) as uow:
        for action in audited_actions().values():
            uow.audit(action, "account", ann.public_id, concerns=ann.require_account())
    with database.read(ann) as uow:
        looks = who_looked(uow, ann.require_account(), audited_actions())
    assert {look.what: look.said for look in looks} == {
        action: action.to_member % {"name": "Somebody who runs this PeerSpace"}
        for action in audited_actions().values()
        if action.to_member
    }
    assert {look.by for look in looks} == {None}


@pytest.mark.invariant(8)
def test_opening_a_file_is_logged_and_the_member_sees_it(database: Database, people: People) -> None:
    sue, moth, ben = people.add("Sue", Role.SUPERVISOR), _apply(database), people.add("Ben")
    with database.write(sue) as uow:
        opened = open_member_file(uow, moth.public_id)
    assert opened.own_words == FORM["own_words"]
    with database.read(moth) as uow:
        looks = who_looked(uow, moth.require_account(), audited_actions())
        assert [(look.what, look.by.name if look.by else "") for look in looks] == [
            ("member_file_opened", "Sue")
        ]
        assert who_looked(uow, ben.require_account(), audited_actions()) == []


@pytest.mark.invariant(8)
def test_files_open_for_supervisors_only(database: Database, people: People) -> None:
    moth = _apply(database)
    for role in (Role.MEMBER, Role.PEER_WORKER, Role.RESEARCHER, Role.PANEL, Role.ADMINISTRATOR):
        with database.write(people.add("", role)) as uow, pytest.raises(NotAllowed):
            open_member_file(uow, moth.public_id)


def test_people_added_by_the_command_line(database: Database, people: People) -> None:
    with database.write(installation(Origin.COMMAND)) as uow:
        rose = add_person(
            uow, "Rose", frozenset({Role.MEMBER, Role.PEER_WORKER}), established=True, training="trained"
        )
        assert (rose.status, rose.established_at) == ("active", uow.now)
        assert roles_of(uow, rose.id) == {Role.MEMBER, Role.PEER_WORKER}
        with pytest.raises(Invalid):
            add_person(uow, "rose", frozenset({Role.MEMBER}))
        with pytest.raises(Conflict):
            add_person(uow, "Rhea", frozenset({Role.MEMBER, Role.RESEARCHER}))
    with database.write(people.add("Ada", Role.ADMINISTRATOR)) as uow, pytest.raises(NotAllowed):
        add_person(uow, "Finn", frozenset({Role.MEMBER}))
