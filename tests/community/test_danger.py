"""The check for danger: what it hears, what it passes over, and that it counts phrases and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from peerspace.community.danger import (
    Lists,
    danger_in,
    danger_in_name,
    lists_in_force,
    look_for_danger,
    note_danger,
    phrase_hits,
)
from peerspace.community.danger_lists import LANGUAGES, ORDINARY, setting_of, shipped
from peerspace.community.events import DangerFound
from peerspace.community.models import TimelineEntry
from peerspace.community.settings import get_setting, set_setting
from peerspace.kernel.actor import Origin, guest, installation
from peerspace.kernel.errors import Invalid
from peerspace.kernel.uow import Database
from peerspace.text.screening import found_in, phrases_from
from peerspace.text.written import write_markdown
from tests.community import danger_sentences
from tests.people import People

COMMAND = installation(Origin.COMMAND)
ENTRIES = [shipped(language) for language in LANGUAGES]
SHIPPED = Lists(
    phrases_from([phrase for one in ENTRIES for phrase in one.phrases]),
    phrases_from([phrase for one in ENTRIES for phrase in one.ordinary]),
)


def _heard(typed: str, lists: Lists = SHIPPED) -> tuple[str, ...]:
    return danger_in(write_markdown(typed, field="body", limit=4_000).screened, lists)


@pytest.mark.parametrize("sentence", danger_sentences.DANGER)
def test_it_hears_words_that_may_mean_danger(sentence: str) -> None:
    assert _heard(sentence)


@pytest.mark.parametrize("sentence", danger_sentences.ORDINARY)
def test_it_passes_over_ordinary_talk(sentence: str) -> None:
    assert _heard(sentence) == ()


def test_there_are_as_many_sentences_as_promised() -> None:
    assert len(set(danger_sentences.DANGER)) >= 200
    assert len(set(danger_sentences.ORDINARY)) >= 200


def test_ordinary_talk_explains_only_the_words_it_is_made_of() -> None:
    assert _heard("I want to die laughing") == ()
    assert _heard("I want to die laughing and kill myself") == ("kill myself",)
    assert _heard("I want to die laughing.\nI want to die.") == ("want to die",)


@pytest.mark.parametrize(
    "name",
    ["want to die", "want_to_die", "WantToDie", "wanttodie9", "KillMyself", "killmyself", "Suicidal99",
     "IchWillSterben", "willsterben", "endmylife", "UnaliveMe", "tired_of_living", "kms_tonight"],
)  # fmt: skip
def test_it_hears_a_name_however_its_words_are_run_together(name: str) -> None:
    assert danger_in_name(name, SHIPPED)


@pytest.mark.parametrize(
    "name",
    ["DieHardFan", "slow_river", "Marigold", "kmsmith", "Wanda Dietz", "Diego", "Endymion", "WantToDieLaughing",
     "wanttodielaughing", "Tidepool9", "NotSuicidal", "Sterbini", "DyingSwan", "Odalys"],
)  # fmt: skip
def test_it_passes_over_ordinary_names(name: str) -> None:
    assert danger_in_name(name, SHIPPED) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_says_where_it_comes_from_and_when_it_is_looked_at_again(language: str) -> None:
    one = shipped(language)
    assert one.language == language
    assert len(one.source) > 80
    assert one.written < one.review_by <= date(one.written.year + 1, one.written.month, one.written.day)
    assert len(set(one.phrases)) == len(one.phrases) > 200
    assert len(set(one.ordinary)) == len(one.ordinary)
    everything = tuple(phrase for other in ENTRIES for phrase in other.phrases)
    idle = [longer for longer in one.ordinary if not found_in(longer, everything)]
    assert idle == [], "ordinary talk that holds no phrase explains nothing"


def test_administrators_change_a_list_and_its_history_is_kept(database: Database, people: People) -> None:
    key = setting_of("en")
    with database.write(COMMAND) as uow:
        assert set_setting(uow, key, ["blue door", "NOT:  blue door paint", "blue door"]) == [
            "blue door",
            f"{ORDINARY}blue door paint",
        ]
    assert look_for_danger(database, guest(), "", "A blue  DOOR") == ("blue door",)
    assert look_for_danger(database, guest(), "Blue door paint") == ()
    assert look_for_danger(database, guest(), "i want to die") == ()
    assert look_for_danger(database, guest(), "ich will sterben") == ("will sterben",)
    with database.read(guest()) as uow:
        assert [entry.code for entry in uow.session.scalars(select(TimelineEntry))] == [key]
    for wrong in ("blue door", [{"text": "x"}], ["x" * 121], ["not:"], ["..."], ["a"] * 2_001, [7]):
        with pytest.raises(Invalid), database.write(COMMAND) as uow:
            set_setting(uow, key, wrong)
    with database.read(guest()) as uow:
        assert get_setting(uow, key) == ["blue door", f"{ORDINARY}blue door paint"]
        assert len(lists_in_force(uow).ordinary) == 1 + len(shipped("de").ordinary)


def test_phrases_are_counted_and_nothing_else_is_kept(database: Database, people: People) -> None:
    ash = people.add("Ash")
    for found in (("want to die", "kms"), ("want to die", "want to die"), ()):
        with database.write(ash) as uow:
            note_danger(uow, found, "member", ash.account_id, ash.account_id)
            told = [event for event in uow.events if isinstance(event, DangerFound)]
            assert told == ([DangerFound("member", ash.account_id, ash.account_id)] if found else [])
    with database.read(ash) as uow:
        assert phrase_hits(uow) == {"want to die": 2, "kms": 1}
