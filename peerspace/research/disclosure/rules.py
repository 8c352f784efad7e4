"""The rules of disclosure control for open tables (tier T0), as pure functions that anyone can run again.

A count is *published* if it is 10 or more, rounded to the nearest 5. It is *suppressed* if it is 1 to 9, or a
zero that could have been something else. A sum is published, rounded to 5, if at least ten persons added to
it and no large contributor can be worked out from it. Nothing else is ever published, margins and totals
included.

Sources: p%-rule and rounding: Hundepool et al. 2012, *Statistical Disclosure Control*, sections 4.2 and 5.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

BASE = 5
"""Every published number of people or things is a multiple of this."""
THRESHOLD = 10
"""Fewest people (or things) behind a published number."""
P_PERCENT = 10
"""Nobody may come to know the largest contribution to a sum to within this many per cent."""
WIDTH = 5
"""What linear programming can say about a suppressed cell must leave it an interval at least this wide."""


def round_to_base(n: int, base: int = BASE) -> int:
    """The multiple of `base` nearest to `n` (a whole number, 0 or more).

    With an odd base, such as 5, no whole number lies half way. With an even base a half goes up: 15 to base
    10 is 20. Raises ValueError for a negative number or a base below 1.
    """
    if n < 0 or base < 1:
        raise ValueError(f"cannot round {n} to base {base}")
    return (2 * n + base) // (2 * base) * base


def suppress_small(n: int, *, structural_zero: bool = False) -> bool:
    """Whether the count `n` must be suppressed: 1 to 9 always, 0 unless it could not have been anything else.

    A zero is structural if the thing counted was impossible (the room did not exist), never because nobody
    did it.
    """
    if n < 0:
        raise ValueError(f"{n} is not a count")
    if n == 0:
        return not structural_zero
    return n < THRESHOLD


def publishable_count(n: int, *, structural_zero: bool = False) -> int | None:
    """`n` as it may be published: rounded to 5, or None where it must be suppressed."""
    return None if suppress_small(n, structural_zero=structural_zero) else round_to_base(n)


def sum_passes_p_percent(contributions: Iterable[int], p: int = P_PERCENT) -> bool:
    """Whether the second largest contributor cannot estimate the largest to within `p` per cent.

    `contributions` are what each person added (0 or more; order and zeros do not matter). With x1 >= x2 the
    two largest and X the sum, the rule is X - x1 - x2 >= p/100 * x1. A sum nobody added to passes: it gives
    nobody away.
    """
    largest = second = total = 0
    for value in contributions:
        if value < 0:
            raise ValueError("the p% rule is for contributions of 0 or more")
        total += value
        if value > largest:
            largest, second = value, largest
        elif value > second:
            second = value
    return 100 * (total - largest - second) >= p * largest


def publishable_sum(values: Iterable[int]) -> int | None:
    """The sum of `values` (one per person, 0 or more) as it may be published, or None where it must be
    suppressed.

    At least ten values above 0, the p%-rule passed, then rounded to 5.
    """
    contributions = [value for value in values if value != 0]
    if len(contributions) < THRESHOLD or not sum_passes_p_percent(contributions):
        return None
    return round_to_base(sum(contributions))


def quantile_position(n: int, q: float) -> int:
    """Index, from 0, of the `q` quantile among `n` sorted values: the smallest value with at least q*n at or
    below it.
    """
    if n < 1 or not 0 < q < 1:
        raise ValueError(f"no {q} quantile of {n} values")
    return max(math.ceil(q * n - 1e-9) - 1, 0)


def publishable_quantile(values: Sequence[float], q: float) -> int | None:
    """The `q` quantile of one value per person, rounded to 5, or None with fewer than ten people on either
    side.

    The sides are the people ranked before and after the one whose value it is.
    """
    if not values:
        return None
    position = quantile_position(len(values), q)
    if position < THRESHOLD or len(values) - 1 - position < THRESHOLD:
        return None
    return round_to_base(round(sorted(values)[position]))


def share(part: int, whole: int) -> float:
    """`part` / `whole` to three decimals, both being *published* (rounded) numbers, kept within 0 and 1."""
    if whole <= 0:
        raise ValueError("a share needs a whole above 0")
    return round(min(max(part / whole, 0.0), 1.0), 3)
