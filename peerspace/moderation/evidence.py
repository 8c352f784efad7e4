"""Evidence: what was written as others read it, kept whatever happens to the original (invariant 10)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from peerspace.community.settings import get_setting
from peerspace.kernel.subjects import Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.models import Evidence, Item
from peerspace.moderation.targets import subject_named


def keep_evidence(uow: UnitOfWork, item: Item, target: Target, report_id: int | None) -> Evidence:
    """Keep the target as it stands in `target`, with what stood before it."""
    evidence = Evidence(
        item_id=item.id,
        report_id=report_id,
        captured_at=uow.now,
        author_id=target.member_id,
        subject=target.open_key,
        target_version=target.version,
        body=target.body,
        context=subject_named(uow, target.kind).context(uow, target),
    )
    uow.session.add(evidence)
    return evidence


def keep_what_was_read(uow: UnitOfWork, item: Item, target: Target, report_id: int | None) -> None:
    """Keep what the reporter may have read: the target as it stands, after every version shown lately."""
    keep_former_versions(uow, item, target)
    keep_evidence(uow, item, target, report_id)


def keep_former_versions(uow: UnitOfWork, item: Item, target: Target) -> None:
    """Keep what else the target said while others could read it lately (the setting `evidence_hours`), each once."""
    since = uow.now - timedelta(hours=int(get_setting(uow, "evidence_hours")))
    there = kept_versions(uow, item, target)
    for former in subject_named(uow, target.kind).versions(uow, target, since):
        if former.version not in there and former.body != target.body:
            keep_evidence(uow, item, former, None)


def kept_versions(uow: UnitOfWork, item: Item, target: Target) -> set[int]:
    """The versions of the target that the item holds already."""
    found = select(Evidence.target_version).where(
        Evidence.item_id == item.id, Evidence.subject == target.open_key
    )
    return set(uow.session.scalars(found))
