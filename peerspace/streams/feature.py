"""What streams bring."""

from __future__ import annotations

from datetime import timedelta

from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.wording import N_
from peerspace.streams import models
from peerspace.streams.actions import StreamAction
from peerspace.streams.saved_drafts import forget_old_drafts
from peerspace.streams.sentences import SENTENCES

FEATURE = Feature(
    name="streams",
    models=models,
    sentences=SENTENCES,
    actions=StreamAction,
    jobs=(
        Job(
            "forget_old_drafts",
            N_("Forget old drafts"),
            timedelta(hours=6),
            one_write(forget_old_drafts),
        ),
    ),
    pruned={"draft": "forget_old_drafts"},
    kept={
        "contribution": retention.PEOPLE,
        "following": retention.PEOPLE,
        "page_start": retention.PEOPLE,
        "placement": retention.PEOPLE,
        "reaction": retention.PEOPLE,
        "reading_position": retention.PEOPLE,
        "revision": retention.PEOPLE,
        "stream": retention.PEOPLE,
    },
)
