"""No hidden number of an open table can be told to within less than five by an attacker who knows the codebook."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from peerspace.research.disclosure.flow import add_flow
from peerspace.research.disclosure.read import Source, fill
from peerspace.research.disclosure.structure import release_structure
from peerspace.research.disclosure.t0 import OpenTables, build_open_tables
from peerspace.research.disclosure.truth import Truth
from peerspace.research.measures.engine import (
    Enrolment,
    StudyWindow,
    UsageEvent,
    load_enrolment,
    load_rows,
    open_engine,
    run_all,
)
from tests.research.attack import Attacker
from tests.research.invented import CUT, DAY, FROM, events, people_of

SCOPES = ("usage", "time", "interactions", "experience")
ENDINGS = ("cut", "stopped", "left", "suspended")
HARM = ("upset_marked", "block_given", "report_made", "content_removed", "restricted", "warned")


def enrolled(dice: random.Random, people: list[str]) -> list[Enrolment]:
    """Some take part from the beginning, some come later; some stop, leave or are suspended; scopes differ."""
    eager, staying = dice.random(), dice.random()
    found = []
    for person in people:
        begins = FROM if dice.random() < eager else FROM + dice.randrange(70 * DAY)
        ends, why = CUT, "cut"
        if dice.random() > staying:
            ends, why = dice.randrange(begins + DAY, CUT + DAY), dice.choice(ENDINGS[1:])
            ends, why = (ends, why) if ends < CUT else (CUT, "cut")
        scopes = ("usage", *(scope for scope in SCOPES[1:] if dice.random() < 0.85))
        found.append(Enrolment(person, person, begins, ends, why, scopes))
    return found


def lived(dice: random.Random, people: list[str], *, rooms: bool) -> list[UsageEvent]:
    """What an invented community did, with some of it left out, so that some are quiet and some periods are empty."""
    kept = dice.choice((1.0, 0.5, 0.15))
    some = [
        event
        for event in events(people, dice.randrange(10**6))
        if (rooms or event.modality != "room") and dice.random() < kept
    ]
    number = len(some) * 10 + 100_000
    for person in people:
        if dice.random() < 0.2:
            number += 1
            at = FROM + dice.randrange(80 * DAY)
            some.append(
                UsageEvent(
                    id=number, participant_id=person, kind=dice.choice(HARM), scope="experience", at_us=at
                )
            )
    return [
        replace(event, id=place) for place, event in enumerate(sorted(some, key=lambda e: (e.at_us, e.id)), 1)
    ]


def community(seed: int, spill: Path) -> tuple[OpenTables, Truth]:
    """The open tables of a random community of 12 to 400, and the numbers behind them."""
    dice = random.Random(seed)
    people = people_of(round(12 * (400 / 12) ** dice.random()))
    rooms = dice.random() < 0.8
    kept = dice.choice(
        (((0, CUT),), ((FROM + 30 * DAY, CUT),), ((0, FROM + 28 * DAY), (FROM + 56 * DAY, CUT)))
    )
    channels = {"forum": ((0, CUT),)} | ({"room": kept} if rooms else {})
    acts = [
        event
        for event in lived(dice, people, rooms=rooms)
        if event.modality != "room" or any(low <= event.at_us < high for low, high in kept)
    ]
    taking_part = enrolled(dice, people)
    flow = given_flow(dice, taking_part)
    with open_engine(spill) as con:
        load_enrolment(con, taking_part)
        load_rows(con, acts)
        run_all(con, StudyWindow(FROM, CUT))
        made = build_open_tables(
            con, from_us=FROM, cut_us=CUT, period_us=28 * DAY, flow=flow, channels=channels
        )
        truth = Truth()
        add_flow(truth, flow)
        fill(Source(con, FROM, CUT, 28 * DAY, channels), truth)
    return made, truth


def given_flow(dice: random.Random, taking_part: list[Enrolment]) -> list[tuple[str, int]]:
    n = len(taking_part)
    withdrew, outside = dice.randrange(1 + n // 4), dice.randrange(1 + n // 4)
    consented = n + withdrew + outside
    asked = consented + dice.randrange(1 + n)
    scopes = [(f"consented:{scope}", sum(scope in one.scopes for one in taking_part)) for scope in SCOPES]
    reasons = [("excluded:withdrawn", withdrew), ("excluded:outside_window", outside)]
    return [
        ("registered", asked + dice.randrange(1 + n)), ("asked", asked), ("consented", consented), *scopes,
        ("included", n), ("withdrew", withdrew), *(reason for reason in reasons if reason[1]),
    ]  # fmt: skip


def attack(seed: int, spill: Path) -> list[object]:
    """What an attacker learns too closely of a community, told so that it can be looked up."""
    made, truth = community(seed, spill)
    attacker = Attacker(made)
    number = {
        (t, c, levels): truth.cells[f"{t}.{c}[{','.join(map(str, levels))}]"].truth
        for t, c, levels in attacker.cells
    }
    everybody = [("use_status", "people", ("all",)), ("flow", "people", ("included", "all"))]
    for period in (0, *attacker.periods):
        seen = [
            (f"{what}_distribution", "people", (period, "all"))
            for what in ("active_weeks", "sessions", "active_minutes")
        ]
        group = [*(everybody if period == 0 else []), ("totals", "observed", ("all", period)), *seen]
        group += [("totals", "observed", (channel, period)) for channel in ("forum", "room")]
        there = [cell for cell in group if cell in number]
        for one in there[1:]:
            if number[one] == number[there[0]]:
                attacker.assume_same([there[0], one])
    narrow = [(seed, cell, low, high, number[cell]) for cell, low, high in attacker.narrow(5)]
    return [*narrow, *untrue(truth)]


def untrue(truth: Truth) -> list[object]:
    """The ties of the codebook that the true numbers do not keep: a definition would say something false."""

    def added(keys: Iterable[str]) -> int:
        return sum(truth.cells[key].truth for key in keys)

    ties = release_structure(truth.rows).within(truth.cells)
    lines = [line for line in ties.lines if added(line.parts) != truth.cells[line.total].truth]
    above = [
        row
        for row in ties.inequalities
        if sum(weight * truth.cells[key].truth for key, weight in row.weighted()) > added(row.more)
    ]
    return [*lines, *above]


@pytest.mark.invariant(5)
@pytest.mark.parametrize("seed", range(6))
def test_nothing_hidden_can_be_told(seed: int, tmp_path: Path) -> None:
    assert attack(seed, tmp_path) == []


@pytest.mark.slow
@pytest.mark.invariant(5)
def test_nothing_hidden_can_be_told_in_fifty_communities(tmp_path: Path) -> None:
    found = [one for seed in range(100, 154) for one in attack(seed, tmp_path / str(seed))]
    assert found == []
