"""What the check for danger brings to the desk: an item about the person, with the words as they stand.

It is made by the installation, not by a reporter, and it is no complaint (peerspace.moderation.worried).
"""

from __future__ import annotations

from peerspace.community.events import DangerFound
from peerspace.kernel.subjects import Target
from peerspace.kernel.uow import UnitOfWork
from peerspace.moderation.desk import free_if_left, move_on, open_item, step
from peerspace.moderation.events import WorryGrew
from peerspace.moderation.evidence import keep_evidence, kept_versions
from peerspace.moderation.kinds import ItemKind, Priority, Step
from peerspace.moderation.models import Item
from peerspace.moderation.targets import REPORT, target_by_id

WITHOUT_COPY = ("contact", "refused")
"""Where words stand on the item anyway, and where they were not taken and so are not kept."""


def worry(uow: UnitOfWork, happened: DangerFound) -> None:
    """Open the worried item about who wrote the words, or add to the one that is open; each hit is counted."""
    kind, target_id = happened.kind, happened.target_id
    if kind in WITHOUT_COPY:
        kind, target_id = "member", happened.account_id
    target = target_by_id(uow, kind, target_id)
    item = open_item(uow, target, ItemKind.WORRIED, Priority.SAFETY)
    item.hits += 1
    free_if_left(uow, item)
    if happened.kind not in WITHOUT_COPY:
        _keep(uow, item, target, happened)
    if item.hits > 1 or item.claimed_by_id is not None:
        move_on(uow, item)  # whoever is about to close it has not read this
    step(uow, item, Step.WORDS_REFUSED if happened.kind == "refused" else Step.WORDS_FOUND, by_software=True)
    if item.claimed_by_id is not None:
        uow.emit(WorryGrew(item.id, item.claimed_by_id))


def _keep(uow: UnitOfWork, item: Item, target: Target, happened: DangerFound) -> None:
    if target.version not in kept_versions(uow, item, target):
        keep_evidence(uow, item, target, happened.target_id if happened.kind == REPORT.kind else None)
