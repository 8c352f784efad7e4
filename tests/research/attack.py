"""An attacker of open tables, written from what the codebook says of the numbers and from nothing of the audit.

It reads the tables as published, knows that a number may be off by two and is ten or more, thinks of people, pairs and
items as sets, and finds by linear programming how small and how large each hidden number can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from peerspace.research.disclosure.t0 import OpenTables

Cell = tuple[str, str, tuple[Any, ...]]
CHANNELS = ("forum", "room", "one_to_one")
SOLVE: Callable[..., Any] = linprog  # it takes sparse matrices, its type stubs know only dense ones
LIMITS = {
    "contributions_distribution": {"0": 0, "1-4": 1, "5-19": 5, "20+": 20},
    "active_weeks_distribution": {"0": 0, "1": 1, "2-3": 2, "4-7": 4, "8-15": 8, "16+": 16},
    "sessions_distribution": {"0": 0, "1-4": 1, "5-19": 5, "20+": 20},
    "active_minutes_distribution": {"0": 0, "under_10": 1, "10-59": 10, "60-299": 60, "300+": 300},
}
"""The least of each band; whoever has any active minutes has one at least."""


@dataclass
class Attacker:
    """What is published, and what follows from the definitions, as rows of a linear program."""

    tables: OpenTables
    cells: dict[Cell, int] = field(default_factory=dict)
    value: list[int | None] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    facts: list[tuple[dict[int, float], bool]] = field(default_factory=list)
    """Weights whose sum is at most 0, or exactly 0."""

    def __post_init__(self) -> None:
        for table in self.tables.tables:
            name, dims = table.spec.name, [dim.name for dim in table.spec.dims]
            self.rows[name] = []
            for row in table.values():
                levels = tuple(row[dim] for dim in dims)
                self.rows[name].append(levels)
                for column in table.spec.columns:
                    if column.kind != "estimate" and row[f"{column.name}_missing"] != "not_applicable":
                        self.cells[name, column.name, levels] = len(self.value)
                        number = row[column.name]
                        self.value.append(None if number is None else int(str(number)))
        self.periods = sorted({levels[1] for levels in self.rows["totals"]} - {0})
        self._people()
        self._bands()
        self._amounts()
        self._channels()
        self._exchange()
        self._endings()
        self._sources_and_harm()
        self._flow()

    def _sum(self, cells: Iterable[Cell | tuple[float, Cell]]) -> dict[int, float]:
        found: dict[int, float] = {}
        for one in cells:
            weight, cell = one if isinstance(one[0], int | float) else (1.0, one)
            if cell in self.cells:  # a row that is not there was impossible
                place = self.cells[cell]
                found[place] = found.get(place, 0.0) + weight
        return found

    def at_most(self, less: Iterable[Any], more: Iterable[Any]) -> None:
        row = self._sum(less)
        if row:
            for place, weight in self._sum(more).items():
                row[place] = row.get(place, 0.0) - weight
            self.facts.append((row, False))

    def equal(self, one: Iterable[Any], other: Iterable[Any]) -> None:
        row = self._sum(one)
        for place, weight in self._sum(other).items():
            row[place] = row.get(place, 0.0) - weight
        self.facts.append((row, True))

    def _people(self) -> None:
        """Everybody seen, in a period and in the window; who wrote is among them."""

        def seen(channel: str, period: Any) -> Cell:
            return ("totals", "observed", (channel, period))

        def wrote(channel: str, period: Any) -> Cell:
            return ("totals", "people", (channel, period))

        for channel in (*CHANNELS, "all"):
            for who in (seen, wrote):
                self.at_most([who(channel, 0)], [who(channel, p) for p in self.periods])
                for p in self.periods:
                    self.at_most([who(channel, p)], [who(channel, 0)])
            for p in (0, *self.periods):
                self.at_most([wrote(channel, p)], [seen(channel, p)])
        for p in (0, *self.periods):
            self.at_most([wrote("all", p)], [wrote(c, p) for c in CHANNELS])
            for c in CHANNELS:
                self.at_most([wrote(c, p)], [wrote("all", p)])
                self.at_most([seen(c, p)], [seen("all", p)])
                self.at_most([wrote(c, p)], [("totals", "contributions", (c, p))])
        for c in CHANNELS:
            if ("totals", "contributions", (c, 0)) in self.cells:
                every = [("totals", "contributions", (c, p)) for p in self.periods]
                self.equal([("totals", "contributions", (c, 0))], every)
        self.at_most([seen("all", 0)], [("flow", "people", ("included", "all"))])

    def _bands(self) -> None:
        """People by how much: at every limit, who reached it in a period reached it in the window."""
        for table, limits in LIMITS.items():
            befores: list[tuple[Any, ...]] = [()]
            if table == "contributions_distribution":
                befores = [(c,) for c in CHANNELS if (c, 0, "all") in self.rows[table]]
            for before in befores:

                def at(period: Any, band: str, table: str = table, before: tuple[Any, ...] = before) -> Cell:
                    return (table, "people", (*before, period, band))

                for p in (0, *self.periods):
                    if at(p, "all") in self.cells:
                        self.equal([at(p, "all")], [at(p, band) for band in limits])
                for least in limits.values():
                    some = [band for band, low in limits.items() if low >= least]
                    for p in self.periods:
                        self.at_most([at(p, band) for band in some], [at(0, band) for band in some])
                some = [band for band, low in limits.items() if low]
                self.at_most(
                    [at(0, band) for band in some], [at(p, band) for p in self.periods for band in some]
                )

    def _amounts(self) -> None:
        """What the limits of bands tell: of sums, and of one table by another."""
        for c in CHANNELS:
            for p in (0, *self.periods):
                if (c, p, "all") in self.rows["contributions_distribution"]:
                    bands = {
                        b: ("contributions_distribution", "people", (c, p, b))
                        for b in ("0", "1-4", "5-19", "20+")
                    }
                    self.equal([("totals", "people", (c, p))], [bands["1-4"], bands["5-19"], bands["20+"]])
                    self.equal([("totals", "observed", (c, p))], bands.values())
                    weighted = [
                        (float(low), bands[b])
                        for b, low in LIMITS["contributions_distribution"].items()
                        if low
                    ]
                    self.at_most(weighted, [("totals", "contributions", (c, p))])
        for p in (0, *self.periods):
            for table in [name for name in LIMITS if name != "contributions_distribution"]:
                self.at_most([(table, "people", (p, "all"))], [("totals", "observed", ("all", p))])
            for least in (1, 5, 20):  # a session is a minute at least
                self.at_most(
                    [("sessions_distribution", "people", (p, b)) for b, low in SESSIONS if low >= least],
                    [
                        ("active_minutes_distribution", "people", (p, b))
                        for b, high in MINUTES
                        if high >= least
                    ],
                )
            # A session that begins in a period, and a contribution in it, are something done in one of its weeks.
            idle = ("active_weeks_distribution", "people", (p, "0"))
            self.at_most([idle], [("sessions_distribution", "people", (p, "0"))])
            self.at_most([idle], [("modality_mix", "people", (p, "none"))])

    def _channels(self) -> None:
        for p in (0, *self.periods):
            only = {c: ("modality_mix", "people", (p, f"{c}_only")) for c in CHANNELS}
            several, none = (("modality_mix", "people", (p, mix)) for mix in ("several", "none"))
            wrote = {c: ("totals", "people", (c, p)) for c in (*CHANNELS, "all")}
            self.equal([wrote["all"]], [*only.values(), several])
            self.equal([("totals", "observed", ("all", p))], [wrote["all"], none])
            self.equal([("modality_mix", "people", (p, "all"))], [wrote["all"], none])
            for c in CHANNELS:
                self.at_most([only[c]], [wrote[c]])
                self.at_most([wrote[c]], [only[c], several])
            self.at_most([(2.0, several), *only.values()], [wrote[c] for c in CHANNELS])
            self.at_most([wrote[c] for c in CHANNELS], [(3.0, several), *only.values()])
            if p:
                self.at_most([several], [("modality_mix", "people", (0, "several"))])

    def _exchange(self) -> None:
        """A pair has one tie or two, each of one contribution at least; who waits has written."""

        def pair(column: str, channel: str, period: Any) -> Cell:
            return ("reciprocity", column, (channel, period))

        for channel, period in self.rows["reciprocity"]:
            self.equal(
                [pair("pairs", channel, period)], [pair(c, channel, period) for c in ("mutual", "one_way")]
            )
            written = CHANNELS if channel == "all" else (channel,)
            self.at_most(
                [pair("pairs", channel, period), pair("mutual", channel, period)],
                [("totals", "contributions", (c, period)) for c in written],
            )
            if (channel, period) != ("all", 0):
                for column in ("pairs", "mutual"):
                    self.at_most([pair(column, channel, period)], [pair(column, "all", 0)])
        self.at_most([pair("pairs", "all", 0)], [pair("pairs", c, 0) for c in CHANNELS])
        self.at_most([pair("pairs", "all", 0)], [pair("pairs", "all", p) for p in self.periods])

        def waits(column: str, waiting: str, channel: str, within: str) -> Cell:
            return ("response_times", column, (waiting, channel, within))

        for waiting, channel in {(w, c) for w, c, _ in self.rows["response_times"]}:
            for within in ("1h", "24h", "7d"):
                here = [waits(c, waiting, channel, within) for c in ("answered", "followed")]
                self.at_most(here[:1], here[1:])
            for soon, late in pairwise(("1h", "24h", "7d")):
                a, f = (
                    {w: waits(c, waiting, channel, w) for w in (soon, late)} for c in ("answered", "followed")
                )
                self.at_most([f[late]], [f[soon]])
                self.at_most([a[soon], f[late]], [a[late], f[soon]])
            if waiting == "first_contact":
                self.at_most([waits("followed", waiting, channel, "1h")], [pair("pairs", channel, 0)])
                self.at_most([waits("answered", waiting, channel, "7d")], [pair("mutual", channel, 0)])
        for w in ("1h", "24h", "7d"):
            for c in CHANNELS:
                thread, every = (
                    {k: waits(k, what, c, w) for k in ("answered", "followed")}
                    for what in ("thread", "contribution")
                )
                self.at_most([thread["answered"]], [every["answered"]])
                self.at_most([thread["followed"]], [every["followed"]])
                self.at_most([thread["followed"], every["answered"]], [thread["answered"], every["followed"]])
                self.at_most([every["followed"]], [("totals", "contributions", (c, 0))])
            every_contact = [waits("followed", "first_contact", c, w) for c in CHANNELS]
            self.at_most([waits("followed", "first_contact", "all", w)], every_contact)
        answered = [waits("answered", "contribution", c, "7d") for c in CHANNELS]
        self.at_most(answered, [("source_mix", "replies", (0, "all", "all"))])

    def _endings(self) -> None:
        status = {
            s: ("use_status", "people", (s,))
            for s in ("never_started", "lapsed", "departed", "in_use", "all")
        }
        self.equal([status["all"]], [status[s] for s in status if s != "all"])
        self.at_most([("sessions_distribution", "people", (0, "0"))], [status["never_started"]])
        steps = sorted(step for (step,) in self.rows["retention"])
        at = {
            (c, s): ("retention", c, (s,)) for c in ("at_risk", "ended", "lapsed", "departed") for s in steps
        }
        for step in steps:
            self.equal([at["ended", step]], [at["lapsed", step], at["departed", step]])
            self.at_most([at["ended", step]], [at["at_risk", step]])
            gone = [at["ended", s] for s in steps if s < step]
            self.at_most([*gone, at["at_risk", step]], [status[s] for s in ("lapsed", "departed", "in_use")])
        for step, after in pairwise(steps):
            self.at_most([at["at_risk", after], at["ended", step]], [at["at_risk", step]])
        for how in ("lapsed", "departed"):
            self.at_most([at[how, step] for step in steps], [status[how]])

    def _sources_and_harm(self) -> None:
        kinds = {levels[1:] for levels in self.rows["source_mix"]}
        for p in (0, *self.periods):

            def got(column: str, what: tuple[str, str], p: Any = p) -> Cell:
                return ("source_mix", column, (p, *what))

            for attribute in ("role", "training", "pay"):
                givers = [kind for kind in kinds if kind[0] == attribute]
                self.equal([got("replies", ("all", "all"))], [got("replies", giver) for giver in givers])
                self.at_most([got("people", ("all", "all"))], [got("people", giver) for giver in givers])
                for giver in givers:
                    self.at_most([got("people", giver)], [got("people", ("all", "all"))])
            for kind in kinds:
                self.at_most([got("people", kind)], [got("replies", kind)])
            self.at_most([got("people", ("all", "all"))], [("totals", "observed", ("all", p))])
        for kind in kinds:
            window = {c: ("source_mix", c, (0, *kind)) for c in ("replies", "people")}
            self.equal([window["replies"]], [("source_mix", "replies", (p, *kind)) for p in self.periods])
            self.at_most([window["people"]], [("source_mix", "people", (p, *kind)) for p in self.periods])
            for p in self.periods:
                self.at_most([("source_mix", "people", (p, *kind))], [window["people"]])
        for kind in {levels[0] for levels in self.rows["negative_experience"]}:
            asked = {
                level: ("negative_experience", "people", (kind, level)) for level in ("yes", "no", "all")
            }
            self.equal([asked["all"]], [asked["yes"], asked["no"]])
            self.at_most([asked["yes"]], [("negative_experience", "times", (kind, "all"))])
            self.at_most([asked["all"]], [("totals", "observed", ("all", 0))])
            if ("consented", "experience") in self.rows["flow"]:
                self.at_most([asked["all"]], [("flow", "people", ("consented", "experience"))])

    def _flow(self) -> None:
        there = self.rows["flow"]

        def step(name: str, detail: str = "all") -> Cell:
            return ("flow", "people", (name, detail))

        order = [
            s for s in ("registered", "eligible", "asked", "consented", "included") if (s, "all") in there
        ]
        for wide, narrow in pairwise(order):
            self.at_most([step(narrow)], [step(wide)])
        for name, detail in there:
            if name == "consented" and detail != "all":
                self.at_most([step(name, detail)], [step(name)])
        reasons = [step(name, detail) for name, detail in there if name == "excluded" and detail != "all"]
        if reasons:
            self.equal([step("excluded")], reasons)
        if ("consented", "all") in there:
            if ("excluded", "all") in there:
                self.equal([step("consented")], [step("included"), step("excluded")])
            self.at_most([step("withdrew"), step("included")], [step("consented")])

    def assume_same(self, group: Iterable[Cell]) -> None:
        """The attacker guesses, and guesses right, that these numbers are of the same people."""
        there = [cell for cell in group if cell in self.cells]
        for other in there[1:]:
            self.equal(there[:1], [other])

    def narrow(self, below: int) -> list[tuple[Cell, float, float]]:
        """The hidden cells whose interval is under `below` wide, with their ends."""
        bounds = [
            (0.0, None) if v is None else (float(max(v - 2, min(v, 10))), float(v + 2)) for v in self.value
        ]
        matrices: dict[bool, tuple[Any, Any]] = {}
        for exact in (False, True):
            rows = [row for row, is_exact in self.facts if is_exact == exact]
            where = [(r, c, w) for r, row in enumerate(rows) for c, w in row.items()]
            numbers, places = [w for *_, w in where], ([r for r, *_ in where], [c for _, c, _ in where])
            matrix = csr_matrix((numbers, places), shape=(len(rows), len(bounds)))
            matrices[exact] = (matrix, np.zeros(len(rows)))
        low: Any = np.full(len(bounds), np.inf)
        high: Any = np.full(len(bounds), -np.inf)
        found = []
        for cell, place in self.cells.items():
            if self.value[place] is not None:
                continue
            for sign in (1.0, -1.0):
                if np.ceil(low[place] - 1e-6) + below <= np.floor(high[place] + 1e-6):
                    break  # worlds seen on the way have shown that it is wide
                goal = np.zeros(len(bounds))
                goal[place] = sign
                (a, b), (e, f) = matrices[False], matrices[True]
                answer: Any = SOLVE(goal, A_ub=a, b_ub=b, A_eq=e, b_eq=f, bounds=bounds, method="highs")
                if answer.status == 3:  # no end in that direction
                    high[place] = np.inf
                    continue
                assert answer.status == 0, answer.message
                low, high = np.minimum(low, answer.x), np.maximum(high, answer.x)
            ends = float(np.ceil(low[place] - 1e-6)), float(np.floor(high[place] + 1e-6))
            if ends[1] - ends[0] < below:
                found.append((cell, *ends))
        return found


SESSIONS = tuple(LIMITS["sessions_distribution"].items())
MINUTES = (("under_10", 9.99), ("10-59", 59.99), ("60-299", 299.99), ("300+", float("inf")))
