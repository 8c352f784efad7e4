"""The ties between numbers of open tables, written as formulas beside each table.

    people[when, all] = sum(band: 0|1-4) people[when, band]     a row or column of the table: its total and its parts
    totals.observed[all, when] == people[when, all]             an equation, also between tables
    ended[step] + at_risk[step+1] <= at_risk[step]              the left is never more than the right
    20*people[when, 20+] <= totals.contributions[forum, when]   so many times

A term is `[n*][sum(name[: a|b|c])] [table.]column[level, ...]`; without a table it is the formula's own. A level is a
name of `names` (then the formula holds for every level of it) or the level itself. A row that a table does not have was
impossible, so its number is nothing; only of the flow, whose steps may be left untold, that cannot be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

from peerspace.research.disclosure.cells import Key

Sign = Literal["=", "==", "<="]
_TERM = re.compile(
    r"(?:(?P<weight>\d+)\*)?(?:sum\((?P<over>\w+)(?:: (?P<some>[^)]*))?\) )?(?:(?P<table>\w+)\.)?(?P<column>\w+)"
    r"\[(?P<levels>[^\]]*)\]"
)


class FormulaError(ValueError):
    """A tie that is not written as it must be."""


@dataclass(frozen=True)
class Term:
    """One term of a side: `weight` times a number, or times the sum of it over the levels of `over`."""

    weight: int
    over: str
    some: tuple[str, ...]
    table: str
    column: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """Two sides and the sign between them."""

    text: str
    left: tuple[Term, ...]
    sign: Sign
    right: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term of both sides."""
        return (*self.left, *self.right)


@dataclass(frozen=True)
class Tie:
    """A formula at some levels: keys with their weights on either side. A key that has no row is not in it."""

    left: tuple[tuple[Key, int], ...]
    sign: Sign
    right: tuple[tuple[Key, int], ...]


@cache
def parse(table: str, text: str) -> Formula:
    """A formula of a table. Raises FormulaError."""
    parts = re.split(r" (<=|==|=) ", text)
    if len(parts) != 3:
        raise FormulaError(f"{table}: {text}: two sides and one sign")
    left, sign, right = parts
    found = Formula(text, _side(table, left), _sign(sign), _side(table, right))
    if sign != "<=" and (len(found.left) != 1 or found.left[0].over):
        raise FormulaError(f"{table}: {text}: an equation begins with one number")
    if sign == "=" and {term.table for term in found.terms} != {table}:
        raise FormulaError(f"{table}: {text}: a row or column lies within its table")
    return found


def _sign(text: str) -> Sign:
    return "<=" if text == "<=" else "==" if text == "==" else "="


def _side(table: str, text: str) -> tuple[Term, ...]:
    terms = []
    for part in re.split(r" \+ ", text):
        match = _TERM.fullmatch(part)
        if match is None:
            raise FormulaError(f"{table}: {part}: not a term")
        some = tuple(match["some"].split("|")) if match["some"] else ()
        levels = tuple(match["levels"].split(", "))
        terms.append(
            Term(
                int(match["weight"] or 1),
                match["over"] or "",
                some,
                match["table"] or table,
                match["column"],
                levels,
            )
        )
    return tuple(terms)


def ties(
    formula: Formula,
    names: Mapping[str, Iterable[str]],
    rows: Mapping[str, set[tuple[str, ...]]],
    untold: str,
) -> Iterator[Tie]:
    """The formula at every level of the names in it, as far as the tables have rows.

    `rows`: of each table its levels as texts. A tie is left out where a table has no row at all, where the table
    `untold` lacks one, or where nothing is left of a side.
    """
    if any(not rows.get(term.table) for term in formula.terms):
        return
    free = sorted(
        {
            n
            for term in formula.terms
            for level in term.levels
            if (n := _name(level, names)) and n != term.over
        }
    )
    for chosen in product(*(tuple(names[name]) for name in free)):
        at = dict(zip(free, chosen, strict=True))
        left = _keys(formula.left, at, names, rows, untold)
        right = _keys(formula.right, at, names, rows, untold)
        if left and right and set(left) - set(right):
            yield Tie(left, formula.sign, right)


def _name(level: str, names: Mapping[str, Iterable[str]]) -> str:
    """The name in a level such as `step` or `step+1`; '' for a level that stands for itself."""
    name = level.removesuffix("+1")
    return name if name in names else ""


def _keys(
    side: tuple[Term, ...],
    at: Mapping[str, str],
    names: Mapping[str, Iterable[str]],
    rows: Mapping[str, set[tuple[str, ...]]],
    untold: str,
) -> tuple[tuple[Key, int], ...] | None:
    """The numbers of a side that have a row; None if one may be there and is not told."""
    found: list[tuple[Key, int]] = []
    for term in side:
        for one in (term.some or tuple(names[term.over])) if term.over else ("",):
            known = {**at, term.over: one} if term.over else at
            levels = tuple(_level(level, known) for level in term.levels)
            if levels in rows[term.table]:
                found.append((f"{term.table}.{term.column}[{','.join(levels)}]", term.weight))
            elif term.table == untold and not term.over:
                return None
    return tuple(found)


def _level(level: str, known: Mapping[str, str]) -> str:
    if level in known:
        return known[level]
    name = level.removesuffix("+1")
    return str(int(known[name]) + 1) if name in known else level
