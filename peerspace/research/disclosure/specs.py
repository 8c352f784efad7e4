"""The fixed list of open tables (tier T0): their dimensions, levels and columns. No other table is ever made.

Every table has at most three dimensions, so that what can be asked of it is known beforehand. A level that is
impossible (five active weeks in a period of four) has no row. Every column of numbers has a companion
`<column>_missing` that says why a cell is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from peerspace.kernel.wording import N_

CHANNELS = ("forum", "room", "one_to_one")
MISSING = ("suppressed", "not_applicable")
"""Why a cell of an open table may be empty."""

Level = str | int
Levels = tuple[Level, ...]
ColumnKind = Literal["count", "sum", "estimate"]
"""`count` and `sum`: published as multiples of 5. `estimate`: a share or coefficient, worked out from
published numbers, or from at least ten people none of whom dominates.
"""


@dataclass(frozen=True)
class Dim:
    """One dimension. `levels` None means whole numbers from 0."""

    name: str
    title: str
    levels: tuple[str, ...] | None


@dataclass(frozen=True)
class Column:
    """One column of numbers. `cost`: how dearly its cells are missed when one must be hidden to protect
    another.
    """

    name: str
    title: str
    kind: ColumnKind
    unit: str
    cost: int = 1


@dataclass(frozen=True)
class TableSpec:
    """One open table. Title and about are English in the package, and translated where a page shows them."""

    name: str
    title: str
    about: str
    dims: tuple[Dim, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True)
class Band:
    """A band of values: from `low` up to, but not including, `high` (None: without end)."""

    name: str
    low: float
    high: float | None


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

_CHANNEL = Dim("channel", "Channel", CHANNELS)
_CHANNEL_OR_ALL = Dim("channel", "Channel, or all of them", (*CHANNELS, "all"))
_PERIOD = Dim("period", "Period, from 1; 0 is the whole window", None)


def _distribution(
    name: str, title: str, about: str, bands: tuple[Band, ...], *, channel: bool = False
) -> TableSpec:
    band = Dim("band", "Band; all is everybody seen", (*(band.name for band in bands), "all"))
    dims = (_CHANNEL, _PERIOD, band) if channel else (_PERIOD, band)
    return TableSpec(name, title, about, dims, (Column("people", "People", "count", "people"),))


TOTALS = TableSpec(
    "totals",
    N_("Contributions and people"),
    N_(
        "What people wrote, and how many wrote. Contributions are never added up across channels. `observed` is "
        "everybody under consent in the period, whether they wrote or not."
    ),
    (_CHANNEL_OR_ALL, _PERIOD),
    (
        Column("contributions", "Contributions", "sum", "contributions", 5),
        Column("people", "People who contributed", "count", "people", 4),
        Column("observed", "People observed", "count", "people", 6),
    ),
)
MODALITY = TableSpec(
    "modality_mix",
    N_("Channels used"),
    N_("People by the channels in which they contributed in the period."),
    (_PERIOD, Dim("mix", "Channels contributed in", (*MIXES, "all"))),
    (Column("people", "People", "count", "people"),),
)
RECIPROCITY = TableSpec(
    "reciprocity",
    N_("Pairs and mutual pairs"),
    N_(
        "Pairs of participants, both under consent to interactions, at least one of whom wrote to the other. Dyadic: "
        "mutual pairs / pairs. Edgewise: ties with a reverse tie / ties. Both shares are worked out from the rounded "
        "numbers."
    ),
    (_CHANNEL_OR_ALL, _PERIOD),
    (
        Column("pairs", "Pairs", "count", "pairs", 3),
        Column("mutual", "Mutual pairs", "count", "pairs", 2),
        Column("one_way", "Pairs with a tie one way", "count", "pairs", 1),
        Column("dyadic", "Dyadic reciprocity", "estimate", "share"),
        Column("edgewise", "Edgewise reciprocity", "estimate", "share"),
    ),
)
RESPONSE = TableSpec(
    "response_times",
    N_("How soon somebody answered"),
    N_(
        "Threads, contributions and first contacts of pairs, and the share answered within a time: a Kaplan-Meier "
        "share worked out from the rounded numbers, as 1 minus the product over steps of (1 - newly answered / at "
        "risk), steps without a published number joined to the next. `at_risk`: unanswered and still followed when "
        "the step begins."
    ),
    (
        Dim("waiting", "What waits for an answer", WAITING),
        _CHANNEL_OR_ALL,
        Dim("within", "Answered within", tuple(name for name, _ in WITHIN)),
    ),
    (
        Column("at_risk", "At risk when the step begins", "count", "items", 3),
        Column("answered", "Answered by its end", "count", "items", 2),
        Column("share", "Share answered (Kaplan-Meier)", "estimate", "share"),
    ),
)
RETENTION = TableSpec(
    "retention",
    N_("People without a lapse, every four weeks"),
    N_(
        "Of those who started, the share without a pause of 28 days or more: a Kaplan-Meier share from the rounded "
        "numbers, on a grid of four weeks from the first own action, worked out as in response_times. Step 0 is that "
        "first moment: whoever came once lapsed then."
    ),
    (Dim("step", "Four-week steps since the first own action", None),),
    (
        Column("at_risk", "At risk when the step begins", "count", "people", 3),
        Column("lapsed", "Lapsed by its end", "count", "people", 2),
        Column("share", "Share without a lapse", "estimate", "share"),
    ),
)
STATUS = TableSpec(
    "use_status",
    N_("How use ended"),
    N_("People by how their use ended; never started is a level of its own."),
    (Dim("status", "How use ended", (*STATUSES, "all")),),
    (Column("people", "People", "count", "people"),),
)
SOURCES = TableSpec(
    "source_mix",
    N_("Replies by what the giver was"),
    N_(
        "Replies received, by the giver's role, training and pay at that moment. Training and pay are separate from "
        "the role. Ten people or more received them, and ten or more gave them, everybody unknown counted as one."
    ),
    (
        _PERIOD,
        Dim("attribute", "What is told of the giver", (*GIVERS, "all")),
        Dim(
            "giver",
            "The giver at that moment",
            (*dict.fromkeys(level for levels in GIVERS.values() for level in levels), "all"),
        ),
    ),
    (
        Column("replies", "Replies received", "sum", "replies", 2),
        Column("people", "People who received one", "count", "people", 1),
    ),
)
NEGATIVES = TableSpec(
    "negative_experience",
    N_("Negative experiences"),
    N_(
        "People under consent to experience, by whether it happened to them in the whole window, and how often in all. "
        "What was displayed to a person is not counted yet, so there is no denominator and no share of content met."
    ),
    (Dim("kind", "What happened", NEGATIVE), Dim("level", "Whether it happened", ("yes", "no", "all"))),
    (
        Column("people", "People", "count", "people"),
        Column("times", "How often, over everybody", "sum", "times", 2),
    ),
)
CONCENTRATION = TableSpec(
    "concentration",
    N_("How unevenly contributions are spread"),
    N_(
        "Gini coefficient (no small-sample correction) and the share of the top 1% of people (⌈.01 N⌉, exactly so "
        "many). posters: those who contributed. enrolled: everybody observed; its Gini is worked out from the posters' "
        "and the "
        "published numbers of people. The top 1% is told only where it is ten people or more."
    ),
    (_CHANNEL, Dim("population", "Among whom", ("posters", "enrolled"))),
    (
        Column("gini", "Gini coefficient", "estimate", "from 0 to 1"),
        Column("top1_share", "Share of the top 1%", "estimate", "share"),
    ),
)
FLOW = TableSpec(
    "flow",
    N_("Participant flow"),
    N_(
        "How many people reached each step; of the consented, how many to each scope; of the excluded, why. Reasons "
        "under ten people are merged into other."
    ),
    (
        Dim("step", "Step", (*FLOW_STEPS, *FLOW_ASIDE)),
        Dim("detail", "Scope or reason; all is the step", ("all", *SCOPES, *REASONS)),
    ),
    (Column("people", "People", "count", "people", 7),),
)

CONTRIBUTIONS = _distribution(
    "contributions_distribution",
    N_("People by contributions"),
    N_("People by how much they wrote in the channel and period."),
    COUNT_BANDS,
    channel=True,
)
WEEKS = _distribution(
    "active_weeks_distribution",
    N_("People by active weeks"),
    N_("People by weeks with an own action."),
    WEEK_BANDS,
)
SESSIONS = _distribution(
    "sessions_distribution",
    N_("People by sessions"),
    N_("People by sessions of own actions, apart by pauses strictly longer than 30 minutes."),
    SESSION_BANDS,
)
MINUTES = _distribution(
    "active_minutes_distribution",
    N_("People by active minutes"),
    N_("People by minutes within sessions of own actions, an estimate."),
    MINUTE_BANDS,
)

TABLES: tuple[TableSpec, ...] = (
    TOTALS, CONTRIBUTIONS, WEEKS, SESSIONS, MINUTES, MODALITY, RECIPROCITY, RESPONSE, RETENTION, STATUS, SOURCES,
    NEGATIVES, CONCENTRATION, FLOW,
)  # fmt: skip
BY_NAME = {spec.name: spec for spec in TABLES}
VERSION = 1
"""Of this list. A change of tables, levels or meanings is a new version."""
