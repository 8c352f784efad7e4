"""What anybody can work out about hidden cells, by linear programming.

The reader is taken to know everything that is published, that a published number may be off by half the
rounding base, and every tie between the cells. For each hidden cell two linear programs give the smallest and
the largest number it may be. Nothing here knows the true numbers.

Source: the attacker problem of Fischetti & Salazar 2001, *Management Science* 47(7), 1008-1027, with rounded
numbers in place of exact ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from peerspace.research.disclosure.cells import Key, Structure
from peerspace.research.disclosure.rules import BASE, THRESHOLD, WIDTH

Interval = tuple[int, int]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
_TOLERANCE = 1e-6
_SOLVE: Callable[..., Any] = linprog  # it takes sparse matrices, its type stubs know only dense ones


class AuditFailed(Exception):
    """The linear program found no answer: the published numbers contradict one another."""


@dataclass
class _Component:
    """One set of cells that are tied together, as matrices: `equal @ x == 0`, `at_most @ x <= 0`."""

    keys: list[Key]
    equal: csr_matrix | None
    at_most: csr_matrix | None


class Audit:
    """The attacker's knowledge of one set of published cells.

    `published` maps each cell to its published number, None where it is hidden. `base` 1 means unrounded
    numbers. A cell can be hidden later with `hide`; that only ever widens what is known of the others.

    `cap` is a number that no cell can reach, which whoever builds a release knows; without it, four times the
    largest published number.
    """

    def __init__(
        self,
        published: Mapping[Key, int | None],
        structure: Structure,
        *,
        base: int = BASE,
        cap: int | None = None,
    ) -> None:
        self._published = dict(published)
        self._half = base // 2
        # An unbounded interval would do as well, but a large finite one keeps the solver's answers plain.
        self._cap = cap or 4 * (max((value or 0 for value in published.values()), default=0) + 1000)
        self._components = _components(list(published), structure.within(published))
        self._where = {key: (c, i) for c in self._components for i, key in enumerate(c.keys)}
        self._seen: dict[Key, tuple[float, float]] = {}

    def hide(self, key: Key) -> None:
        """Take a cell out of what is published."""
        self._published[key] = None

    def hidden(self) -> list[Key]:
        """The hidden cells, in a fixed order."""
        return sorted(key for key, value in self._published.items() if value is None)

    def interval(self, key: Key) -> Interval:
        """Smallest and largest whole number that a hidden cell may be. Raises AuditFailed."""
        component, index = self._where[key]
        low = self._solve(component, index, 1.0)
        high = self._solve(component, index, -1.0)
        return math.ceil(low - _TOLERANCE), math.floor(high + _TOLERANCE)

    def is_wide(self, key: Key, width: int) -> bool:
        """Whether a hidden cell's interval is at least `width` wide; answers already found are used again."""
        return self.width_at_least(key, width) >= width

    def width_at_least(self, key: Key, width: int) -> int:
        """A width that the interval surely has; its full width if that is below `width`."""
        if self._known_width(key) >= width:
            return self._known_width(key)
        least, most = self.interval(key)
        return most - least

    def limits(self, key: Key) -> set[Key]:
        """The published cells that keep the interval of `key` as narrow as it is, by the dual of its two programs.

        As long as none of them is hidden, the interval stays: the dual prices prove its ends.
        """
        component, index = self._where[key]
        if component.equal is None and component.at_most is None:
            return set()
        found = set[Key]()
        for sign in (1.0, -1.0):
            objective = np.zeros(len(component.keys))
            objective[index] = sign
            result = self._program(component, objective)
            prices = np.abs(result.lower.marginals) + np.abs(result.upper.marginals)
            found.update(component.keys[i] for i in np.flatnonzero(prices > _TOLERANCE))
        return {one for one in found if self._published[one] is not None}

    def without(self, key: Key, extra: Key) -> Interval:
        """The interval of `key` if `extra` were hidden too."""
        value = self._published[extra]
        self._published[extra] = None
        try:
            component, index = self._where[key]
            low = self._solve(component, index, 1.0, remember=False)
            high = self._solve(component, index, -1.0, remember=False)
        finally:
            self._published[extra] = value
        return math.ceil(low - _TOLERANCE), math.floor(high + _TOLERANCE)

    def _bounds(self, component: _Component) -> Numbers:
        bounds = np.empty((len(component.keys), 2))
        for i, key in enumerate(component.keys):
            value = self._published[key]
            bounds[i] = (0, self._cap) if value is None else self._published_bounds(value)
        return bounds

    def _published_bounds(self, value: int) -> Interval:
        """What a published number tells: rounding may have moved it, but a number below ten is never
        published.
        """
        if value == 0:
            return 0, 0
        return max(value - self._half, min(value, THRESHOLD)), value + self._half

    def explore(self) -> None:
        """Look for worlds that show many hidden cells at their extremes at once, so that few need programs of their
        own: all that are not yet known to be wide as high and as low as they go together, for as long as that helps."""
        for component in self._components:
            pending = [i for i, key in enumerate(component.keys) if self._published[key] is None]
            if component.equal is None and component.at_most is None:
                continue
            before = len(pending) + 1
            while 1 < len(pending) < before:
                before = len(pending)
                for step in (1, 2):
                    objective = np.zeros(len(component.keys))
                    objective[pending] = [1.0 if n % step == 0 else -1.0 for n in range(before)]
                    for sign in (1.0, -1.0):
                        self._remember(component, self._world(component, sign * objective))
                pending = [i for i in pending if self._known_width(component.keys[i]) < WIDTH]

    def _known_width(self, key: Key) -> int:
        """The width that the worlds seen so far give a cell's interval."""
        low, high = self._seen.get(key, (0.0, 0.0))
        return math.floor(high) - math.ceil(low)

    def _solve(self, component: _Component, index: int, sign: float, *, remember: bool = True) -> float:
        if component.equal is None and component.at_most is None:
            low, high = self._bounds(component)[index]
            return float(low if sign > 0 else high)
        objective = np.zeros(len(component.keys))
        objective[index] = sign
        world = self._world(component, objective)
        if remember:
            self._remember(component, world)
        return float(world[index])

    def _world(self, component: _Component, objective: Numbers) -> Numbers:
        """The possible world in which the objective is least."""
        world: Numbers = self._program(component, objective).x
        return world

    def _program(self, component: _Component, objective: Numbers) -> Any:
        equal, at_most = component.equal, component.at_most
        result = _SOLVE(
            objective,
            A_ub=at_most,
            b_ub=None if at_most is None else np.zeros(at_most.shape[0]),
            A_eq=equal,
            b_eq=None if equal is None else np.zeros(equal.shape[0]),
            bounds=self._bounds(component),
            method="highs",
        )
        if result.status != 0:
            raise AuditFailed(str(result.message))
        return result

    def _remember(self, component: _Component, world: Numbers) -> None:
        """A possible world says something about every cell of its component."""
        for key, value in zip(component.keys, world.tolist(), strict=True):
            low, high = self._seen.get(key, (math.inf, -math.inf))
            self._seen[key] = (min(low, value), max(high, value))


def intervals(
    published: Mapping[Key, int | None],
    structure: Structure,
    keys: Iterable[Key] | None = None,
    *,
    base: int = BASE,
) -> dict[Key, Interval]:
    """What can be worked out about each hidden cell (or those in `keys`). Raises AuditFailed."""
    audit = Audit(published, structure, base=base)
    return {key: audit.interval(key) for key in (audit.hidden() if keys is None else keys)}


def _matrix(rows: list[dict[int, float]], width: int) -> csr_matrix | None:
    if not rows:
        return None
    where = [(r, c, value) for r, row in enumerate(rows) for c, value in row.items()]
    return csr_matrix(
        ([value for _, _, value in where], ([r for r, _, _ in where], [c for _, c, _ in where])),
        shape=(len(rows), width),
    )


def _components(keys: list[Key], structure: Structure) -> list[_Component]:
    """Split the cells into sets that no constraint ties to one another: small programs instead of one large
    one.
    """
    place = {key: i for i, key in enumerate(keys)}
    equal = [{place[line.total]: -1.0} | {place[p]: 1.0 for p in line.parts} for line in structure.lines]
    at_most = [
        {place[k]: float(weight) for k, weight in row.weighted()} | {place[k]: -1.0 for k in row.more}
        for row in structure.inequalities
    ]
    rows = equal + at_most
    links = [(first, other) for row in rows for first, *rest in [list(row)] for other in rest]
    graph = csr_matrix(
        ([1] * len(links), ([a for a, _ in links], [b for _, b in links])), shape=(len(keys), len(keys))
    )
    count, label = connected_components(graph, directed=False)
    members: list[list[int]] = [[] for _ in range(count)]
    for i, which in enumerate(label):
        members[which].append(i)
    equal_of: list[list[dict[int, float]]] = [[] for _ in range(count)]
    at_most_of: list[list[dict[int, float]]] = [[] for _ in range(count)]
    new = {i: n for group in members for n, i in enumerate(group)}
    for source, target in ((equal, equal_of), (at_most, at_most_of)):
        for row in source:
            target[label[next(iter(row))]].append({new[i]: value for i, value in row.items()})
    return [
        _Component(
            [keys[i] for i in group], _matrix(equal_of[c], len(group)), _matrix(at_most_of[c], len(group))
        )
        for c, group in enumerate(members)
    ]
