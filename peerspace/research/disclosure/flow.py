"""The participant flow: who reached which step, and why others were left out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from peerspace.kernel.errors import Refused
from peerspace.research.disclosure.levels import FLOW_ASIDE, FLOW_STEPS, REASONS, SCOPES
from peerspace.research.disclosure.rules import THRESHOLD
from peerspace.research.disclosure.specs import FLOW
from peerspace.research.disclosure.truth import Truth

Counts = Iterable[tuple[str, int]]
"""(step, people) pairs. Steps: `registered, eligible, asked, consented, included, withdrew`; of
the consented `consented:<scope>`; of the excluded `excluded:<reason>`, which add up to `excluded` where
that is given too.
"""


def add_flow(truth: Truth, counts: Counts) -> None:
    """Put the flow among the tables, reasons under ten people merged.

    Raises Refused for a step that is not on the list or is given twice, where `included` is not given, for a step with
    more people than the one before it, for reasons that do not add up, and where the consented are not those included
    and those excluded, or where some who withdrew are included.
    """
    steps = _parsed(counts)
    known = [steps[name, "all"] for name in FLOW_STEPS if (name, "all") in steps]
    most = steps.get(("consented", "all"), 0)
    within = [
        n
        for (step, detail), n in steps.items()
        if (step == "consented" and detail != "all") or step == "withdrew"
    ]
    if ("included", "all") not in steps:
        raise Refused("release_flow_inconsistent")
    if any(after > before for before, after in pairwise(known)) or any(n > most for n in within):
        raise Refused("release_flow_inconsistent")
    reasons = {detail: n for (step, detail), n in steps.items() if step == "excluded" and detail != "all"}
    if reasons:
        if steps.get(("excluded", "all"), sum(reasons.values())) != sum(reasons.values()):
            raise Refused("release_flow_inconsistent")
        steps = {key: n for key, n in steps.items() if key[0] != "excluded"}
        steps["excluded", "all"] = sum(reasons.values())
        steps |= {("excluded", reason): n for reason, n in merged_reasons(reasons).items()}
    if steps.get(("excluded", "all")) not in (None, most - steps["included", "all"]) and most:
        raise Refused("release_flow_inconsistent")
    if most and steps.get(("withdrew", "all"), 0) + steps["included", "all"] > most:
        raise Refused("release_flow_inconsistent")
    order = {name: place for place, name in enumerate((*FLOW_STEPS, *FLOW_ASIDE, "all", *SCOPES, *REASONS))}
    for levels in sorted(steps, key=lambda key: (order[key[0]], order[key[1]])):
        truth.row(FLOW, levels)
        truth.count(FLOW, "people", levels, steps[levels])


def merged_reasons(reasons: dict[str, int]) -> dict[str, int]:
    """Reasons of ten people or more as they are, all others as `other`; while `other` is under ten itself,
    the smallest reason goes into it too. The sum stays the same.
    """
    kept = {reason: n for reason, n in reasons.items() if n >= THRESHOLD and reason != "other"}
    other = sum(reasons.values()) - sum(kept.values())
    while 0 < other < THRESHOLD and kept:
        smallest = min(kept, key=lambda reason: (kept[reason], reason))
        other += kept.pop(smallest)
    return kept | ({"other": other} if other else {})


def _parsed(counts: Counts) -> dict[tuple[str, str], int]:
    steps: dict[tuple[str, str], int] = {}
    for name, n in counts:
        step, _, detail = name.partition(":")
        allowed = (
            {"consented": SCOPES, "excluded": REASONS}.get(step, ()) if detail else (*FLOW_STEPS, *FLOW_ASIDE)
        )
        if (detail or step) not in allowed:
            raise Refused("release_unexpected_level", table="flow", column="step")
        key = (step, detail or "all")
        if key in steps or n < 0:
            raise Refused("release_flow_inconsistent")
        steps[key] = n
    return steps
