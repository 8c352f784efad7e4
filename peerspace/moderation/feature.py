"""What moderation brings."""

from __future__ import annotations

from peerspace.kernel.feature import Feature
from peerspace.moderation import listeners, models
from peerspace.moderation.actions import ModerationAction
from peerspace.moderation.sentences import SENTENCES

FEATURE = Feature(
    name="moderation",
    models=models,
    sentences=SENTENCES,
    actions=ModerationAction,
    listen=lambda heard, _audit_log: listeners.listen(heard),
)
