"""What research brings."""

from __future__ import annotations

from peerspace.kernel.feature import Feature
from peerspace.research import listeners, models
from peerspace.research.actions import ResearchAction
from peerspace.research.sentences import SENTENCES

FEATURE = Feature(
    name="research",
    models=models,
    sentences=SENTENCES,
    actions=ResearchAction,
    listen=lambda heard, _audit_log: listeners.listen(heard),
)
