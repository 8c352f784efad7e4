"""What chat brings."""

from __future__ import annotations

from peerspace.chat import listeners, models
from peerspace.chat.actions import ChatAction
from peerspace.chat.sentences import SENTENCES
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="chat",
    models=models,
    sentences=SENTENCES,
    actions=ChatAction,
    listen=lambda heard, _audit_log: listeners.listen(heard),
)
