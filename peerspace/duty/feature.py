"""What duty brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.duty import listeners, models
from peerspace.duty.actions import DutyAction
from peerspace.duty.sentences import SENTENCES
from peerspace.duty.service import end_overdue_duty
from peerspace.duty.settings import SETTINGS
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.wording import N_

FEATURE = Feature(
    name="duty",
    models=models,
    sentences=SENTENCES,
    actions=DutyAction,
    listen=listeners.listen,
    jobs=(
        Job(
            "end_overdue_duty", N_("End duty that ran out"), timedelta(minutes=1), one_write(end_overdue_duty)
        ),
    ),
    brings=SETTINGS,
    kept={"duty": "who was responsible when"},
)
