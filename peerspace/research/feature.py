"""What research brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job
from peerspace.kernel.moments import LastMoment
from peerspace.kernel.wording import N_
from peerspace.moderation.targets import Witnesses
from peerspace.research import listeners, models
from peerspace.research.actions import ResearchAction
from peerspace.research.building import build_due, sweep_exports
from peerspace.research.consent_in_force import last_counted
from peerspace.research.harm import witnesses
from peerspace.research.sentences import SENTENCES

FEATURE = Feature(
    name="research",
    models=models,
    sentences=SENTENCES,
    actions=ResearchAction,
    listen=listeners.listen,
    jobs=(
        Job("build_release", N_("Build datasets"), timedelta(seconds=2), build_due),
        Job("sweep_exports", N_("Take away old downloads"), timedelta(minutes=10), sweep_exports),
    ),
    brings=(LastMoment(last_counted, is_choice=False), Witnesses(witnesses)),
    kept={
        "capture_gap": "says where captured rows are missing; part of every dataset's timeline",
        "download": retention.REGISTER,
        "panel_decision": retention.REGISTER,
        "release": retention.REGISTER,
        "release_member": "says in which releases a participant is",
        "study": retention.REGISTER,
        "usage_event": retention.RESEARCH,
    },
)
