"""The true numbers behind the open tables, while they are gathered. They never leave the process.

Only whole numbers, and levels from the fixed lists of `specs`, get in: a level that is not on its list is
refused without being repeated, since it could be somebody's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from peerspace.kernel.errors import Refused
from peerspace.research.disclosure.cells import Cell, Key, Line, Structure, cell_key
from peerspace.research.disclosure.rules import publishable_sum, suppress_small
from peerspace.research.disclosure.specs import BY_NAME, Levels, TableSpec
from peerspace.research.disclosure.structure import release_structure

UNKNOWN = ""
"""Stands for everybody on the other side of a sum who is not known."""
_MARGIN_COST = 6
_NOTHING = ("0", "none", "never_started")
"""Levels of people who did nothing: the same people in several tables, so that hiding them costs several cells."""


@dataclass
class Truth:
    """Rows and cells of all tables.

    `givers`: for each sum, what each person added. `sides`: for a sum with two sides (who received and who gave), the
    other side's people. `estimates`: coefficients that are safe as they stand.
    `same`: groups of cells that count the same people by definition; those that are equal in fact are tied.
    """

    rows: dict[str, list[Levels]] = field(default_factory=lambda: {name: [] for name in BY_NAME})
    cells: dict[Key, Cell] = field(default_factory=dict)
    givers: dict[Key, Mapping[str, int]] = field(default_factory=dict)
    sides: dict[Key, Mapping[str, int]] = field(default_factory=dict)
    estimates: dict[Key, float] = field(default_factory=dict)
    same: list[tuple[Key, ...]] = field(default_factory=list)

    def row(self, spec: TableSpec, levels: Levels) -> None:
        """A row of a table. Raises Refused for a level that is not on its dimension's list."""
        for dim, level in zip(spec.dims, levels, strict=True):
            known = level in dim.levels if dim.levels is not None else isinstance(level, int) and level >= 0
            if not known:
                raise Refused("release_unexpected_level", table=spec.name, column=dim.name)
        self.rows[spec.name].append(levels)

    def count(self, spec: TableSpec, column: str, levels: Levels, n: int, *, safe: bool = True) -> None:
        """A number of people or things. `safe` False hides it for another reason than being small."""
        if n < 0:
            raise Refused("release_negative", table=spec.name, column=column)
        key = cell_key(spec.name, column, levels)
        self.cells[key] = Cell(key, n, "count", safe and not suppress_small(n), _cost(spec, column, levels))

    def total(
        self,
        spec: TableSpec,
        column: str,
        levels: Levels,
        by_person: Mapping[str, int],
        other_side: Mapping[str, int] | None = None,
    ) -> None:
        """A sum over people. `other_side`: the same sum over those on its other side; both must pass the rule."""
        sides = [by_person] if other_side is None else [by_person, other_side]
        if any(value < 0 for side in sides for value in side.values()):
            raise Refused("release_negative", table=spec.name, column=column)
        key = cell_key(spec.name, column, levels)
        safe = publishable_sum(by_person.values()) is not None and (
            other_side is None or other_side_is_safe(other_side)
        )
        self.cells[key] = Cell(key, sum(by_person.values()), "sum", safe, _cost(spec, column, levels))
        self.givers[key] = by_person
        if other_side is not None:
            self.sides[key] = other_side

    def together(self, keys: Iterable[Key]) -> bool:
        """Whether sums, added up, would be publishable as one: by person, over all of them."""
        chosen = list(keys)
        added, other_side = Counter[str](), Counter[str]()
        for key in chosen:
            added.update(self.givers[key])
            other_side.update(self.sides.get(key, {}))
        return publishable_sum(added.values()) is not None and other_side_is_safe(other_side)

    def structure(self) -> Structure:
        """Everything that ties the cells, with the equalities that hold in fact.

        An inequality that the true numbers do not keep (an act in the very microsecond in which a period ends) tells
        a reader nothing true and is left out. Raises Refused if a total is not the sum of its parts.
        """
        structure = release_structure(self.rows, self.together).within(self.cells)
        for line in structure.lines:
            if self._sum(line.parts) != self.cells[line.total].truth:
                raise Refused("release_unsafe", at=line.total)
        structure.inequalities = [
            row
            for row in structure.inequalities
            if sum(weight * self.cells[key].truth for key, weight in row.weighted()) <= self._sum(row.more)
        ]
        for group in self.same:
            first, *others = [key for key in group if key in self.cells] or [""]
            structure.lines.extend(
                Line(first, (other,))
                for other in others
                if self.cells[other].truth == self.cells[first].truth
            )
        return structure

    def _sum(self, keys: Iterable[Key]) -> int:
        return sum(self.cells[key].truth for key in keys)


def other_side_is_safe(by_person: Mapping[str, int]) -> bool:
    """Whether those on the other side of a sum are ten or more and none dominates.

    Everybody unknown counts as one person, since they may be one. Where nobody is known, there is nothing to tell.
    """
    return set(by_person) <= {UNKNOWN} or publishable_sum(by_person.values()) is not None


def _cost(spec: TableSpec, column: str, levels: Levels) -> int:
    """Totals are missed more than their parts, and the whole window more than one period."""
    cost = spec.column(column).cost
    if levels[-1] == "all" and len(spec.columns) == 1 and spec.name != "flow":
        cost = _MARGIN_COST
    elif levels[-1] in _NOTHING:
        cost += 1
    return 2 * cost + (0 in levels)
