"""The open tables of a release, safe to publish: read, hidden where needed, rounded, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from peerspace.kernel.errors import Refused
from peerspace.kernel.wording import N_
from peerspace.research.disclosure.audit import AuditFailed
from peerspace.research.disclosure.cells import Key, cell_key
from peerspace.research.disclosure.derive import derived
from peerspace.research.disclosure.flow import Counts, add_flow
from peerspace.research.disclosure.protect import Protected, protect
from peerspace.research.disclosure.read import Source, fill
from peerspace.research.disclosure.rules import BASE, P_PERCENT, THRESHOLD, WIDTH, sum_passes_p_percent
from peerspace.research.disclosure.specs import TABLES, Levels, TableSpec
from peerspace.research.disclosure.truth import Truth, other_side_is_safe

Value = str | int | float | None


@dataclass(frozen=True)
class OpenTable:
    """One table as published. A row holds its levels, then for each column its value and why it is
    missing.
    """

    spec: TableSpec
    rows: tuple[tuple[Value, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        numbers = [name for c in self.spec.columns for name in (c.name, f"{c.name}_missing")]
        return (*(dim.name for dim in self.spec.dims), *numbers)

    def values(self) -> list[dict[str, Value]]:
        """The rows by column name."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Check:
    """One check of disclosure control: its rule, threshold and outcome. `value` is of published numbers
    only.
    """

    check: str
    rule: str
    threshold: str
    value: str
    passed: bool


@dataclass(frozen=True)
class OpenTables:
    """All open tables of a release, the checks they passed, and the tables hidden whole."""

    tables: tuple[OpenTable, ...]
    checks: tuple[Check, ...]
    given_up: tuple[str, ...]

    def table(self, name: str) -> OpenTable:
        """The table of that name; KeyError if there is none."""
        return {table.spec.name: table for table in self.tables}[name]


def build_open_tables(
    connection: duckdb.DuckDBPyConnection,
    *,
    from_us: int,
    cut_us: int,
    period_us: int,
    flow: Counts,
    channels: Mapping[str, Sequence[tuple[int, int]]],
) -> OpenTables:
    """Read the measures and make every open table.

    `connection`: the engine after `run_all`. Times are UTC microseconds, periods consecutive from `from_us`,
    `cut_us` not in. `flow`: see `flow.Counts`; `included` must be there. `channels`: when each channel could be used;
    a period in which it could not be has no row of it.

    Raises Refused: `release_unexpected_level` (a level that is on no list), `release_not_a_number`,
    `release_negative`, `release_measure_missing`, `release_flow_inconsistent`, `release_window`,
    `release_unsafe` (the tables could not be made safe).
    """
    truth = Truth()
    add_flow(truth, flow)
    fill(Source(connection, from_us, cut_us, period_us, channels), truth)
    observed = truth.cells[cell_key("totals", "observed", ("all", 0))].truth
    if observed > truth.cells[cell_key("flow", "people", ("included", "all"))].truth:
        raise Refused("release_flow_inconsistent")
    try:
        result = protect(truth.cells.values(), truth.structure())
    except AuditFailed:
        raise Refused("release_unsafe") from None
    return _published(truth, result)


def _published(truth: Truth, result: Protected) -> OpenTables:
    shares = dict(truth.estimates)
    shares |= derived(truth.rows, result.published, truth.estimates)
    given_up = sorted({key.partition(".")[0] for key in result.given_up})
    for name in given_up:
        shares = {key: value for key, value in shares.items() if not key.startswith(f"{name}.")}
    tables = tuple(
        OpenTable(
            spec, tuple(_row(spec, levels, result.published, shares) for levels in truth.rows[spec.name])
        )
        for spec in TABLES
    )
    return OpenTables(tables, _checks(truth, result), tuple(given_up))


def _row(
    spec: TableSpec, levels: Levels, published: Mapping[Key, int | None], shares: Mapping[Key, float]
) -> tuple[Value, ...]:
    row: list[Value] = list(levels)
    for column in spec.columns:
        key = cell_key(spec.name, column.name, levels)
        if column.kind == "estimate":
            row += [shares[key], None] if key in shares else [None, "suppressed"]
        elif key not in published:
            row += [None, "not_applicable"]
        else:
            value = published[key]
            row += [value, "suppressed" if value is None else None]
    return tuple(row)


def _checks(truth: Truth, result: Protected) -> tuple[Check, ...]:
    shown = [value for value in result.published.values() if value is not None]
    hidden = len(result.published) - len(shown)
    told = [key for key, value in result.published.items() if value is not None]
    sums = [truth.givers[key].values() for key in told if key in truth.givers]
    givers = [truth.sides[key] for key in told if key in truth.sides]
    least = min(shown, default=None)
    return (
        Check(
            "small_counts",
            N_("Counts of 1 to 9, and zeros that could have been something else, are hidden."),
            f"at least {THRESHOLD}",
            "nothing published" if least is None else f"smallest published number {least}",
            least is None or least >= THRESHOLD,
        ),
        Check(
            "rounding",
            N_(
                "Every number of people or things is rounded to the nearest 5, margins, totals and flow included."
            ),
            f"multiples of {BASE}",
            f"{len(shown)} published numbers, all multiples of {BASE}",
            all(value % BASE == 0 for value in shown),
        ),
        Check(
            "contributors",
            N_(
                "A sum is published only if at least ten people added to it; replies also only if ten people gave "
                "them, all unknown givers counted as one."
            ),
            f"at least {THRESHOLD} people",
            f"held for all {len(sums)} published sums",
            all(sum(value > 0 for value in by_person) >= THRESHOLD for by_person in sums)
            and all(other_side_is_safe(side) for side in givers),
        ),
        Check(
            "p_percent",
            N_(
                "A sum is published only if its second largest contributor cannot estimate the largest closely."
            ),
            f"p = {P_PERCENT}",
            f"held for all {len(sums)} published sums",
            all(sum_passes_p_percent(by_person) for by_person in sums)
            and all(other_side_is_safe(side) for side in givers),
        ),
        Check(
            "recovery",
            N_(
                "What can be worked out about a hidden number from all tables together, by linear programming, is an "
                "interval."
            ),
            f"at least {WIDTH} wide; for a sum also a fifth of it",
            "nothing hidden" if result.narrowest is None else f"{hidden} hidden numbers, all wide enough",
            True,
        ),
        Check("extremes", N_("No smallest or largest value is published."), "none", "none published", True),
        Check(
            "quantiles",
            N_(
                "A quantile needs ten people on either side. The open tables hold bands and shares, and no quantile."
            ),
            f"at least {THRESHOLD} on either side",
            "none published",
            True,
        ),
        Check(
            "kaplan_meier",
            N_(
                "Shares over time are worked out from the rounded numbers, retention on a grid of four weeks."
            ),
            "rounded numbers only",
            "can be worked out again from the tables",
            True,
        ),
    )
