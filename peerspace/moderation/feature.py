"""What moderation brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.wording import N_
from peerspace.moderation import listeners, models
from peerspace.moderation.actions import ModerationAction
from peerspace.moderation.sentences import SENTENCES
from peerspace.moderation.settings import SETTINGS
from peerspace.moderation.settling import settle_members
from peerspace.moderation.targets import REPORT

FEATURE = Feature(
    name="moderation",
    models=models,
    sentences=SENTENCES,
    actions=ModerationAction,
    listen=listeners.listen,
    jobs=(
        Job("settle_members", N_("See who has settled in"), timedelta(hours=1), one_write(settle_members)),
    ),
    brings=(REPORT, *SETTINGS),
    kept={
        "decision": retention.EVIDENCE,
        "evidence": retention.EVIDENCE,
        "item": retention.EVIDENCE,
        "item_event": retention.EVIDENCE,
        "report": retention.EVIDENCE,
        "safety_message": retention.EVIDENCE,
    },
)
