"""The fixed list of open tables (tier T0): their dimensions, levels and columns. No other table is ever made.

Every table has at most three dimensions, so that what can be asked of it is known beforehand. A level that is
impossible (five active weeks in a period of four) has no row. Every column of numbers has a companion
`<column>_missing` that says why a cell is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from peerspace.kernel.wording import N_
from peerspace.research.disclosure.levels import (
    CHANNELS,
    COUNT_BANDS,
    FLOW_ASIDE,
    FLOW_STEPS,
    GIVERS,
    MINUTE_BANDS,
    MIXES,
    NEGATIVE,
    REASONS,
    SCOPES,
    SESSION_BANDS,
    STATUSES,
    WAITING,
    WEEK_BANDS,
    WITHIN,
    Band,
)

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
    """One open table. Title and about are English in the package, and translated where a page shows them.

    `ties`: what the definitions of its numbers make true of them, among themselves and with other tables, as formulas
    (`formulas` says how they are written). The audit knows these and nothing else, and the codebook prints them.
    """

    name: str
    title: str
    about: str
    dims: tuple[Dim, ...]
    columns: tuple[Column, ...]
    ties: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


_CHANNEL = Dim("channel", "Channel", CHANNELS)
_CHANNEL_OR_ALL = Dim("channel", "Channel, or all of them", (*CHANNELS, "all"))
_PERIOD = Dim("period", "Period, from 1; 0 is the whole window", None)


def _distribution(
    name: str, title: str, about: str, bands: tuple[Band, ...], *ties: str, channel: bool = False
) -> TableSpec:
    band = Dim("band", "Band; all is everybody seen", (*(band.name for band in bands), "all"))
    dims = (_CHANNEL, _PERIOD, band) if channel else (_PERIOD, band)
    at = "channel, " * channel
    some = "|".join(band.name for band in bands)
    # Bands add up to everybody seen; whoever was seen in a period, or did something in it, was or did in the window.
    own = (
        f"people[{at}when, all] = sum(band: {some}) people[{at}when, band]",
        f"people[{at}period, all] <= people[{at}0, all]",
        f"people[{at}period, all] + people[{at}0, 0] <= people[{at}0, all] + people[{at}period, 0]",
        (
            f"people[{at}0, all] + sum(period) people[{at}period, 0] <= "
            f"people[{at}0, 0] + sum(period) people[{at}period, all]"
        ),
        # Whoever reached a band in a period reached it in the window.
        *(
            f"{_joined(name, bands[place:], f'{at}period')} <= {_joined(name, bands[place:], f'{at}0')}"
            for place in range(1, len(bands))
        ),
    )
    return TableSpec(
        name, title, about, dims, (Column("people", "People", "count", "people"),), (*own, *ties)
    )


def _joined(table: str, bands: tuple[Band, ...], before: str) -> str:
    """People in any of some bands, as a sum."""
    return " + ".join(f"{table}.people[{before}, {band.name}]" for band in bands)


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
    (
        "contributions[channel, 0] = sum(period) contributions[channel, period]",
        "people[channel, when] <= contributions[channel, when]",
        "people[channel, when] <= people[all, when]",
        "people[all, when] <= sum(channel) people[channel, when]",
        "people[anywhere, when] <= observed[anywhere, when]",
        "people[anywhere, period] <= people[anywhere, 0]",
        "people[anywhere, 0] <= sum(period) people[anywhere, period]",
        "observed[channel, when] <= observed[all, when]",
        "observed[anywhere, period] <= observed[anywhere, 0]",
        "observed[anywhere, 0] <= sum(period) observed[anywhere, period]",
        "observed[all, 0] <= flow.people[included, all]",
    ),
)
MODALITY = TableSpec(
    "modality_mix",
    N_("Channels used"),
    N_("People by the channels in which they contributed in the period."),
    (_PERIOD, Dim("mix", "Channels contributed in", (*MIXES, "all"))),
    (Column("people", "People", "count", "people"),),
    (
        f"people[when, all] = sum(mix: {'|'.join(MIXES)}) people[when, mix]",
        "totals.observed[all, when] == people[when, all]",
        "totals.observed[all, when] == people[when, none] + totals.people[all, when]",
        f"totals.people[all, when] == sum(mix: {'|'.join(MIXES[1:])}) people[when, mix]",
        *(f"people[when, {one}_only] <= totals.people[{one}, when]" for one in CHANNELS),
        *(
            f"totals.people[{one}, when] <= people[when, {one}_only] + people[when, several]"
            for one in CHANNELS
        ),
        (
            "2*people[when, several] + sum(mix: forum_only|room_only|one_to_one_only) people[when, mix] "
            "<= sum(channel) totals.people[channel, when]"
        ),
        "people[period, several] <= people[0, several]",
        "active_weeks_distribution.people[when, 0] <= people[when, none]",
    ),
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
    (
        "pairs[anywhere, when] = mutual[anywhere, when] + one_way[anywhere, when]",
        "pairs[channel, 0] <= pairs[all, 0]",
        "pairs[all, period] <= pairs[all, 0]",
        "mutual[channel, 0] <= mutual[all, 0]",
        "mutual[all, period] <= mutual[all, 0]",
        "pairs[all, 0] <= sum(channel) pairs[channel, 0]",
        "pairs[all, 0] <= sum(period) pairs[all, period]",
        "pairs[channel, 0] + mutual[channel, 0] <= totals.contributions[channel, 0]",
        "pairs[all, when] + mutual[all, when] <= sum(channel) totals.contributions[channel, when]",
    ),
)
RESPONSE = TableSpec(
    "response_times",
    N_("How soon somebody answered"),
    N_(
        "Threads, contributions and first contacts of pairs: how many were followed for so long, how many of these "
        "were answered within it, and the share, worked out from the two rounded numbers. What could not be followed "
        "for so long is in neither number, so each row stands for itself."
    ),
    (
        Dim("waiting", "What waits for an answer", WAITING),
        _CHANNEL_OR_ALL,
        Dim("within", "Answered within", tuple(name for name, _ in WITHIN)),
    ),
    (
        Column("followed", "Followed for so long", "count", "items", 3),
        Column("answered", "Of these, answered within it", "count", "items", 2),
        Column("share", "Share answered, of those followed", "estimate", "share"),
    ),
    (
        "answered[waiting, anywhere, within] <= followed[waiting, anywhere, within]",
        *(
            tie
            for (soon, _), (later, _) in pairwise(WITHIN)
            for tie in (
                f"followed[waiting, anywhere, {later}] <= followed[waiting, anywhere, {soon}]",
                (
                    f"answered[waiting, anywhere, {soon}] + followed[waiting, anywhere, {later}] <= "
                    f"answered[waiting, anywhere, {later}] + followed[waiting, anywhere, {soon}]"
                ),
            )
        ),
        "followed[contribution, channel, 1h] <= totals.contributions[channel, 0]",
        "followed[thread, channel, within] <= followed[contribution, channel, within]",
        "answered[thread, channel, within] <= answered[contribution, channel, within]",
        (
            "followed[thread, channel, within] + answered[contribution, channel, within] <= "
            "answered[thread, channel, within] + followed[contribution, channel, within]"
        ),
        "sum(channel) answered[contribution, channel, 7d] <= source_mix.replies[0, all, all]",
        "followed[first_contact, all, within] <= sum(channel) followed[first_contact, channel, within]",
        "followed[first_contact, anywhere, 1h] <= reciprocity.pairs[anywhere, 0]",
        "answered[first_contact, anywhere, within] <= reciprocity.mutual[anywhere, 0]",
    ),
)
RETENTION = TableSpec(
    "retention",
    N_("People still taking part, every four weeks"),
    N_(
        "People by time since their first own action, in steps of four weeks. A lapse is a pause of 28 days or more "
        "and happens when it is confirmed, 28 days into the pause: step 1 tells who came once. Leaving and suspension "
        "before a lapse are endings of their own. `at_risk`: not ended when the step begins, and the time up to its "
        "end could be followed, ended or not; the other numbers are of these. `share`: the product over steps of (1 - "
        "ended / at_risk). `lapsed_share`: the sum over steps of (share before the step) x lapsed / at_risk "
        "(Aalen-Johansen). Both are worked out from the rounded numbers, as far as no number of an earlier step is "
        "hidden."
    ),
    (Dim("step", "Four-week steps since the first own action, from 1", None),),
    (
        Column("at_risk", "At risk in the step", "count", "people", 4),
        Column("ended", "Lapsed or departed in it", "count", "people", 3),
        Column("lapsed", "Lapsed in it", "count", "people", 2),
        Column("departed", "Left or were suspended in it, without a lapse before", "count", "people", 1),
        Column("share", "Share neither lapsed nor departed by its end", "estimate", "share"),
        Column("lapsed_share", "Share lapsed by its end", "estimate", "share"),
    ),
    (
        "ended[step] = lapsed[step] + departed[step]",
        "ended[step] + at_risk[step+1] <= at_risk[step]",
        "at_risk[1] <= use_status.people[lapsed] + use_status.people[departed] + use_status.people[in_use]",
        "sum(step) lapsed[step] <= use_status.people[lapsed]",
        "sum(step) departed[step] <= use_status.people[departed]",
    ),
)
STATUS = TableSpec(
    "use_status",
    N_("How use ended"),
    N_("People by how their use ended; never started is a level of its own."),
    (Dim("status", "How use ended", (*STATUSES, "all")),),
    (Column("people", "People", "count", "people"),),
    (f"people[all] = sum(status: {'|'.join(STATUSES)}) people[status]",),
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
    (
        *(
            tie
            for attribute, givers in GIVERS.items()
            for tie in (
                f"replies[when, all, all] = sum(giver: {'|'.join(givers)}) replies[when, {attribute}, giver]",
                f"people[when, all, all] <= sum(giver: {'|'.join(givers)}) people[when, {attribute}, giver]",
                f"people[when, {attribute}, giver] <= people[when, all, all]",
            )
        ),
        "replies[0, attribute, giver] = sum(period) replies[period, attribute, giver]",
        "people[period, attribute, giver] <= people[0, attribute, giver]",
        "people[0, attribute, giver] <= sum(period) people[period, attribute, giver]",
        "people[when, attribute, giver] <= replies[when, attribute, giver]",
        "people[when, all, all] <= totals.observed[all, when]",
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
    (
        "people[kind, all] = people[kind, yes] + people[kind, no]",
        "people[kind, yes] <= times[kind, all]",
        "people[kind, all] <= totals.observed[all, 0]",
        "people[kind, all] <= flow.people[consented, experience]",
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
    (),
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
    (
        *(f"people[{late}, all] <= people[{soon}, all]" for soon, late in combinations(FLOW_STEPS, 2)),
        "people[consented, scope] <= people[consented, all]",
        "people[withdrew, all] <= people[consented, all]",
        "people[withdrew, all] + people[included, all] <= people[consented, all]",
        "people[consented, all] == people[included, all] + people[excluded, all]",
        f"people[excluded, all] = sum(reason: {'|'.join(REASONS)}) people[excluded, reason]",
    ),
)

CONTRIBUTIONS = _distribution(
    "contributions_distribution",
    N_("People by contributions"),
    N_("People by how much they wrote in the channel and period."),
    COUNT_BANDS,
    "totals.observed[channel, when] == people[channel, when, all]",
    "totals.observed[channel, when] == totals.people[channel, when] + people[channel, when, 0]",
    " + ".join(f"{band.low:g}*people[channel, when, {band.name}]" for band in COUNT_BANDS if band.low)
    + " <= totals.contributions[channel, when]",
    channel=True,
)
WEEKS = _distribution(
    "active_weeks_distribution",
    N_("People by active weeks"),
    N_("People by weeks with an own action."),
    WEEK_BANDS,
    "people[when, all] <= totals.observed[all, when]",
)
SESSIONS = _distribution(
    "sessions_distribution",
    N_("People by sessions"),
    N_("People by sessions of own actions, apart by pauses strictly longer than 30 minutes."),
    SESSION_BANDS,
    "people[when, all] <= totals.observed[all, when]",
    "active_weeks_distribution.people[when, 0] <= people[when, 0]",
    "people[0, 0] <= use_status.people[never_started]",
)
MINUTES = _distribution(
    "active_minutes_distribution",
    N_("People by active minutes"),
    N_("People by minutes within sessions of own actions, an estimate."),
    MINUTE_BANDS,
    "people[when, all] <= totals.observed[all, when]",
    # Every session counts a minute at least, so nobody has more sessions than active minutes.
    *(
        f"{_joined('sessions_distribution', SESSION_BANDS[place:], 'when')} <= "
        + _joined(
            "active_minutes_distribution",
            tuple(minutes for minutes in MINUTE_BANDS if minutes.high_over(least.low)),
            "when",
        )
        for place, least in enumerate(SESSION_BANDS)
        if place
    ),
)

TABLES: tuple[TableSpec, ...] = (
    TOTALS, CONTRIBUTIONS, WEEKS, SESSIONS, MINUTES, MODALITY, RECIPROCITY, RESPONSE, RETENTION, STATUS, SOURCES,
    NEGATIVES, CONCENTRATION, FLOW,
)  # fmt: skip
BY_NAME = {spec.name: spec for spec in TABLES}
VERSION = 2
"""Of this list. A change of tables, levels or meanings is a new version."""
