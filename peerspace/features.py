"""The features, in layer order. Adding one is a folder with a `feature.py`, a line here, and its layer in setup.cfg."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import MetaData

from peerspace.accounts import feature as accounts
from peerspace.chat import feature as chat
from peerspace.community import feature as community
from peerspace.consent import feature as consent
from peerspace.duty import feature as duty
from peerspace.forum import feature as forum
from peerspace.kernel import models as kernel_models
from peerspace.kernel import retention
from peerspace.kernel.actions import AuditedAction, KernelAction
from peerspace.kernel.catalogue import Catalogue
from peerspace.kernel.db import Base
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.pruning import prune_job_runs
from peerspace.kernel.wording import N_
from peerspace.moderation import feature as moderation
from peerspace.notifications import feature as notifications
from peerspace.research import feature as research
from peerspace.streams import feature as streams

KERNEL = Feature(
    name="kernel",
    models=kernel_models,
    sentences={},
    actions=KernelAction,
    jobs=(
        Job(
            "prune_job_runs",
            N_("Forget old runs of background work"),
            timedelta(minutes=30),
            one_write(prune_job_runs),
        ),
    ),
    pruned={
        "connected_socket": retention.WEB_PROCESS,
        "control_message": retention.WEB_PROCESS,
        "job_run": "prune_job_runs",
        "web_process": retention.WEB_PROCESS,
    },
    kept={
        "audit_entry": "the audit chain: a link that is missing breaks it",
        "audit_head": retention.SMALL,
        "installation": retention.SMALL,
        "job_lease": retention.SMALL,
    },
)
FEATURES: tuple[Feature, ...] = (
    KERNEL,
    accounts.FEATURE,
    community.FEATURE,
    consent.FEATURE,
    streams.FEATURE,
    duty.FEATURE,
    forum.FEATURE,
    chat.FEATURE,
    moderation.FEATURE,
    notifications.FEATURE,
    research.FEATURE,
)
CATALOGUE = Catalogue(feature.brings for feature in FEATURES)
"""What they bring; every database is opened with it."""


def metadata() -> MetaData:
    """The metadata holding every table of PeerSpace."""
    return Base.metadata


@cache
def audited_actions() -> dict[str, AuditedAction]:
    """Every audited action by its code, as it stands in the audit chain."""
    return {
        action.value: action
        for feature in FEATURES
        if feature.actions is not None
        for action in feature.actions
    }


def jobs() -> tuple[Job, ...]:
    """All background work there is."""
    return tuple(job for feature in FEATURES for job in feature.jobs)
