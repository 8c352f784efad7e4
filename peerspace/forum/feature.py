"""What forum brings."""

from __future__ import annotations

from peerspace.forum import models
from peerspace.forum.actions import ForumAction
from peerspace.forum.kind import THREAD
from peerspace.forum.sentences import SENTENCES
from peerspace.forum.settings import SETTINGS
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature
from peerspace.streams.subject import subject_of_kind

FEATURE = Feature(
    name="forum",
    models=models,
    sentences=SENTENCES,
    actions=ForumAction,
    brings=(THREAD, subject_of_kind(THREAD), *SETTINGS),
    kept={
        "space": retention.SMALL,
        "thread": retention.PEOPLE,
    },
)
