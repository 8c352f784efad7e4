"""The fold over consent records: nothing stands that was not given, and nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.consent.fold import GIVES, TAKES, fold, step
from peerspace.consent.scopes import BY_NAME, NAMES, closed, lost_with


@dataclass(frozen=True)
class Made:
    """One act: of each of some scopes, what was said."""

    answers: dict[str, str]


def all_of(event: str, scopes: Iterable[str]) -> Made:
    return Made(dict.fromkeys(scopes, event))


RECORDS = st.lists(
    st.builds(Made, answers=st.dictionaries(st.sampled_from(NAMES), st.sampled_from((*GIVES, *TAKES)))),
    max_size=12,
)


def test_a_life_of_consent() -> None:
    given_all = all_of("given", ("usage", "detailed", "linkage"))
    assert fold([]) == frozenset()
    assert fold([given_all]) == {"usage", "detailed", "linkage"}
    assert fold([given_all, all_of("withdrawn", ("detailed",))]) == {"usage"}
    # What fell with its ground has to be given again.
    again = [given_all, all_of("withdrawn", ("detailed",)), all_of("given", ("detailed",))]
    assert fold(again) == {"usage", "detailed"}
    assert fold([given_all, all_of("expired", ("usage",))]) == frozenset()
    assert fold([all_of("given", ("time",))]) == frozenset()


def test_one_act_says_yes_to_one_and_takes_back_another() -> None:
    first = all_of("given", ("usage", "time"))
    changed = Made({"interactions": "given", "time": "withdrawn", "linkage": "declined"})
    assert fold([first, changed]) == {"usage", "interactions"}


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown consent event"):
        fold([all_of("guessed", ("usage",))])


@pytest.mark.invariant(3)
@given(RECORDS)
def test_nothing_stands_that_was_not_given_and_kept(records: list[Made]) -> None:
    in_force = fold(records)
    assert in_force == closed(in_force)
    for name in in_force:
        about = [record.answers[name] for record in records if name in record.answers]
        assert about, name
        assert about[-1] in GIVES
        ground = BY_NAME[name].needs
        assert not ground or ground in in_force


@given(RECORDS, RECORDS)
def test_folding_on_is_folding_all(first: list[Made], second: list[Made]) -> None:
    in_force = fold(first)
    for record in second:
        in_force = step(in_force, record)
    assert in_force == fold([*first, *second])


@pytest.mark.invariant(3)
@given(RECORDS)
def test_taking_usage_back_leaves_nothing(records: list[Made]) -> None:
    assert fold([*records, all_of("withdrawn", ("usage",))]) == frozenset()


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_what_is_lost_is_what_no_longer_stands(before: set[str], taken: set[str]) -> None:
    in_force = closed(before)
    lost = lost_with(taken, in_force)
    assert fold([all_of("given", tuple(in_force)), all_of("withdrawn", tuple(taken))]) == in_force - lost
    assert lost <= in_force
