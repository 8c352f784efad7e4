"""Stop and erase, on the research side: every row of the person goes at once, and nobody's row points to them."""

from __future__ import annotations

from sqlalchemy import delete, update

from peerspace.consent.events import ErasureAsked
from peerspace.kernel.uow import UnitOfWork
from peerspace.research.models import UsageEvent
from peerspace.research.rows import SOMEBODY
from peerspace.streams.kinds import kinds

IDS_PER_STATEMENT = 500


def erase_rows(uow: UnitOfWork, happened: ErasureAsked) -> None:
    """Delete the rows of these participants; in other people's rows leave only that it was someone who is gone.

    Runs in the transaction that took the consent back. What a published release holds stays: its membership list
    keeps the random ids, now tombstones.
    """
    ids = list(happened.participant_ids)
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        some = ids[start : start + IDS_PER_STATEMENT]
        uow.session.execute(delete(UsageEvent).where(UsageEvent.participant_id.in_(some)))
        pointing = update(UsageEvent).where(UsageEvent.other_participant.in_(some))
        gone = {"other_participant": "", "other_class": "deleted"}
        # An answer received told the giver's role and number, an own answer whose item it answered.
        unsaid = {"giver_role": "not_recorded", "giver_training": "not_recorded", "giver_pay": "not_recorded"}
        replies = UsageEvent.kind == "reply_received"
        uow.session.execute(pointing.where(replies).values(**gone, **unsaid, item=""))
        uow.session.execute(pointing.where(UsageEvent.kind == "reaction_received").values(**gone, **unsaid))
        for what in [kind.contribution for kind in kinds(uow)]:
            answered = UsageEvent.reply_to.startswith(f"{what}:")
            uow.session.execute(pointing.where(answered).values(**gone, reply_to=f"{what}:{SOMEBODY}"))
        uow.session.execute(pointing.values(**gone))
