"""What notifications brings."""

from __future__ import annotations

from peerspace.kernel.feature import Feature
from peerspace.notifications import listeners, models

FEATURE = Feature(
    name="notifications",
    models=models,
    sentences={},
    listen=listeners.listen,
    kept={"notice": "a person's inbox, theirs to look back into"},
)
