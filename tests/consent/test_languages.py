"""Consent in more than one language: what was shown is what is recorded, and nothing that is counted depends on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from peerspace.community.timeline import entries_between
from peerspace.consent import queries, service
from peerspace.consent.fold import VALID_FOR, fold
from peerspace.consent.ledger import ledger_beside
from peerspace.consent.models import ConsentNotice, ConsentRecord
from peerspace.consent.notices import DEFAULTS, Shown, content_hash, current_notice, ensure_defaults
from peerspace.consent.periods import live_period
from peerspace.consent.receipts import verify_receipt
from peerspace.consent.scopes import BY_NAME
from peerspace.kernel.actor import Actor, Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import Conflict
from peerspace.kernel.uow import Database
from peerspace.kernel.wording import ENGLISH, speaking
from peerspace.languages import RIGHT_TO_LEFT, translated
from peerspace.text.markdown import render
from tests.people import People
from tests.saying import publish_notice

COMMAND = installation(Origin.COMMAND)
GERMAN = next(language for language in translated() if language.code == "de")
IN_GERMAN = Shown(1, "de", GERMAN)
ASKED = GERMAN.catalogue.gettext(BY_NAME["usage"].question)


def _give(database: Database, actor: Actor, *scopes: str, shown: Shown) -> ConsentRecord:
    with database.write(actor) as uow:
        return service.give(uow, scopes, shown=shown, old_enough=True).records[0]


def test_the_notice_says_the_same_in_german() -> None:
    """Part by part: as many headings, points and strong words, and the sentences that must be there."""
    english, german = (render(DEFAULTS[code].read_text(encoding="utf-8"), heading=2) for code in ("en", "de"))
    for tag in ("<h", "<li", "<p", "<strong", "<em"):
        assert german.count(tag) == english.count(tag), tag
    for words in (
        "nur im Arbeitsspeicher",
        "kann nicht zurückgerufen werden",
        "sonst ändert sich nichts",
        "sofort",
    ):
        assert words in german


def test_an_installation_that_exists_gets_the_german_notice_once(database: Database) -> None:
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
        uow.session.execute(delete(ConsentNotice).where(ConsentNotice.language == "de"))
    for _ in range(2):
        with database.write(COMMAND) as uow:
            assert ensure_defaults(uow).language == "en"
    with database.read(COMMAND) as uow:
        kept = uow.session.execute(
            select(
                ConsentNotice.number, ConsentNotice.language, ConsentNotice.body, ConsentNotice.content_hash
            )
        ).all()
        assert sorted((number, language) for number, language, _, _ in kept) == [(1, "de"), (1, "en")]
        assert all(content_hash(body) == digest for _, _, body, digest in kept)
        assert "notice_worded_de" in {entry.code for entry in entries_between(uow)}


def test_a_notice_of_ones_own_is_not_spoken_for(database: Database) -> None:
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
        publish_notice(uow, "Our own text.")
        ensure_defaults(uow)
        # The German text of version 1 is not what holds any more: the newest is read, in the language it has.
        now = current_notice(uow, "de")
        assert now is not None
        assert (now.number, now.language) == (2, "en")
        assert uow.session.scalar(select(func.count()).select_from(ConsentNotice)) == 3


@pytest.mark.invariant(3)
def test_the_record_says_what_was_shown_in_the_language_it_was_shown_in(
    database: Database, people: People
) -> None:
    ada, ben = people.add("ada"), people.add("ben")
    german = _give(database, ada, "usage", shown=IN_GERMAN)
    english = _give(database, ben, "usage", shown=Shown(1))
    with database.read(ada) as uow, speaking(ENGLISH):  # whatever the reader speaks now
        kept = queries.my_receipt(uow, german.record_id)
        notice = queries.my_receipt_notice(uow, german.record_id)
        assert notice.language == "de"
        assert kept["notice"] == {"number": 1, "language": "de", "content_hash": content_hash(notice.body)}
    assert kept["language"] == "de"
    assert kept["questions"]["usage"]["question"] == ASKED
    assert kept["receipt_hash"] == german.receipt_hash
    assert verify_receipt(kept)
    reworded = kept["questions"] | {"usage": kept["questions"]["usage"] | {"question": "Something else?"}}
    assert not verify_receipt(kept | {"questions": reworded})
    with database.read(ben) as uow, speaking(GERMAN):
        kept = queries.my_receipt(uow, english.record_id)
    assert kept["notice"]["language"] == "en"
    assert kept["questions"]["usage"]["question"] == BY_NAME["usage"].question
    assert verify_receipt(kept)


@pytest.mark.invariant(3)
def test_what_stands_does_not_depend_on_language(database: Database, people: People) -> None:
    folded, periods = [], []
    for name, shown in (("ada", Shown(1)), ("ben", IN_GERMAN), ("cay", Shown(1, "en", RIGHT_TO_LEFT))):
        actor = people.add(name)
        _give(database, actor, "usage", "time", shown=shown)
        with database.write(actor) as uow:
            service.withdraw(uow, ["time"], shown=shown)
        with database.read(actor) as uow:
            folded.append(fold(service.records_of(uow, actor.require_account())))
            period = live_period(uow, actor.require_account())
            assert period is not None
            periods.append((period.scopes, tuple(period.since), period.valid_until))
    assert len(set(folded)) == len(set(periods)) == 1


@pytest.mark.invariant(3)
def test_a_yes_counts_only_under_the_text_that_holds_in_its_language(
    database: Database, people: People
) -> None:
    ada = people.add("ada")
    with database.write(COMMAND) as uow:
        ensure_defaults(uow)
    for shown in (Shown(2, "de", GERMAN), Shown(1, "fr", GERMAN), Shown(None, "de", GERMAN)):
        with pytest.raises(Conflict):
            _give(database, ada, "usage", shown=shown)
    given = _give(database, ada, "usage", shown=IN_GERMAN)
    with database.write(COMMAND) as uow:
        publish_notice(uow, "Our own text.")
    with pytest.raises(Conflict):
        _give(database, ada, "time", shown=IN_GERMAN)
    with database.write(ada) as uow:
        assert service.recorded_scopes(uow, ada.require_account()) == {"usage"}  # what was given stands
        # Taking back is never held up, and says which text was shown.
        taken = service.withdraw(uow, ["usage"], shown=IN_GERMAN).records[0]
        assert taken.notice_id == given.notice_id


def test_a_no_takes_any_form(database: Database, people: People) -> None:
    ada = people.add("ada")
    with database.write(ada) as uow:
        record = service.decline(uow, shown=Shown(99, "xx", GERMAN)).records[0]
        assert queries.receipt_of(uow, record)["notice"]["language"] == "en"
        assert record.terms["language"] == "de"


@pytest.mark.invariant(3)
def test_what_runs_out_is_told_in_the_words_of_the_yes(
    database: Database, people: People, clock: HeldClock
) -> None:
    ada = people.add("ada")
    given = _give(database, ada, "usage", "detailed", shown=IN_GERMAN)
    clock.move(VALID_FOR + timedelta(days=1))
    with database.write(installation(Origin.JOB)) as uow:
        assert service.expire_due(uow) == 1
    with database.read(ada) as uow:
        record = service.records_of(uow, ada.require_account())[-1]
        assert (record.event, record.notice_id) == ("expired", given.notice_id)
        for name in ("language", "questions", "purposes", "data_categories", "recipients", "retention"):
            assert record.terms[name] == given.terms[name], name
        assert verify_receipt(queries.receipt_of(uow, record))


def test_an_end_that_a_restore_forgot_is_told_in_the_words_of_the_yes(
    database: Database, people: People
) -> None:
    ada = people.add("ada")
    given = _give(database, ada, "usage", shown=IN_GERMAN)
    with database.write(ada) as uow:
        service.stop(uow, shown=IN_GERMAN)
    with database.write(COMMAND) as uow:
        uow.session.execute(delete(ConsentRecord).where(ConsentRecord.event == "withdrawn"))
    with database.write(COMMAND) as uow:
        assert ledger_beside(database.audit_log).replay(uow) == 1
        record = service.records_of(uow, ada.require_account())[-1]
        assert (record.method, record.notice_id) == ("replayed", given.notice_id)
        assert record.terms["questions"] == given.terms["questions"]
        assert verify_receipt(queries.receipt_of(uow, record))


def test_a_record_from_before_languages_were_kept_stays_whole(
    database: Database, people: People, clock: HeldClock
) -> None:
    """Schema 1 kept no questions: its receipt still fits its hash, and what runs out invents none for it."""
    ada = people.add("ada")
    record_id = _give(database, ada, "usage", shown=Shown(1)).record_id
    with database.write(COMMAND) as uow:
        record = uow.session.scalars(select(ConsentRecord).where(ConsentRecord.record_id == record_id)).one()
        record.schema_version = "27560:2023/1"
        record.terms = {k: v for k, v in record.terms.items() if k not in ("language", "questions")}
        uow.session.flush()
        record.receipt_hash = queries.receipt_of(uow, record)["receipt_hash"]
    with database.read(ada) as uow:
        kept = queries.my_receipt(uow, record_id)
        assert "questions" not in kept
        assert verify_receipt(kept)
    clock.move(VALID_FOR + timedelta(days=1))
    with database.write(installation(Origin.JOB)) as uow:
        service.expire_due(uow)
        ended = service.records_of(uow, ada.require_account())[-1]
        assert (ended.event, ended.terms["questions"], ended.terms["language"]) == ("expired", {}, "en")
