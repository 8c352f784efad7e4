"""What chat brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.chat import listeners, models
from peerspace.chat.actions import ChatAction
from peerspace.chat.duty import end_overdue_duty
from peerspace.chat.sentences import SENTENCES
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.wording import N_

FEATURE = Feature(
    name="chat",
    models=models,
    sentences=SENTENCES,
    actions=ChatAction,
    listen=listeners.listen,
    jobs=(
        Job(
            "end_overdue_duty", N_("End duty that ran out"), timedelta(minutes=1), one_write(end_overdue_duty)
        ),
    ),
    pruned={"room_presence": retention.WEB_PROCESS},
    kept={
        "duty": "who was responsible when",
        "message": retention.PEOPLE,
        "message_reaction": retention.PEOPLE,
        "message_revision": retention.PEOPLE,
        "room": retention.SMALL,
    },
)
