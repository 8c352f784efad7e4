"""One captured row: every column filled (0, '' or 'none', never NULL), no words, nobody's id but participants'."""

from __future__ import annotations

from peerspace.accounts.queries import RoleAt
from peerspace.research.captured_kinds import SCOPE_OF
from peerspace.research.consent_in_force import ConsentInForce

Row = dict[str, str | int]

CHANNELS = {"forum": "asynchronous", "room": "synchronous", "one_to_one": "synchronous", "site": "none"}
"""Each modality with its synchrony; `site` is what happens outside the channels."""

UNSAID = RoleAt("not_recorded", "not_recorded", "not_recorded")
"""The giver's role where nothing of the giver may be kept."""
NO_GIVER = RoleAt("none", "none", "none")
SOMEBODY = "0"
"""Stands for the number of an item whose author's identity may not be kept: 'post:0'."""


def make_row(
    who: ConsentInForce, kind: str, at_us: int, modality: str, *, giver: RoleAt = NO_GIVER, **cells: str | int
) -> Row:
    """A whole row of `usage_event` about `who`. `cells` are the columns that are not at their empty value."""
    row: Row = {
        "participant_id": who.participant_id,
        "kind": kind,
        "scope": SCOPE_OF[kind],
        "at_us": at_us,
        "modality": modality,
        "synchrony": CHANNELS[modality],
        "place": "",
        "item": "",
        "reply_to": "",
        "other_participant": "",
        "other_class": "none",
        "giver_role": giver.role,
        "giver_training": giver.training,
        "giver_pay": giver.pay,
        "length_chars": 0,
        "duration_us": 0,
        "position_from": 0,
        "position_to": 0,
    }
    return row | cells


def covers(who: ConsentInForce | None, kind: str, at_us: int) -> bool:
    """Whether consent in force covers a row of that kind, and covered it at `at_us` already (invariant 3)."""
    return who is not None and who.gave(SCOPE_OF[kind], at_us)
