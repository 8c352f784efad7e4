"""What ties the open tables together: the formulas of their definitions, at the rows that a release has.

Built before anything is hidden, and built again by whoever checks a published package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from peerspace.research.disclosure.cells import Inequality, Key, Line, Structure
from peerspace.research.disclosure.formulas import Tie, parse, ties
from peerspace.research.disclosure.levels import CHANNELS, SCOPES
from peerspace.research.disclosure.specs import BY_NAME, FLOW, TABLES, Levels

Together = Callable[[frozenset[Key]], bool]


def release_structure(rows: Mapping[str, Iterable[Levels]], together: Together | None = None) -> Structure:
    """The constraints among the cells of a release's tables.

    `rows`: for each table, the levels of its rows. `together` says whether hidden sums, added up, are safe;
    it is only known while building (a checker leaves it out).
    """
    told = {name: {tuple(map(str, levels)) for levels in some} for name, some in rows.items()}
    names = _names(told)
    structure = Structure()
    for spec in TABLES:
        for text in spec.ties:
            for tie in ties(parse(spec.name, text), names, told, FLOW.name):
                _add(structure, tie, together)
    return structure


def _names(told: Mapping[str, set[tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """What a name in a formula stands for: the levels of a dimension, or its numbers as far as the rows reach."""
    found: dict[str, tuple[str, ...]] = {"channel": CHANNELS, "anywhere": (*CHANNELS, "all")}
    numbered: dict[str, set[int]] = {"period": set(), "step": set()}
    for spec in TABLES:
        for place, dim in enumerate(spec.dims):
            if dim.levels is None:
                numbered[dim.name].update(int(levels[place]) for levels in told.get(spec.name, ()))
            else:
                found.setdefault(dim.name, dim.levels)
    for name, numbers in numbered.items():
        found[name] = tuple(str(number) for number in sorted(numbers) if number)
    return found | {"when": ("0", *found["period"]), "scope": SCOPES}


def _add(structure: Structure, tie: Tie, together: Together | None) -> None:
    if tie.sign == "<=":
        weights = tuple(weight for _, weight in tie.left)
        plain = set(weights) == {1}
        structure.inequalities.append(
            Inequality(
                tuple(key for key, _ in tie.left),
                tuple(key for key, _ in tie.right),
                () if plain else weights,
            )
        )
        return
    ((total, _),) = tie.left
    table, column = total.partition("[")[0].split(".")
    sums = BY_NAME[table].column(column).kind == "sum"
    strict = tie.sign == "="
    parts = tuple(key for key, _ in tie.right)
    structure.lines.append(Line(total, parts, strict=strict, together=together if strict and sums else None))
