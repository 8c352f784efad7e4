"""From the measures' tables to the true numbers of the open tables.

Reads the engine's connection after all measures were made. Each function fills one or a few tables. Only
numbers and listed levels are taken; ids of people are used to tell who is behind a number, and go no further.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import duckdb

from peerspace.kernel.errors import Refused
from peerspace.research.disclosure import specs
from peerspace.research.disclosure.cells import cell_key
from peerspace.research.disclosure.levels import (
    CHANNELS,
    COUNT_BANDS,
    GIVERS,
    MINUTE_BANDS,
    NEGATIVE,
    SESSION_BANDS,
    STATUSES,
    WEEK_BANDS,
    WITHIN,
    Band,
)
from peerspace.research.disclosure.rules import publishable_sum
from peerspace.research.disclosure.specs import Level, Levels, TableSpec
from peerspace.research.disclosure.truth import UNKNOWN, Truth, other_side_is_safe
from peerspace.research.measures.headers import MISSING_REASONS

WEEK_US = 7 * 86_400_000_000
STEP_US = 28 * 86_400_000_000

ByPerson = dict[tuple[Level, ...], dict[str, float]]
"""For each combination of levels, one number for each person seen."""


class Source:
    """The engine's connection, the number of periods in the window, and which channels there were in each.

    `channels`: when each channel could be used, as stretches in UTC microseconds. What was impossible has no row: a
    channel that is not named, or a period without a moment in which it could be used. What was written was possible.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        from_us: int,
        cut_us: int,
        period_us: int,
        channels: Mapping[str, Sequence[tuple[int, int]]],
    ) -> None:
        if not from_us < cut_us or period_us < 1:
            raise Refused("release_window", from_us=from_us, cut_us=cut_us, period_us=period_us)
        self._connection = connection
        self.length_us = cut_us - from_us
        self.period_us = period_us
        self.periods = range(1, -(-self.length_us // period_us) + 1)
        self._open = channels
        self._spans = {0: (from_us, cut_us)} | {
            period: (from_us + (period - 1) * period_us, min(from_us + period * period_us, cut_us))
            for period in self.periods
        }

    @cached_property
    def _there(self) -> dict[int, tuple[str, ...]]:
        written = "SELECT DISTINCT channel, period FROM measure_contributions WHERE value > 0"
        used = {
            (one, which)
            for one, period in self.query("measure_contributions", written)
            for which in (period, 0)
        }
        return {
            period: tuple(
                one
                for one in CHANNELS
                if one in self._open
                and (
                    (one, period) in used or any(low < end and high > begin for low, high in self._open[one])
                )
            )
            for period, (begin, end) in self._spans.items()
        }

    def channels(self, period: Level = 0) -> tuple[str, ...]:
        """The channels that could be used in a period; 0 is the whole window."""
        return self._there[int(period)]

    def mixes(self, period: int) -> tuple[str, ...]:
        """The mixes of channels that were possible in a period."""
        there = self.channels(period)
        several = ("several",) if len(there) > 1 else ()
        return ("none", *(f"{channel}_only" for channel in there), *several)

    def query(self, table: str, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query over one table. Raises Refused if the table is not there or has other columns."""
        try:
            return self._connection.execute(sql).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            raise Refused("release_measure_missing", measure=table) from None

    def measure(self, name: str, *, channel: bool = False, period: bool = True) -> ByPerson:
        """A measure by person: keys (channel?, period?) and, for the whole window, period 0 with each
        person's sum over periods. People for whom nothing could be seen are not in it.
        """
        table = f"measure_{name}"
        keys = ["channel"] * channel + ["period"] * period
        # Sorted, since the sum of fractions depends on their order.
        select = ", ".join([*keys, "person_id", "value", "missing"])
        sql = f"SELECT {select} FROM {table} ORDER BY ALL"  # noqa: S608 - names from this module
        found: ByPerson = defaultdict(dict)
        for *levels, person, value, missing in self.query(table, sql):
            if missing not in ("", None):
                if missing not in MISSING_REASONS:
                    raise Refused("release_unexpected_level", table=table, column="missing")
                continue
            if not isinstance(value, int | float) or value < 0:
                raise Refused("release_not_a_number", table=table)
            if period and levels[-1] not in self.periods:
                raise Refused("release_unexpected_level", table=table, column="period")
            if channel and levels[0] not in self.channels(levels[-1] if period else 0):
                if levels[0] not in CHANNELS or value:
                    raise Refused("release_unexpected_level", table=table, column="channel")
                continue  # nothing, where nothing was possible
            for key in {tuple(levels), (*levels[:-1], 0)} if period else {tuple(levels)}:
                found[key][str(person)] = found[key].get(str(person), 0) + value
        return found


def fill(source: Source, truth: Truth) -> None:
    """All tables but the flow."""
    written = source.measure("contributions", channel=True)
    for values in written.values():
        if any(value != int(value) for value in values.values()):
            raise Refused("release_not_a_number", table="measure_contributions")
    _totals(source, truth, written)
    for channel in source.channels():
        by_period = {key[1:]: values for key, values in written.items() if key[0] == channel}
        _distribution(source, truth, specs.CONTRIBUTIONS, by_period, COUNT_BANDS, (channel,))
    _modality(source, truth, written)
    for spec, bands, name in (
        (specs.WEEKS, WEEK_BANDS, "weeks_active"),
        (specs.SESSIONS, SESSION_BANDS, "sessions"),
        (specs.MINUTES, MINUTE_BANDS, "active_minutes"),
    ):
        _distribution(source, truth, spec, source.measure(name), bands, ())
    _reciprocity(source, truth)
    _response(source, truth)
    fill_retention(source, truth)
    _status(source, truth)
    _sources(source, truth)
    _negative(source, truth)
    _concentration(source, truth, written)
    _same_people(source, truth)


def _totals(source: Source, truth: Truth, written: ByPerson) -> None:
    spec = specs.TOTALS
    for period in (0, *source.periods):
        for channel in source.channels(period):
            values = written.get((channel, period), {})
            some = {person: int(value) for person, value in values.items() if value > 0}
            truth.row(spec, (channel, period))
            truth.total(spec, "contributions", (channel, period), some)
            truth.count(spec, "people", (channel, period), len(some))
            truth.count(spec, "observed", (channel, period), len(values))
    for period in (0, *source.periods):
        truth.row(spec, ("all", period))
        seen = {person for channel in CHANNELS for person in written.get((channel, period), {})}
        truth.count(spec, "observed", ("all", period), len(seen))
        truth.count(spec, "people", ("all", period), len(_writers(written, period)))


def _writers(written: ByPerson, period: int) -> dict[str, set[str]]:
    """Of everybody who contributed in a period, the channels they used."""
    used: dict[str, set[str]] = defaultdict(set)
    for channel in CHANNELS:
        for person, value in written.get((channel, period), {}).items():
            if value > 0:
                used[person].add(channel)
    return used


def _distribution(
    source: Source,
    truth: Truth,
    spec: TableSpec,
    values: ByPerson,
    bands: tuple[Band, ...],
    before: Levels,
) -> None:
    for period in (0, *source.periods):
        if before and before[0] not in source.channels(period):
            continue
        people = values.get((period,), {})
        counts = Counter(_band(bands, value) for value in people.values())
        for band in bands:
            if counts[band.name] or spec is not specs.WEEKS or band.low <= _most_weeks(source, period):
                truth.row(spec, (*before, period, band.name))
                truth.count(spec, "people", (*before, period, band.name), counts[band.name])
        truth.row(spec, (*before, period, "all"))
        truth.count(spec, "people", (*before, period, "all"), len(people))


def _band(bands: tuple[Band, ...], value: float) -> str:
    return next(band.name for band in reversed(bands) if value >= band.low)


def _most_weeks(source: Source, period: int) -> int:
    """Weeks that fit into a period, or into all of them: a band beyond is impossible, so it has no row."""
    return -(-min(source.period_us, source.length_us) // WEEK_US) * (
        len(source.periods) if period == 0 else 1
    )


def _modality(source: Source, truth: Truth, written: ByPerson) -> None:
    spec = specs.MODALITY
    for period in (0, *source.periods):
        seen = {person for channel in CHANNELS for person in written.get((channel, period), {})}
        used = _writers(written, period)
        mixes = Counter("several" if len(c) > 1 else f"{next(iter(c))}_only" for c in used.values())
        mixes["none"] = len(seen) - len(used)
        for mix in source.mixes(period):
            truth.row(spec, (period, mix))
            truth.count(spec, "people", (period, mix), mixes[mix])
        truth.row(spec, (period, "all"))
        truth.count(spec, "people", (period, "all"), len(seen))


def _reciprocity(source: Source, truth: Truth) -> None:
    spec = specs.RECIPROCITY
    ties: dict[Levels, set[tuple[str, str]]] = defaultdict(set)
    for period, channel, giver, receiver in source.query(
        "tie", "SELECT period, channel, from_person, to_person FROM tie"
    ):
        ties[channel, period].add((str(giver), str(receiver)))
    wanted: list[Levels] = [("all", period) for period in (0, *source.periods)]
    wanted += [(channel, 0) for channel in source.channels()]
    if not set(ties) <= set(wanted):
        raise Refused("release_unexpected_level", table="tie", column="channel")
    for levels in wanted:
        there = ties.get(levels, set())
        pairs = {(min(a, b), max(a, b)) for a, b in there}
        mutual = {(a, b) for a, b in pairs if (a, b) in there and (b, a) in there}
        truth.row(spec, levels)
        for column, group in (("pairs", pairs), ("mutual", mutual), ("one_way", pairs - mutual)):
            degree = Counter(person for pair in group for person in pair)
            truth.count(spec, column, levels, len(group), safe=_enough(degree))


def _enough(by_person: Counter[str]) -> bool:
    """Things counted (threads, pairs) are of at least ten people, none of whom dominates. Nothing at all
    is safe in this respect.
    """
    return not by_person or publishable_sum(by_person.values()) is not None


def _response(source: Source, truth: Truth) -> None:
    waits: dict[tuple[str, Level], list[tuple[str, int, int, bool]]] = defaultdict(list)
    for channel, person, opener, observed, followed, answered in source.query(
        "response", "SELECT channel, person_id, opener, observed_us, followed_us, answered FROM response"
    ):
        item = (str(person), int(observed), int(followed), bool(answered))
        waits["contribution", channel].append(item)
        if opener:
            waits["thread", channel].append(item)
    for channel, person, observed, followed, answered in source.query(
        "dyad", "SELECT channel, initiator, observed_us, followed_us, answered FROM dyad WHERE initiated"
    ):
        waits["first_contact", channel].append((str(person), int(observed), int(followed), bool(answered)))
    there = source.channels()
    wanted: list[tuple[str, str]] = [("thread", "forum")] if "forum" in there else []
    wanted += [("contribution", channel) for channel in there]
    wanted += [("first_contact", channel) for channel in (*there, "all")]
    if not set(waits) <= set(wanted):
        raise Refused("release_unexpected_level", table="response", column="channel")
    for waiting, channel in wanted:
        for within, mark in WITHIN:
            levels = (waiting, channel, within)
            items = [item for item in waits[waiting, channel] if item[2] >= mark]
            followed = Counter(person for person, *_ in items)
            had = Counter(person for person, observed, _, answered in items if answered and observed <= mark)
            truth.row(specs.RESPONSE, levels)
            truth.count(specs.RESPONSE, "followed", levels, followed.total(), safe=_enough(followed))
            truth.count(specs.RESPONSE, "answered", levels, had.total(), safe=_enough(had))


def fill_retention(source: Source, truth: Truth) -> None:
    """The steps that end within the window; one that ends with it could be followed by nobody who began later."""
    people = source.query(
        "attrition", "SELECT observed_us, possible_us, lapsed, departed FROM attrition WHERE started"
    )
    for step in range(1, -(-source.length_us // STEP_US)):
        begins, ends = (step - 1) * STEP_US, step * STEP_US
        at_risk = [one for one in people if (one[0] > begins or step == 1) and one[1] >= ends]
        lapsed = sum(bool(lapsed) and int(observed) <= ends for observed, _, lapsed, _ in at_risk)
        departed = sum(bool(departed) and int(observed) <= ends for observed, *_, departed in at_risk)
        truth.row(specs.RETENTION, (step,))
        counts = {"at_risk": len(at_risk), "ended": lapsed + departed, "lapsed": lapsed, "departed": departed}
        for column, n in counts.items():
            truth.count(specs.RETENTION, column, (step,), n)


def _status(source: Source, truth: Truth) -> None:
    rows = source.query("measure_use_status", "SELECT value, count(*) FROM measure_use_status GROUP BY value")
    counts = {value: int(n) for value, n in rows if value is not None}
    if not counts.keys() <= set(STATUSES):
        raise Refused("release_unexpected_level", table="measure_use_status", column="value")
    for status in STATUSES:
        truth.row(specs.STATUS, (status,))
        truth.count(specs.STATUS, "people", (status,), counts.get(status, 0))
    truth.row(specs.STATUS, ("all",))
    truth.count(specs.STATUS, "people", ("all",), sum(counts.values()))


def _sources(source: Source, truth: Truth) -> None:
    spec = specs.SOURCES
    received: dict[Levels, Counter[str]] = defaultdict(Counter)
    given: dict[Levels, Counter[str]] = defaultdict(Counter)
    for person, other, period, role, training, pay in source.query(
        "reply_received",
        "SELECT person_id, other_person, period, giver_role, giver_training, giver_pay FROM reply_received",
    ):
        told = zip(GIVERS, (role, training, pay), strict=True)
        levels = [("all", "all"), *((what, "not_recorded" if one == "none" else one) for what, one in told)]
        for attribute, giver in levels:
            if attribute != "all" and giver not in GIVERS[str(attribute)]:
                raise Refused("release_unexpected_level", table="reply_received", column=str(attribute))
            for which in (period, 0):
                received[which, attribute, giver][str(person)] += 1
                given[which, attribute, giver][str(other) if other else UNKNOWN] += 1
    every: list[tuple[str, str]] = [("all", "all")]
    every += [(attribute, giver) for attribute, givers in GIVERS.items() for giver in givers]
    for period in (0, *source.periods):
        for attribute, giver in every:
            levels_here = (period, attribute, giver)
            truth.row(spec, levels_here)
            givers = given[levels_here]
            truth.total(spec, "replies", levels_here, received[levels_here], givers)
            truth.count(
                spec, "people", levels_here, len(received[levels_here]), safe=other_side_is_safe(givers)
            )


def _negative(source: Source, truth: Truth) -> None:
    spec = specs.NEGATIVES
    for kind in NEGATIVE:
        values = source.measure(kind).get((0,), {})
        met = {person: int(value) for person, value in values.items() if value > 0}
        for level, n in (("yes", len(met)), ("no", len(values) - len(met)), ("all", len(values))):
            truth.row(spec, (kind, level))
            truth.count(spec, "people", (kind, level), n)
        truth.total(spec, "times", (kind, "all"), met)


def _concentration(source: Source, truth: Truth, written: ByPerson) -> None:
    """Coefficients of the measures, kept only where at least ten people stand behind each and none
    dominates.
    """
    for population in ("posters", "enrolled"):
        for channel in source.channels():
            truth.row(specs.CONCENTRATION, (channel, population))
    values: dict[tuple[str, str, str], float] = {
        (name, channel, population): float(value)
        for name in ("contribution_gini", "top1_share", "top1_people")
        for channel, population, value in source.query(
            f"measure_{name}",
            f"SELECT channel, stat, value FROM measure_{name} WHERE missing = ''",  # noqa: S608 - names from this module
        )
    }
    for channel in source.channels():
        wrote = sorted((int(v) for v in written.get((channel, 0), {}).values() if v > 0), reverse=True)
        if publishable_sum(wrote) is None:
            continue
        if ("contribution_gini", channel, "posters") not in values:
            raise Refused("release_measure_missing", measure="measure_contribution_gini")
        key = cell_key(specs.CONCENTRATION.name, "gini", (channel, "posters"))
        truth.estimates[key] = round(values["contribution_gini", channel, "posters"], 2)
        for population in ("posters", "enrolled"):
            top = int(values.get(("top1_people", channel, population), 0))
            if publishable_sum(wrote[:top]) is not None and publishable_sum(wrote[top:]) is not None:
                key = cell_key(specs.CONCENTRATION.name, "top1_share", (channel, population))
                truth.estimates[key] = round(values["top1_share", channel, population], 2)


def _same_people(source: Source, truth: Truth) -> None:
    """Numbers that count the same people under two names."""

    def key(spec: TableSpec, column: str, *levels: Level) -> str:
        return cell_key(spec.name, column, levels)

    everybody = [key(specs.FLOW, "people", "included", "all"), key(specs.STATUS, "people", "all")]
    for period in (0, *source.periods):
        group = [*everybody] if period == 0 else []
        group += [key(specs.TOTALS, "observed", channel, period) for channel in ("all", *CHANNELS)]
        group += [key(spec, "people", period, "all") for spec in (specs.WEEKS, specs.SESSIONS, specs.MINUTES)]
        truth.same.append(tuple(group))
        truth.same.append(
            tuple(key(s, "people", period, "0") for s in (specs.SESSIONS, specs.MINUTES, specs.WEEKS))
        )
    never = key(specs.STATUS, "people", "never_started")
    truth.same.append((never, key(specs.SESSIONS, "people", 0, "0")))
    truth.same.append(tuple(key(specs.NEGATIVES, "people", kind, "all") for kind in NEGATIVE))
