"""What the check for danger brings to the desk: an item about the person, with the words as they stand.

It is made by the installation, not by a reporter, and it is no complaint (peerspace.moderation.worried).
"""

from __future__ import annotations

from sqlalchemy import select

from peerspace.community.events import DangerFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.desk import WORRIED, keep_evidence, move_on, open_item, step
from peerspace.moderation.models import Evidence
from peerspace.moderation.targets import target_by_id


def worry(uow: UnitOfWork, happened: DangerFound) -> None:
    """Open the worried item about who wrote the words, or add to the one that is open; each hit is counted."""
    target = target_by_id(uow, happened.kind, happened.target_id)
    item = open_item(uow, target, WORRIED, "safety")
    item.hits += 1
    kept = select(Evidence.id).where(
        Evidence.item_id == item.id,
        Evidence.subject == target.open_key,
        Evidence.target_version == target.version,
    )
    if uow.session.scalar(kept.limit(1)) is None:
        keep_evidence(uow, item, target, happened.target_id if happened.kind == "report" else None)
    if item.hits > 1 or item.claimed_by_id is not None:
        move_on(uow, item)  # whoever is about to close it has not read this
    step(uow, item, "words_found", by_software=True)
