"""Every table that grows is pruned by a job that there is, or kept for a reason that is stated."""

from __future__ import annotations

from pathlib import Path

from peerspace import features
from peerspace.retention import KEPT, PRUNED, WEB_PROCESS
from peerspace.work import JOBS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def test_every_table_is_pruned_or_kept_for_a_reason() -> None:
    assert sorted([*PRUNED, *KEPT]) == sorted(features.metadata().tables)
    assert all(len(reason) > 10 for reason in KEPT.values())


def test_what_prunes_exists() -> None:
    assert set(PRUNED.values()) - {WEB_PROCESS} <= {job.name for job in JOBS}


def test_the_page_for_whoever_runs_it_says_the_same() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [table for table in PRUNED if f"`{table}`" not in page] == []
    assert [job for job in set(PRUNED.values()) - {WEB_PROCESS} if f"`{job}`" not in page] == []
