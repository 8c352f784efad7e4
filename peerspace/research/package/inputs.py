"""What an open release is made from, and what may stand in it.

The words in a release are those of its study (title, citation, involvement, the panel's decision) and of PeerSpace
itself. Nothing a member wrote can come in: levels are checked against fixed lists, the timeline holds codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

import duckdb

from peerspace.kernel.errors import Refused
from peerspace.research.measures.headers import Measure

TIMELINE_KINDS = (
    "feature", "rules", "staffing", "consent", "outage", "capture_gap", "setting", "opening_hours", "room", "space",
    "measure",
)  # fmt: skip
DESCRIPTION = r"[a-z0-9][a-z0-9_.:=-]{0,79}"
"""A timeline's description is a code, such as `room_opened:3` or `peer_workers=4`: never a sentence."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LONGEST = 20_000


@dataclass(frozen=True)
class StudyMeta:
    """What a release says about its study.

    `citation`: how to cite it, without a DOI. `involvement`: the lived-experience involvement statement.
    `panel_decision`: what the panel decided and why. `definition`: of digital peer support. `released_on`: an ISO date.
    """

    slug: str
    title: str
    release_id: str
    citation: str
    involvement: str
    panel_decision: str
    definition: str
    released_on: str

    @classmethod
    def from_mapping(cls, values: Mapping[str, str]) -> StudyMeta:
        """From a mapping with exactly these keys. Raises Refused otherwise."""
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise Refused("release_study_incomplete", fields=", ".join(sorted(names ^ set(values))))
        return cls(**values)


@dataclass(frozen=True)
class TimelineEntry:
    """Something about the platform that a reader of the data has to know, and when."""

    on: date
    kind: str
    description: str


@dataclass(frozen=True)
class T0Input:
    """All that an open release is made from.

    `connection`: the measures' engine after `run_all`, with the tables of its preludes. `from_us` to `cut_us` (not in)
    in periods of `period_us`: UTC microseconds. `flow`: (step, people), see `disclosure.flow.Counts`. `codebook`:
    headers of the measures; those of tier T0 are told. `channels`: when each channel could be used, as stretches in
    UTC microseconds; a channel that is not in it did not exist.
    """

    connection: duckdb.DuckDBPyConnection
    from_us: int
    cut_us: int
    period_us: int
    study: StudyMeta
    flow: Sequence[tuple[str, int]]
    timeline: Sequence[TimelineEntry]
    codebook: Sequence[Measure]
    channels: Mapping[str, Sequence[tuple[int, int]]]


def check_input(given: T0Input) -> None:
    """Raises Refused for a study that lacks something, text that is not plain, or a timeline that is not codes."""
    study = given.study
    for field in fields(study):
        _check_text(field.name, getattr(study, field.name))
    if not _SLUG.fullmatch(study.slug):
        raise Refused("release_bad_text", field="slug")
    if not _ID.fullmatch(study.release_id):
        raise Refused("release_bad_text", field="release_id")
    try:
        date.fromisoformat(study.released_on)
    except ValueError:
        raise Refused("release_bad_text", field="released_on") from None
    for entry in given.timeline:
        if entry.kind not in TIMELINE_KINDS:
            raise Refused("release_unexpected_level", table="timeline", column="kind")
        if not re.fullmatch(DESCRIPTION, entry.description):
            raise Refused("release_unexpected_level", table="timeline", column="description")


def _check_text(field: str, text: str) -> None:
    controls = any(unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n" for char in text)
    if not text.strip() or len(text) > _LONGEST or controls:
        raise Refused("release_bad_text", field=field)
