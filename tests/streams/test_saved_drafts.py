"""Drafts on the server: one a place, the newest wins, nobody else's, gone after 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peerspace.kernel.actor import Origin, installation
from peerspace.kernel.clock import HeldClock
from peerspace.kernel.errors import BadRequest, Conflict, Invalid, NotAllowed, TooLong
from peerspace.kernel.uow import Database
from peerspace.streams.saved_drafts import forget_draft, forget_old_drafts, save_draft, saved_draft
from tests.people import People


def _words(database: Database, who, place: str = "thread:abc") -> str | None:
    with database.read(who) as uow:
        found = saved_draft(uow, place)
        return found.words if found is not None else None


def test_an_older_tab_never_overwrites_a_newer_one(database: Database, people: People) -> None:
    ash = people.add("ash")
    for sequence, words in ((1, "I"), (5, "I wanted"), (9, "I wanted to say")):
        with database.write(ash) as uow:
            save_draft(uow, "thread:abc", words, sequence=sequence)
    for older in (9, 5, 0):
        with database.write(ash) as uow, pytest.raises(Conflict, match="draft_older"):
            save_draft(uow, "thread:abc", "old tab", sequence=older)
    assert _words(database, ash) == "I wanted to say"
    assert _words(database, ash, "thread:other") is None


def test_a_draft_is_its_writers_only_and_goes_when_sent(database: Database, people: People) -> None:
    ash, moss = people.add("ash"), people.add("moss")
    with database.write(ash) as uow:
        save_draft(uow, "thread:abc", "mine", sequence=1)
    assert _words(database, moss) is None
    with database.write(moss) as uow:
        forget_draft(uow, "thread:abc")
    assert _words(database, ash) == "mine"
    with database.write(ash) as uow:
        forget_draft(uow, "thread:abc")
    assert _words(database, ash) is None


def test_what_is_typed_is_checked(database: Database, people: People) -> None:
    ash = people.add("ash")
    for place in ("", "x" * 65, "a\nb", "ü"):
        with database.write(ash) as uow, pytest.raises(BadRequest):
            save_draft(uow, place, "words", sequence=1)
    for words, error in (("x" * 40_001, TooLong), ("bell \x07", Invalid)):
        with database.write(ash) as uow, pytest.raises(error):
            save_draft(uow, "thread:abc", words, sequence=1)
    with database.write(installation(Origin.JOB)) as uow, pytest.raises(NotAllowed):
        save_draft(uow, "thread:abc", "words", sequence=1)


def test_drafts_are_kept_for_thirty_days(database: Database, people: People, clock: HeldClock) -> None:
    ash = people.add("ash")
    with database.write(ash) as uow:
        save_draft(uow, "thread:old", "long ago", sequence=1)
    clock.move(timedelta(days=20))
    with database.write(ash) as uow:
        save_draft(uow, "thread:new", "lately", sequence=1)
    clock.move(timedelta(days=11))
    with database.write(installation(Origin.JOB)) as uow:
        assert forget_old_drafts(uow) == 1
    assert (_words(database, ash, "thread:old"), _words(database, ash, "thread:new")) == (None, "lately")
