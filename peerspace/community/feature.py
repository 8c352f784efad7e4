"""What community brings."""

from __future__ import annotations

from peerspace.community import models
from peerspace.community.actions import CommunityAction
from peerspace.community.sentences import SENTENCES
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="community",
    models=models,
    sentences=SENTENCES,
    actions=CommunityAction,
)
