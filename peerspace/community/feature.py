"""What community brings."""

from __future__ import annotations

from peerspace.community import models
from peerspace.community.actions import CommunityAction
from peerspace.community.own_settings import SETTINGS
from peerspace.community.sentences import SENTENCES
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="community",
    models=models,
    sentences=SENTENCES,
    actions=CommunityAction,
    brings=SETTINGS,
    kept={
        "help_line_version": retention.HISTORY,
        "phrase_hits": "does not grow: one count for each phrase that may mean danger",
        "rules_version": retention.HISTORY,
        "rules_wording": retention.HISTORY,
        "setting_value": retention.HISTORY,
        "timeline_entry": retention.HISTORY,
    },
)
