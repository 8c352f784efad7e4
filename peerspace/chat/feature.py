"""What chat brings."""

from __future__ import annotations

from peerspace.chat import models
from peerspace.chat.actions import ChatAction
from peerspace.chat.kind import ROOM
from peerspace.chat.sentences import SENTENCES
from peerspace.chat.settings import SETTINGS
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.streams.subject import subject_of_kind

FEATURE = Feature(
    name="chat",
    models=models,
    sentences=SENTENCES,
    actions=ChatAction,
    brings=(ROOM, subject_of_kind(ROOM), *SETTINGS),
    pruned={"room_presence": retention.WEB_PROCESS},
    kept={
        "room": retention.SMALL,
    },
)
