"""Every table that grows is pruned by a job that there is, or kept for a reason that is stated, by its own feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerspace.features import FEATURES, jobs, metadata
from peerspace.kernel.db import Base
from peerspace.kernel.feature import Feature
from peerspace.kernel.retention import WEB_PROCESS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
PRUNED = {table: by for feature in FEATURES for table, by in feature.pruned.items()}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_says_of_each_of_its_tables_what_becomes_of_it(feature: Feature) -> None:
    own = {
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if "__tablename__" in vars(mapper.class_) and mapper.class_.__module__ == feature.models.__name__
    }
    assert own
    assert sorted([*feature.pruned, *feature.kept]) == sorted(own)
    assert all(len(reason) > 10 for reason in feature.kept.values())


def test_every_table_is_of_some_feature() -> None:
    told = [table for feature in FEATURES for table in (*feature.pruned, *feature.kept)]
    assert sorted(told) == sorted(metadata().tables)


def test_what_prunes_exists_and_no_two_jobs_share_a_name() -> None:
    names = [job.name for job in jobs()]
    assert len(names) == len(set(names)) > 8
    assert set(PRUNED.values()) - {WEB_PROCESS} <= set(names)
    assert [job.name for job in jobs() if not job.label.strip()] == []


def test_the_page_for_whoever_runs_it_says_the_same() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [table for table in PRUNED if f"`{table}`" not in page] == []
    assert [job for job in set(PRUNED.values()) - {WEB_PROCESS} if f"`{job}`" not in page] == []
