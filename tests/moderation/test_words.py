"""What the desk's keys are called: every one of them has words, and lengths of time are said as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from peerspace.kernel.wording import speaking
from peerspace.languages import RIGHT_TO_LEFT
from peerspace.moderation import words
from peerspace.moderation.decisions import CHOICES
from peerspace.moderation.kinds import DecisionKind, ItemState, Priority, ReasonKey, Step
from peerspace.moderation.reasons import BY_KEY

NOW = datetime(2026, 3, 2, 20, tzinfo=UTC)


def test_every_key_has_words() -> None:
    assert set(words.REPORT_STATES) == set(ItemState)
    assert list(words.PRIORITIES) == list(Priority)
    assert set(BY_KEY) == set(ReasonKey)
    assert {choice.kind for choice in CHOICES} <= set(DecisionKind)
    assert all(choice.label and choice.taken for choice in CHOICES)
    assert set(words.STEPS_BY) <= set(words.STEPS)
    assert set(words.STEPS) == set(Step)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "1 minute"), (1.2, "1 minute"), (59, "59 minutes"), (60, "1 hour"), (89, "1 hour"),
        (95, "2 hours"), (47 * 60, "47 hours"), (48 * 60, "2 days"), (60 * 24 * 10, "10 days"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_said_roughly(minutes: float, said: str) -> None:
    assert words.length(minutes) == said


def test_what_is_due_is_said_in_words() -> None:
    assert words.due(NOW + timedelta(minutes=11), NOW) == "11 minutes left"
    assert words.due(NOW - timedelta(hours=3), NOW) == "overdue: 3 hours"
    with speaking(RIGHT_TO_LEFT):
        assert not any("a" <= letter <= "z" for letter in words.due(NOW, NOW).lower())


def test_a_step_names_who_took_it_where_that_is_no_secret() -> None:
    assert words.step_said("claimed", "Ines") == "claimed by Ines"
    assert words.step_said("reported", "Ash") == "reported"
    assert words.step_said("decided", None) == "decided"
    assert words.decision_taken("suspend") == "A pause"
    assert words.reason_on_desk("worried") == "Worried about someone"
    assert words.reason_on_desk("spam") == "Spam or advertising"
