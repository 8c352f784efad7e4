"""Cells of open tables and what ties them to one another.

A cell is one number of one table. Cells of all tables of a release stand in one structure, because a number
hidden in one table may be worked out from another: parts add up to a total (`Line`), and some numbers can't
be larger than others (`Inequality`). The structure follows from the tables' keys alone, so a reader of a
published package, and its verifier, can build it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

Key = str
"""A cell's name: `table.column[level,level]`."""
Kind = Literal["count", "sum"]


def cell_key(table: str, column: str, levels: Iterable[str | int]) -> Key:
    """The name of one cell, for example `totals.people[forum,0]`."""
    return f"{table}.{column}[{','.join(str(level) for level in levels)}]"


@dataclass(frozen=True)
class Cell:
    """One true number, before anything is hidden or rounded.

    `safe`: it passes the rule for its kind on its own. `cost`: how dearly it is missed; among cells that
    would protect another one, the cheapest is given up.
    """

    key: Key
    truth: int
    kind: Kind
    safe: bool
    cost: int = 1


@dataclass(frozen=True)
class Line:
    """The true numbers of `parts` add up to that of `total`.

    `strict`: a row or column of a table: never may exactly one of its cells be hidden, and what is hidden in
    it must be safe when added together, because a reader can subtract. Not strict: a link between tables,
    left to the linear program. `together` says whether hidden parts, added up, are safe; by default: ten or
    more.
    """

    total: Key
    parts: tuple[Key, ...]
    strict: bool = True
    together: Callable[[frozenset[Key]], bool] | None = field(default=None, compare=False)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every cell of the line, the total last."""
        return (*self.parts, self.total)


@dataclass(frozen=True)
class Inequality:
    """The true numbers of `less`, added up, are at most those of `more`, added up.

    `weights`: what each number of `less` is multiplied by first; empty: 1 each. Twenty people who wrote five times or
    more wrote a hundred times at least.
    """

    less: tuple[Key, ...]
    more: tuple[Key, ...]
    weights: tuple[int, ...] = ()

    def weighted(self) -> tuple[tuple[Key, int], ...]:
        """The cells of `less`, each with its weight."""
        return tuple(zip(self.less, self.weights or (1,) * len(self.less), strict=True))


@dataclass
class Structure:
    """What ties the cells of a release together. Constraints that name an unknown cell are left out by
    `within`.
    """

    lines: list[Line] = field(default_factory=list)
    inequalities: list[Inequality] = field(default_factory=list)

    def add(self, other: Structure) -> None:
        """Take over the constraints of another structure."""
        self.lines.extend(other.lines)
        self.inequalities.extend(other.inequalities)

    def within(self, keys: Iterable[Key]) -> Structure:
        """The constraints all of whose cells are among `keys`."""
        known = set(keys)
        return Structure(
            [line for line in self.lines if known.issuperset(line.keys)],
            [row for row in self.inequalities if known.issuperset((*row.less, *row.more))],
        )
