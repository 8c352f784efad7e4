"""Rules and their versions (invariant 13)."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from peerspace.community import rules
from peerspace.community.models import RulesVersion, RulesWording
from peerspace.community.rules import current_number, rules_page, rules_versions
from peerspace.community.service import ensure_defaults
from peerspace.community.timeline import entries_between
from peerspace.kernel.actor import Origin, Role, guest, installation
from peerspace.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from peerspace.kernel.uow import Database
from tests.people import People
from tests.saying import publish_rules

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
        assert [(entry.kind, entry.code) for entry in entries_between(uow)] == [
            ("rules", "published"),
            ("rules", "worded_de"),
        ]


@pytest.mark.invariant(13)
def test_the_places_own_rules_are_read_in_german_too(database: Database) -> None:
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
    with database.read(guest()) as uow:
        german, english, other = (rules_page(uow, language=code) for code in ("de", "en", "fr"))
        assert german is not None
        assert english is not None
        assert other is not None
        assert (german.version, german.language) == (1, "de")
        assert "Textgenerator" in german.html
        assert (english.language, other.language) == ("en", "en")
        # Rule by rule the same: as many headings, and as many rules under each.
        for tag in ("<h", "<li", "<strong"):
            assert german.html.count(tag) == english.html.count(tag), tag


@pytest.mark.invariant(13)
def test_rules_of_ones_own_are_shown_as_they_are(database: Database, people: People) -> None:
    ada = people.add("Ada", Role.ADMINISTRATOR)
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
    with database.write(ada) as uow:
        publish_rules(uow, "Byddwch yn garedig.", "cy")
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)  # an upgrade translates nothing of theirs
    with database.read(guest()) as uow:
        page, first = rules_page(uow, language="de"), rules_page(uow, 1, language="de")
        assert page is not None
        assert first is not None
        assert (page.version, page.language, page.body) == (2, "cy", "Byddwch yn garedig.")
        assert first.language == "de"
    for code in ("Welsh", "x", "de;", "../en"):
        with pytest.raises(Invalid), database.write(ada) as uow:
            publish_rules(uow, "Anything.", code)


def test_an_older_installation_learns_which_language_its_rules_are_in(
    database: Database, people: People
) -> None:
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
        uow.session.execute(delete(RulesWording))
        uow.session.execute(update(RulesVersion).values(language=""))
    for _ in range(2):
        with database.write(COMMAND) as uow:
            ensure_defaults(uow)
    with database.read(guest()) as uow:
        assert uow.session.scalars(select(RulesVersion.language)).all() == ["en"]
        assert uow.session.scalars(select(RulesWording.language)).all() == ["de"]


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
            (2, "2 lines are new. 1 line was taken out."),
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
