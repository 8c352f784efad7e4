"""What research should have captured and released, worked out from the recorded conversations alone.

Nothing here comes from PeerSpace's own research code: the rules are written down a second time, from the research
guide, so that the two can disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bench.corpus import Corpus, consents

CHANNELS = ("forum", "room")
IMPOSSIBLE = "one_to_one"
"""The channel that the recordings do not have: what was impossible has no row."""
BANDS = (("0", 0), ("1-4", 1), ("5-19", 5), ("20+", 20))
FEWEST = 10
"""Fewest people, or things, behind a published number."""
BASE = 5
P = 10
"""Per cent to which nobody may work out the largest contribution to a sum."""


class Act(NamedTuple):
    """Somebody wrote something in a channel, in answer to `answers` (their own words: themself; None: to nobody)."""

    author: str
    kind: str
    channel: str
    answers: str | None


class Captured(NamedTuple):
    """One captured row as far as the conversations decide it: about whom, what, where, and the other party."""

    person: str
    kind: str
    channel: str
    other_class: str
    other: str


def acts(corpus: Corpus) -> Iterator[Act]:
    """Everything that is written. A forum reply answers the thread's opener, a message the one it names."""
    opener: dict[int, str] = {}
    for post in corpus.posts:
        if post.title is not None:
            opener[post.thread] = post.author
            yield Act(post.author, "thread_started", "forum", None)
        else:
            yield Act(post.author, "post_written", "forum", opener[post.thread])
    said: dict[str, str] = {}
    for message in corpus.messages:
        answers = said[message.reply_to] if message.reply_to is not None else None
        said[message.id] = message.author
        yield Act(message.author, "message_written", "room", answers)


def captured_rows(corpus: Corpus) -> Counter[Captured]:
    """The rows that should be there: each side only of a person who consents, the other party named if both do."""
    rows: Counter[Captured] = Counter()
    for act in acts(corpus):
        both = act.answers is not None and consents(act.author) and consents(act.answers)
        if consents(act.author):
            other_class, other = _other_side(act, both=both)
            rows[Captured(act.author, act.kind, act.channel, other_class, other)] += 1
        if act.answers is not None and act.answers != act.author and consents(act.answers):
            given = ("participant", act.author) if both else ("non_participant", "")
            rows[Captured(act.answers, "reply_received", act.channel, *given)] += 1
    return rows


def _other_side(act: Act, *, both: bool) -> tuple[str, str]:
    if act.answers is None:
        return "none", ""
    if act.answers == act.author:
        return "self", ""
    return ("participant", act.answers) if both else ("non_participant", "")


@dataclass(frozen=True)
class Number:
    """A true number of an open table, and whether it may be published by itself."""

    n: int
    safe: bool

    @property
    def rounded(self) -> int:
        """To the nearest multiple of 5."""
        return BASE * ((2 * self.n + BASE) // (2 * BASE))


Cells = dict[tuple[str, ...], Number]
"""A table's numbers by (column, level, ...), levels as the CSV has them."""


def count(n: int) -> Number:
    """A number of people or things: ten or more may be told."""
    return Number(n, n >= FEWEST)


def total(by_person: Counter[str]) -> Number:
    """A sum over people: ten of them or more, and the second largest cannot tell the largest to within 10%."""
    values = sorted((value for value in by_person.values() if value), reverse=True)
    first, second = [*values, 0, 0][:2]
    rest = sum(values) - first - second
    return Number(sum(values), len(values) >= FEWEST and 100 * rest >= P * first)


def things(by_person: Counter[str], n: int) -> Number:
    """A number of things (pairs) that stand for people: safe if it is large enough and so is the sum over people."""
    return Number(n, n >= FEWEST and (not by_person or total(by_person).safe))


def open_tables(corpus: Corpus, keepers: int, supervisors: int) -> dict[str, Cells]:
    """The numbers of those open tables that the conversations decide, for one period that holds everything.

    `keepers` (peer workers) and `supervisors` have accounts beside the authors, and do not consent. Tables that depend
    on when things were done are left out.
    """
    observed = sum(consents(person) for person in corpus.people)
    eligible = len(corpus.people) + keepers
    written: dict[str, Counter[str]] = {channel: Counter() for channel in CHANNELS}
    for row, n in captured_rows(corpus).items():
        if row.kind != "reply_received":
            written[row.channel][row.person] += n
    return {
        "totals": _over_periods(_totals(written, observed), place=2),
        "contributions_distribution": _over_periods(_distribution(written, observed), place=2),
        "modality_mix": _over_periods(_modality(written, observed), place=1),
        "reciprocity": _reciprocity(corpus),
        "source_mix": _over_periods(_sources(corpus), place=1),
        "flow": {
            ("people", step, "all"): count(n)
            for step, n in {
                "registered": eligible + supervisors,
                "eligible": eligible,
                **dict.fromkeys(("asked", "consented", "included"), observed),
            }.items()
        },
    }


def _over_periods(cells: Cells, *, place: int) -> Cells:
    """The same numbers for the whole window (0) and for its only period (1), the level put in at `place`."""
    return {(*key[:place], period, *key[place:]): n for key, n in cells.items() for period in ("0", "1")}


def _totals(written: dict[str, Counter[str]], observed: int) -> Cells:
    cells: Cells = {}
    for channel, by_person in written.items():
        cells["contributions", channel] = total(by_person)
        cells["people", channel] = count(len(by_person))
        cells["observed", channel] = count(observed)
    cells["people", "all"] = count(len({person for by_person in written.values() for person in by_person}))
    cells["observed", "all"] = count(observed)
    return cells


def _distribution(written: dict[str, Counter[str]], observed: int) -> Cells:
    cells: Cells = {}
    for channel, by_person in written.items():
        people = Counter(_band(n) for n in by_person.values())
        people["0"] = observed - len(by_person)
        for band, _ in BANDS:
            cells["people", channel, band] = count(people[band])
        cells["people", channel, "all"] = count(observed)
    return cells


def _band(n: int) -> str:
    return next(name for name, low in reversed(BANDS) if n >= low)


def _modality(written: dict[str, Counter[str]], observed: int) -> Cells:
    used: dict[str, list[str]] = defaultdict(list)
    for channel, by_person in written.items():
        for person in by_person:
            used[person].append(channel)
    mixes = Counter("several" if len(channels) > 1 else f"{channels[0]}_only" for channels in used.values())
    mixes["none"] = observed - len(used)
    names = ("none", *(f"{channel}_only" for channel in CHANNELS), "several")
    cells: Cells = {("people", mix): count(mixes[mix]) for mix in names}
    return cells | {("people", "all"): count(observed)}


def _reciprocity(corpus: Corpus) -> Cells:
    """Pairs of people who both consent: who wrote to whom, over the window and in its only period."""
    ties: dict[str, set[tuple[str, str]]] = {channel: set() for channel in CHANNELS}
    for row in captured_rows(corpus):
        if row.kind != "reply_received" and row.other:
            ties[row.channel].add((row.person, row.other))
    everywhere = set().union(*ties.values())
    cells: Cells = {}
    for channel, period, there in [
        ("all", "0", everywhere), ("all", "1", everywhere), *((name, "0", ties[name]) for name in CHANNELS),
    ]:  # fmt: skip
        pairs = {(min(pair), max(pair)) for pair in there}
        mutual = {(a, b) for a, b in pairs if (a, b) in there and (b, a) in there}
        for column, group in (("pairs", pairs), ("mutual", mutual), ("one_way", pairs - mutual)):
            degree = Counter(person for pair in group for person in pair)
            cells[column, channel, period] = things(degree, len(group))
    return cells


def _sources(corpus: Corpus) -> Cells:
    """Replies received, by what is told of the giver: a member if both consent, else nothing.

    Those who gave must be ten or more too, and none of them dominate. Whoever is not known is counted as one person,
    and where nobody is known there is no giver to protect.
    """
    received: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    given: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row, n in captured_rows(corpus).items():
        if row.kind == "reply_received":
            for levels in (("all", "all"), ("role", "member" if row.other else "not_recorded")):
                received[levels][row.person] += n
                given[levels][row.other or "nobody known"] += n
    roles = ("member", "peer_worker", "supervisor", "not_recorded")
    cells: Cells = {}
    for levels in [("all", "all"), *(("role", role) for role in roles)]:
        replies, people = total(received[levels]), count(len(received[levels]))
        hidden = not (given[levels].keys() <= {"nobody known"} or total(given[levels]).safe)
        cells["replies", *levels] = Number(replies.n, replies.safe and not hidden)
        cells["people", *levels] = Number(people.n, people.safe and not hidden)
    return cells
