"""The levels of the open tables: channels, bands of amounts, and every other list that a row may be about."""

from __future__ import annotations

from dataclasses import dataclass

CHANNELS = ("forum", "room", "one_to_one")
MISSING = ("suppressed", "not_applicable")
"""Why a cell of an open table may be empty."""


@dataclass(frozen=True)
class Band:
    """A band of values: from `low` up to, but not including, `high` (None: without end)."""

    name: str
    low: float
    high: float | None

    def high_over(self, least: float) -> bool:
        """Whether somebody with `least` or more can be in it."""
        return self.high is None or self.high > least


def _bands(*limits: tuple[str, float]) -> tuple[Band, ...]:
    ends = [low for _, low in limits[1:]]
    return tuple(Band(name, low, high) for (name, low), high in zip(limits, [*ends, None], strict=True))


COUNT_BANDS = _bands(("0", 0), ("1-4", 1), ("5-19", 5), ("20+", 20))
WEEK_BANDS = _bands(("0", 0), ("1", 1), ("2-3", 2), ("4-7", 4), ("8-15", 8), ("16+", 16))
SESSION_BANDS = _bands(("0", 0), ("1-4", 1), ("5-19", 5), ("20+", 20))
MINUTE_BANDS = _bands(("0", 0), ("under_10", 1e-9), ("10-59", 10), ("60-299", 60), ("300+", 300))

MIXES = ("none", "forum_only", "room_only", "one_to_one_only", "several")
GIVERS: dict[str, tuple[str, ...]] = {
    "role": ("member", "peer_worker", "supervisor", "not_recorded"),
    "training": ("trained", "untrained", "not_recorded"),
    "pay": ("paid", "volunteer", "not_recorded"),
}
STATUSES = ("never_started", "lapsed", "departed", "in_use")
WITHIN = (("1h", 3_600_000_000), ("24h", 86_400_000_000), ("7d", 604_800_000_000))
"""How soon somebody answered: name and microseconds."""
WAITING = ("thread", "contribution", "first_contact")
NEGATIVE = (
    "upheld_reports_met",
    "content_removed",
    "blocks_given",
    "reports_made",
    "restrictions",
    "warnings",
)
"""Measures of negative experience that something on the platform counts. Muting, "this upset me" and what was displayed
in a visible tab have measures, and no page yet that could make them happen: in a table they would be zeros that mean
"not counted". A test holds this list to what capture writes."""

FLOW_STEPS = ("registered", "eligible", "asked", "consented", "included")
"""In this order each step's people are among those of the step before."""
FLOW_ASIDE = ("withdrew", "excluded")
SCOPES = (
    "usage", "time", "interactions", "experience", "background", "detailed", "linkage", "recontact", "future",
)  # fmt: skip
REASONS = ("not_adult", "staff", "withdrawn", "erased", "not_exposed", "outside_window", "outage", "other")
