"""Shares that are worked out from published numbers alone, so that anybody can work them out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from peerspace.research.disclosure.cells import Key, cell_key
from peerspace.research.disclosure.rules import share
from peerspace.research.disclosure.specs import Levels

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


def survival(steps: Iterable[tuple[int | None, int | None]]) -> list[float | None]:
    """The share still free of any ending after each step: the product of 1 - ended / at risk.

    `steps`: (at risk, ended) of each step. Where a number is hidden or nobody was at risk, nothing is known from there
    on.
    """
    free: float | None = 1.0
    found: list[float | None] = []
    for at_risk, ended in steps:
        known = free is not None and at_risk and ended is not None
        free = free * (1 - share(ended, at_risk)) if known else None  # type: ignore[operator, arg-type]
        found.append(free)
    return found


def incidence(steps: Iterable[tuple[int | None, int | None, int | None]]) -> list[float | None]:
    """The share that has come to one kind of ending by each step, others competing (Aalen & Johansen 1978).

    `steps`: (at risk, ended in any way, ended in this way). The sum over steps of the share free before the step times
    ended in this way / at risk; unknown from the first step on of which a number is hidden.
    """
    every = list(steps)
    free_after = survival((at_risk, ended) for at_risk, ended, _ in every)
    total: float | None = 0.0
    found: list[float | None] = []
    for (at_risk, _, one), before in zip(every, [1.0, *free_after], strict=False):
        known = total is not None and before is not None and at_risk and one is not None
        total = total + before * share(one, at_risk) if known else None  # type: ignore[operator, arg-type]
        found.append(total)
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


def _response(rows: Rows, published: Published) -> dict[Key, float]:
    found = {}
    for levels in rows.get("response_times", ()):
        followed, answered = (
            published.get(cell_key("response_times", c, levels)) for c in ("followed", "answered")
        )
        if followed and answered is not None:
            found[cell_key("response_times", "share", levels)] = share(answered, followed)
    return found


def _retention(rows: Rows, published: Published) -> dict[Key, float]:
    levels = sorted(rows.get("retention", ()), key=lambda one: int(one[0]))

    def column(name: str) -> list[int | None]:
        return [published.get(cell_key("retention", name, one)) for one in levels]

    at_risk, ended, lapsed = column("at_risk"), column("ended"), column("lapsed")
    curves = {
        "share": survival(zip(at_risk, ended, strict=True)),
        "lapsed_share": incidence(zip(at_risk, ended, lapsed, strict=True)),
    }
    return {
        cell_key("retention", name, one): round(value, 3)
        for name, curve in curves.items()
        for one, value in zip(levels, curve, strict=True)
        if value is not None
    }


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
