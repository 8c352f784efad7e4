"""Shares that are worked out from published numbers alone, so that anybody can work them out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from peerspace.research.disclosure import specs
from peerspace.research.disclosure.cells import Key, cell_key
from peerspace.research.disclosure.rules import share
from peerspace.research.disclosure.specs import Level, Levels

Rows = Mapping[str, Iterable[Levels]]
Published = Mapping[Key, int | None]


def derived(rows: Rows, published: Published, estimates: Mapping[Key, float]) -> dict[Key, float]:
    """Every share that follows from published numbers. `estimates`: coefficients published as they are
    (Gini of those who contributed). A share whose numbers are hidden is not in the answer.
    """
    found: dict[Key, float] = {}
    for one in (_reciprocity, _response, _retention):
        found.update(one(rows, published))
    found.update(_enrolled_gini(rows, published, estimates))
    return found


def life_table(steps: Iterable[tuple[int | None, int | None]]) -> list[float | None]:
    """Kaplan-Meier survival after each step, from rounded numbers.

    `steps`: (at risk when the step begins, events by its end, added up from the beginning). Survival is the
    product of 1 - d/n over steps, d the new events. A step without published events is joined to the next one
    that has them, at the number at risk with which the first of them began. Where that number is hidden,
    survival is unknown from there on.
    """
    survival = 1.0
    before = 0
    begun: int | None = None
    joined = False
    known = True
    found: list[float | None] = []
    for at_risk, events in steps:
        if not joined:
            begun = at_risk
        if events is None or not known:
            joined = True
            found.append(None)
            continue
        if not begun:
            known = False
            found.append(None)
            continue
        survival *= 1 - share(max(events - before, 0), begun)
        before, joined = events, False
        found.append(round(survival, 3))
    return found


def _reciprocity(rows: Rows, published: Published) -> dict[Key, float]:
    found = {}
    for levels in rows.get("reciprocity", ()):
        pairs, mutual, one_way = (
            published.get(cell_key("reciprocity", c, levels)) for c in ("pairs", "mutual", "one_way")
        )
        if pairs and mutual is not None:
            found[cell_key("reciprocity", "dyadic", levels)] = share(mutual, pairs)
        if mutual is not None and one_way is not None and mutual + one_way:
            found[cell_key("reciprocity", "edgewise", levels)] = share(2 * mutual, 2 * mutual + one_way)
    return found


def _curve(
    table: str, event: str, levels: list[Levels], published: Published, of: Callable[[float], float]
) -> dict[Key, float]:
    steps = [
        (published.get(cell_key(table, "at_risk", one)), published.get(cell_key(table, event, one)))
        for one in levels
    ]
    return {
        cell_key(table, "share", one): round(of(value), 3)
        for one, value in zip(levels, life_table(steps), strict=True)
        if value is not None
    }


def _response(rows: Rows, published: Published) -> dict[Key, float]:
    found: dict[Key, float] = {}
    what: dict[tuple[Level, Level], None] = dict.fromkeys(
        (one[0], one[1]) for one in rows.get("response_times", ())
    )
    for waiting, channel in what:
        levels: list[Levels] = [(waiting, channel, within) for within, _ in specs.WITHIN]
        found |= _curve("response_times", "answered", levels, published, lambda survival: 1 - survival)
    return found


def _retention(rows: Rows, published: Published) -> dict[Key, float]:
    levels = sorted(rows.get("retention", ()), key=lambda one: int(one[0]))
    return _curve("retention", "lapsed", levels, published, lambda survival: survival)


def _enrolled_gini(rows: Rows, published: Published, estimates: Mapping[Key, float]) -> dict[Key, float]:
    """Among everybody: adding z people with nothing to n with Gini g gives 1 - (1 - g) n / (n + z)."""
    found = {}
    for channel, population in rows.get("concentration", ()):
        people = published.get(cell_key("totals", "people", (channel, 0)))
        observed = published.get(cell_key("totals", "observed", (channel, 0)))
        gini = estimates.get(cell_key("concentration", "gini", (channel, "posters")))
        if population == "enrolled" and people and observed and gini is not None:
            key = cell_key("concentration", "gini", (channel, "enrolled"))
            found[key] = round(1 - (1 - gini) * share(people, observed), 2)
    return found
