"""The features, in layer order. Adding one is a folder with a `feature.py`, and a line here."""

from __future__ import annotations

from sqlalchemy import MetaData

from peerspace.accounts import feature as accounts
from peerspace.chat import feature as chat
from peerspace.community import feature as community
from peerspace.consent import feature as consent
from peerspace.forum import feature as forum
from peerspace.kernel import models as kernel_models
from peerspace.kernel.actions import AuditedAction, KernelAction
from peerspace.kernel.db import Base
from peerspace.kernel.feature import Feature
from peerspace.moderation import feature as moderation
from peerspace.notifications import feature as notifications
from peerspace.research import feature as research

KERNEL = Feature(name="kernel", models=kernel_models, sentences={}, actions=KernelAction)
FEATURES: tuple[Feature, ...] = (
    KERNEL,
    accounts.FEATURE,
    community.FEATURE,
    consent.FEATURE,
    forum.FEATURE,
    chat.FEATURE,
    moderation.FEATURE,
    notifications.FEATURE,
    research.FEATURE,
)


def metadata() -> MetaData:
    """The metadata holding every table of PeerSpace."""
    return Base.metadata


def audited_actions() -> dict[str, AuditedAction]:
    """Every audited action by its code, as it stands in the audit chain."""
    return {
        action.value: action
        for feature in FEATURES
        if feature.actions is not None
        for action in feature.actions
    }
