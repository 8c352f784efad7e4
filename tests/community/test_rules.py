"""Rules and their versions (invariant 13)."""

from __future__ import annotations

import pytest

from peerspace.community import rules
from peerspace.community.rules import current_number, publish_rules, rules_page, rules_versions
from peerspace.community.service import ensure_defaults
from peerspace.community.timeline import entries_between
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from tests.people import People

COMMAND = installation(Origin.COMMAND)


def test_the_first_version_comes_once(database: Database) -> None:
    with database.read(guest()) as uow:
        assert current_number(uow) is None
        assert rules_page(uow) is None
        assert rules_versions(uow) == []
    for _ in range(2):
        with database.write(COMMAND) as uow:
            assert ensure_defaults(uow).number == 1
    with database.read(guest()) as uow:
        page = rules_page(uow)
        assert page is not None
        assert "text generator" in page.html
        assert [entry.kind for entry in entries_between(uow)] == ["rules"]


def test_two_who_publish_at_once_are_told(
    database: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.write(ada) as uow:
        publish_rules(uow, "Be kind.")
    with pytest.raises(Conflict, match="changed_meanwhile"), database.write(ada) as uow:
        monkeypatch.setattr(rules, "current_rules", lambda _uow: None)
        publish_rules(uow, "Be brave.")
    monkeypatch.undo()
    with database.read(guest()) as uow:
        assert current_number(uow) == 1


@pytest.mark.invariant(13)
def test_versions_follow_one_another_and_stay_readable(database: Database, people: People) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.write(ada) as uow:
        publish_rules(uow, "Be kind.\n\nStay.")
        publish_rules(uow, "Be kind.\n\nStay, or go.\n\nAsk.")
        assert publish_rules(uow, "Be kind.\n\nStay, or go.\n\nAsk.").number == 2
    with database.read(guest()) as uow:
        newest, first = rules_page(uow), rules_page(uow, 1)
        assert newest is not None
        assert first is not None
        assert (newest.version, first.version) == (2, 1)
        assert "Stay." in first.html
        assert [(line.version, line.changed) for line in rules_versions(uow)] == [
            (2, "2 lines new, 1 taken out."),
            (1, "The first version."),
        ]
        for number in (0, 3, -1, 10**30):
            with pytest.raises(NotFound):
                rules_page(uow, number)


def test_rules_are_published_by_administrators(database: Database, people: People) -> None:
    for person in (guest(), people.add(), people.add("", Role.SUPERVISOR)):
        with database.write(person) as uow, pytest.raises(NotAllowed):
            publish_rules(uow, "Anything goes.")


@pytest.mark.parametrize("body", ["", "  \n ", None, 17, "\x00", "x" * 20_001])
def test_rules_need_words(database: Database, body: object) -> None:
    with database.write(COMMAND) as uow, pytest.raises(Invalid):
        publish_rules(uow, body)


def test_rules_cannot_script(database: Database) -> None:
    with database.write(COMMAND) as uow:
        row = publish_rules(
            uow, "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
        )
    assert "<script" not in row.body_html
    assert "<img" not in row.body_html
    assert 'href="javascript' not in row.body_html
