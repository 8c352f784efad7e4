"""Rounding, suppression, the p%-rule and quantiles, each as a pure function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerspace.research.disclosure.rules import (
    publishable_count,
    publishable_quantile,
    publishable_sum,
    quantile_position,
    round_to_base,
    share,
    sum_passes_p_percent,
    suppress_small,
)


@pytest.mark.parametrize(
    ("n", "rounded"),
    [(0, 0), (1, 0), (2, 0), (3, 5), (7, 5), (8, 10), (10, 10), (12, 10), (13, 15), (146, 145), (1348, 1350)],
)
def test_rounds_to_the_nearest_five(n: int, rounded: int) -> None:
    assert round_to_base(n) == rounded


def test_a_tie_of_an_even_base_goes_up() -> None:
    assert [round_to_base(n, 10) for n in (14, 15, 16, 25)] == [10, 20, 20, 30]


@pytest.mark.parametrize(("n", "base"), [(-1, 5), (3, 0)])
def test_rounding_refuses_what_is_no_count(n: int, base: int) -> None:
    with pytest.raises(ValueError, match="cannot round"):
        round_to_base(n, base)


@given(st.integers(0, 10**9), st.integers(1, 100))
def test_rounding_moves_a_number_by_half_the_base_at_most(n: int, base: int) -> None:
    rounded = round_to_base(n, base)
    assert rounded % base == 0
    assert abs(rounded - n) <= base / 2


def test_suppresses_one_to_nine_and_zero() -> None:
    assert [n for n in range(30) if suppress_small(n)] == list(range(10))
    assert not suppress_small(0, structural_zero=True)
    assert suppress_small(3, structural_zero=True)
    with pytest.raises(ValueError, match="not a count"):
        suppress_small(-1)


@given(st.integers(0, 10**6))
def test_a_published_count_is_a_multiple_of_five_from_ten_on(n: int) -> None:
    published = publishable_count(n)
    if published is None:
        assert n < 10
    else:
        assert published >= 10
        assert published % 5 == 0


def test_p_percent_rule_by_hand() -> None:
    # 100 + 50 + rest: the second largest knows 100 to within the rest. 10% of 100 is 10.
    assert sum_passes_p_percent([100, 50, *[1] * 10])
    assert not sum_passes_p_percent([100, 50, *[1] * 9])
    assert not sum_passes_p_percent([7])
    assert not sum_passes_p_percent([7, 7])
    assert sum_passes_p_percent([])
    assert sum_passes_p_percent([100, 50, *[1] * 5], p=5)
    with pytest.raises(ValueError, match="0 or more"):
        sum_passes_p_percent([3, -1])


@given(st.lists(st.integers(0, 1000), max_size=40), st.randoms())
def test_p_percent_needs_no_order_and_no_zeros(values: list[int], random: object) -> None:
    shuffled = sorted(values, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert sum_passes_p_percent(values) == sum_passes_p_percent([*shuffled, 0, 0])


def test_a_sum_needs_ten_contributors() -> None:
    assert publishable_sum([10] * 9 + [0] * 50) is None
    assert publishable_sum([10] * 10) == 100
    assert publishable_sum([1] * 12) == 10
    assert publishable_sum([1000, *[1] * 50]) is None  # one person dominates
    assert publishable_sum([]) is None


def test_quantiles_need_ten_people_on_either_side() -> None:
    values = list(range(1, 22))  # 21 people: ten on either side of the median, 11
    assert quantile_position(21, 0.5) == 10
    assert publishable_quantile(values, 0.5) == 10
    assert publishable_quantile(values[:-1], 0.5) is None
    assert publishable_quantile(values, 0.25) is None
    assert publishable_quantile([], 0.5) is None
    with pytest.raises(ValueError, match="quantile"):
        quantile_position(10, 1.0)


def test_a_share_stays_within_nought_and_one() -> None:
    assert share(20, 60) == 0.333
    assert share(65, 60) == 1.0
    with pytest.raises(ValueError, match="whole"):
        share(0, 0)
