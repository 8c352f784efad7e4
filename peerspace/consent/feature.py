"""What consent brings."""

from __future__ import annotations

from peerspace.consent import listeners, models
from peerspace.consent.actions import ConsentAction
from peerspace.consent.sentences import SENTENCES
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="consent",
    models=models,
    sentences=SENTENCES,
    actions=ConsentAction,
    listen=listeners.listen,
)
