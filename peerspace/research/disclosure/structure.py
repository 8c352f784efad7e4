"""What ties the open tables together, from their keys alone.

Built before anything is hidden, and built again by whoever checks a published package. A line is made of the
parts that exist. A link or an inequality that names a row which a release does not have is left out where it
is used (`Structure.within`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from peerspace.research.disclosure.cells import Inequality, Key, Line, Structure, cell_key
from peerspace.research.disclosure.specs import (
    CHANNELS,
    CONTRIBUTIONS,
    COUNT_BANDS,
    FLOW,
    FLOW_STEPS,
    GIVERS,
    MINUTE_BANDS,
    MINUTES,
    MODALITY,
    NEGATIVE,
    NEGATIVES,
    REASONS,
    RECIPROCITY,
    RESPONSE,
    RETENTION,
    SCOPES,
    SESSION_BANDS,
    SESSIONS,
    SOURCES,
    STATUS,
    STATUSES,
    WAITING,
    WEEKS,
    WITHIN,
    Level,
    Levels,
    TableSpec,
)

Together = Callable[[frozenset[Key]], bool]


class _Ties:
    """Collects constraints; parts that have no row are dropped from a line."""

    def __init__(self, rows: Mapping[str, Iterable[Levels]], together: Together | None) -> None:
        self.rows = {name: set(levels) for name, levels in rows.items()}
        self.together = together
        self.structure = Structure()

    def periods(self, table: str, place: int) -> list[int]:
        """The periods from 1 that a table's rows have."""
        found = {levels[place] for levels in self.rows.get(table, ())}
        return sorted(period for period in found if isinstance(period, int) and period > 0)

    def has(self, table: str, levels: Levels) -> bool:
        return levels in self.rows.get(table, ())

    def line(
        self, table: str, column: str, total: Levels, parts: Iterable[Levels], *, sums: bool = False
    ) -> None:
        """A row or column of one table."""
        there = tuple(cell_key(table, column, part) for part in parts if self.has(table, part))
        if there and self.has(table, total):
            together = self.together if sums else None
            self.structure.lines.append(Line(cell_key(table, column, total), there, together=together))

    def link(self, total: Key, *parts: Key) -> None:
        """An equation between tables."""
        self.structure.lines.append(Line(total, parts, strict=False))

    def at_most(self, less: Iterable[Key], more: Iterable[Key]) -> None:
        self.structure.inequalities.append(Inequality(tuple(less), tuple(more)))

    def at_least(self, weights: Mapping[Key, int], total: Key) -> None:
        """So many people, each with so much or more, make a sum no smaller than this."""
        self.structure.inequalities.append(Inequality(tuple(weights), (total,), tuple(weights.values())))

    def rising(self, keys: Iterable[Key]) -> None:
        """Each number is at most the next."""
        for less, more in pairwise(keys):
            self.at_most([less], [more])


def release_structure(rows: Mapping[str, Iterable[Levels]], together: Together | None = None) -> Structure:
    """The constraints among the cells of a release's tables.

    `rows`: for each table, the levels of its rows. `together` says whether hidden sums, added up, are safe;
    it is only known while building (a checker leaves it out).
    """
    ties = _Ties(rows, together)
    for part in (
        _totals, _distributions, _modality, _reciprocity, _response, _retention, _status, _sources, _negative, _flow,
    ):  # fmt: skip
        part(ties)
    return ties.structure


def _totals(ties: _Ties) -> None:
    periods = ties.periods("totals", 1)

    def key(column: str, channel: str, period: int) -> Key:
        return cell_key("totals", column, (channel, period))

    for channel in CHANNELS:
        ties.line(
            "totals", "contributions", (channel, 0), [(channel, period) for period in periods], sums=True
        )
        for period in (0, *periods):
            ties.at_most([key("people", channel, period)], [key("contributions", channel, period)])
            ties.at_most([key("people", channel, period)], [key("people", "all", period)])
            ties.at_most([key("observed", channel, period)], [key("observed", "all", period)])
    for channel in (*CHANNELS, "all"):
        for period in (0, *periods):
            ties.at_most([key("people", channel, period)], [key("observed", channel, period)])
        for column in ("people", "observed"):
            for period in periods:
                ties.at_most([key(column, channel, period)], [key(column, channel, 0)])
            ties.at_most([key(column, channel, 0)], [key(column, channel, period) for period in periods])
    for period in (0, *periods):
        ties.at_most([key("people", "all", period)], [key("people", channel, period) for channel in CHANNELS])


def _distributions(ties: _Ties) -> None:
    for channel in CHANNELS:
        _distribution(ties, CONTRIBUTIONS, (channel,))
        for period in (0, *ties.periods(CONTRIBUTIONS.name, 1)):
            nobody = cell_key(CONTRIBUTIONS.name, "people", (channel, period, "0"))
            observed = cell_key("totals", "observed", (channel, period))
            ties.link(observed, cell_key("totals", "people", (channel, period)), nobody)
            ties.link(observed, cell_key(CONTRIBUTIONS.name, "people", (channel, period, "all")))
            least = {
                cell_key(CONTRIBUTIONS.name, "people", (channel, period, band.name)): int(band.low)
                for band in COUNT_BANDS
                if band.low
            }
            ties.at_least(least, cell_key("totals", "contributions", (channel, period)))
    for spec in (WEEKS, SESSIONS, MINUTES):
        _distribution(ties, spec, ())
        for period in (0, *ties.periods(spec.name, 0)):
            everybody = cell_key(spec.name, "people", (period, "all"))
            ties.at_most([everybody], [cell_key("totals", "observed", ("all", period))])
    _a_minute_a_session(ties)


def _a_minute_a_session(ties: _Ties) -> None:
    """Every session counts one minute at least, so nobody has more sessions than active minutes."""
    for period in (0, *ties.periods(SESSIONS.name, 0)):
        for place, sessions in enumerate(SESSION_BANDS[1:], 1):
            reached = max(n for n, minutes in enumerate(MINUTE_BANDS) if minutes.low <= sessions.low)
            ties.at_most(
                [cell_key(SESSIONS.name, "people", (period, band.name)) for band in SESSION_BANDS[place:]],
                [cell_key(MINUTES.name, "people", (period, band.name)) for band in MINUTE_BANDS[reached:]],
            )


def _distribution(ties: _Ties, spec: TableSpec, before: Levels) -> None:
    """Bands add up to everybody seen; who did anything in a period did it in the window."""
    place = len(before)
    periods = ties.periods(spec.name, place)
    bands = [band for band in spec.dims[-1].levels or () if band != "all"]

    def key(period: int, band: str) -> Key:
        return cell_key(spec.name, "people", (*before, period, band))

    for period in (0, *periods):
        ties.line(spec.name, "people", (*before, period, "all"), [(*before, period, band) for band in bands])
    for period in periods:
        ties.at_most([key(period, "all")], [key(0, "all")])
        ties.at_most([key(period, "all"), key(0, "0")], [key(0, "all"), key(period, "0")])
    ties.at_most(
        [key(0, "all"), *(key(period, "0") for period in periods)],
        [key(0, "0"), *(key(period, "all") for period in periods)],
    )


def _modality(ties: _Ties) -> None:
    for period in (0, *ties.periods(MODALITY.name, 0)):

        def key(mix: str, period: int = period) -> Key:
            return cell_key(MODALITY.name, "people", (period, mix))

        used = [f"{channel}_only" for channel in CHANNELS] + ["several"]
        ties.line(MODALITY.name, "people", (period, "all"), [(period, mix) for mix in ("none", *used)])
        observed = cell_key("totals", "observed", ("all", period))
        anywhere = cell_key("totals", "people", ("all", period))
        ties.link(observed, key("all"))
        ties.link(observed, key("none"), anywhere)
        ties.link(anywhere, *(key(mix) for mix in used))
        if period == 0:  # whoever did nothing wrote nothing
            ties.at_most([cell_key(SESSIONS.name, "people", (0, "0"))], [key("none")])
        for channel in CHANNELS:
            people = cell_key("totals", "people", (channel, period))
            ties.at_most([key(f"{channel}_only")], [people])
            ties.at_most([people], [key(f"{channel}_only"), key("several")])


def _reciprocity(ties: _Ties) -> None:
    for levels in sorted(ties.rows.get(RECIPROCITY.name, ()), key=str):
        pairs, mutual, one_way = (
            cell_key(RECIPROCITY.name, c, levels) for c in ("pairs", "mutual", "one_way")
        )
        # Both columns of one row: a line across columns.
        ties.structure.lines.append(Line(pairs, (mutual, one_way)))
        if levels != ("all", 0):
            ties.at_most([pairs], [cell_key(RECIPROCITY.name, "pairs", ("all", 0))])
            ties.at_most([mutual], [cell_key(RECIPROCITY.name, "mutual", ("all", 0))])

    everywhere = cell_key(RECIPROCITY.name, "pairs", ("all", 0))
    for parts in (
        [(one, 0) for one in CHANNELS],
        [("all", one) for one in ties.periods(RECIPROCITY.name, 1)],
    ):
        ties.at_most([everywhere], [cell_key(RECIPROCITY.name, "pairs", part) for part in parts])


def _response(ties: _Ties) -> None:
    for waiting in WAITING:
        for channel in (*CHANNELS, "all"):
            levels: list[Levels] = [(waiting, channel, within) for within, _ in WITHIN]
            _life_table(ties, RESPONSE.name, "answered", levels)
            asked = cell_key(RESPONSE.name, "at_risk", levels[0])
            if waiting == "contribution":
                ties.at_most([asked], [cell_key("totals", "contributions", (channel, 0))])
                thread = cell_key(RESPONSE.name, "at_risk", ("thread", channel, WITHIN[0][0]))
                ties.at_most([thread], [asked])
            if waiting == "first_contact":
                ties.at_most([asked], [cell_key(RECIPROCITY.name, "pairs", (channel, 0))])


def _life_table(ties: _Ties, table: str, event: str, levels: list[Levels]) -> None:
    """Fewer and fewer are at risk, more and more have had the event, and whoever had it is not at risk."""
    risk = [cell_key(table, "at_risk", one) for one in levels]
    had = [cell_key(table, event, one) for one in levels]
    ties.rising(reversed(risk))
    ties.rising(had)
    ties.at_most([had[-1]], [risk[0]])
    for before, after in zip(had, risk[1:], strict=False):
        ties.at_most([before, after], [risk[0]])


def _retention(ties: _Ties) -> None:
    steps = sorted(ties.rows.get(RETENTION.name, ()), key=str)
    levels: list[Levels] = sorted(steps, key=lambda one: int(one[0]))
    if levels:
        _life_table(ties, RETENTION.name, "lapsed", levels)
        ties.at_most(
            [cell_key(RETENTION.name, "lapsed", levels[-1])], [cell_key(STATUS.name, "people", ("lapsed",))]
        )


def _status(ties: _Ties) -> None:
    ties.line(STATUS.name, "people", ("all",), [(status,) for status in STATUSES])


def _sources(ties: _Ties) -> None:
    periods = ties.periods(SOURCES.name, 0)
    every: list[tuple[Level, Level]] = [("all", "all")]
    every += [(attribute, giver) for attribute, givers in GIVERS.items() for giver in givers]

    def key(column: str, period: int, what: tuple[Level, Level]) -> Key:
        return cell_key(SOURCES.name, column, (period, *what))

    for period in (0, *periods):
        for attribute, givers in GIVERS.items():
            parts: list[Levels] = [(period, attribute, giver) for giver in givers]
            ties.line(SOURCES.name, "replies", (period, "all", "all"), parts, sums=True)
            people = [key("people", period, (attribute, giver)) for giver in givers]
            ties.at_most([key("people", period, ("all", "all"))], people)
            for one in people:
                ties.at_most([one], [key("people", period, ("all", "all"))])
    for what in every:
        window: list[Levels] = [(period, *what) for period in periods]
        ties.line(SOURCES.name, "replies", (0, *what), window, sums=True)
        for period in periods:
            ties.at_most([key("people", period, what)], [key("people", 0, what)])
        ties.at_most([key("people", 0, what)], [key("people", period, what) for period in periods])
        for period in (0, *periods):
            ties.at_most([key("people", period, what)], [key("replies", period, what)])


def _negative(ties: _Ties) -> None:
    for kind in NEGATIVE:
        ties.line(NEGATIVES.name, "people", (kind, "all"), [(kind, "yes"), (kind, "no")])
        ties.at_most(
            [cell_key(NEGATIVES.name, "people", (kind, "yes"))],
            [cell_key(NEGATIVES.name, "times", (kind, "all"))],
        )


def _flow(ties: _Ties) -> None:
    def key(step: str, detail: str = "all") -> Key:
        return cell_key(FLOW.name, "people", (step, detail))

    ties.rising(key(step) for step in reversed([s for s in FLOW_STEPS if ties.has(FLOW.name, (s, "all"))]))
    for scope in SCOPES:
        ties.at_most([key("consented", scope)], [key("consented")])
    # Who withdrew is not in it, and everybody who consented is in it or told among the excluded.
    ties.at_most([key("withdrew"), key("included")], [key("consented")])
    ties.at_most([key("withdrew")], [key("consented")])
    ties.link(key("consented"), key("included"), key("excluded"))
    ties.line(FLOW.name, "people", ("excluded", "all"), [("excluded", reason) for reason in REASONS])
    ties.at_most([cell_key("totals", "observed", ("all", 0))], [key("included")])
