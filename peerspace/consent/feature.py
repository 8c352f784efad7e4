"""What consent brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.consent import listeners, models
from peerspace.consent.actions import ConsentAction
from peerspace.consent.ledger import keep_ledger
from peerspace.consent.periods import last_choice
from peerspace.consent.sentences import SENTENCES
from peerspace.consent.service import expire_due
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.moments import LastMoment
from peerspace.kernel.wording import N_

FEATURE = Feature(
    name="consent",
    models=models,
    sentences=SENTENCES,
    actions=ConsentAction,
    listen=listeners.listen,
    jobs=(
        Job("expire_consent", N_("End consent that ran out"), timedelta(hours=6), one_write(expire_due)),
        Job(
            "keep_ledger",
            N_("Keep the ledger of datasets"),
            timedelta(minutes=5),
            lambda _config, database: keep_ledger(database),
        ),
    ),
    brings=(LastMoment(last_choice, is_choice=True),),
    kept={
        "consent_notice": retention.HISTORY,
        "consent_record": "proves every consent and its end",
        "participant": "a period of consent; a tombstone after erasure, so that a restored backup brings nobody back",
    },
)
