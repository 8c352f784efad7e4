"""What forum brings."""

from __future__ import annotations

from peerspace.forum import models
from peerspace.forum.actions import ForumAction
from peerspace.forum.sentences import SENTENCES
from peerspace.kernel import retention
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="forum",
    models=models,
    sentences=SENTENCES,
    actions=ForumAction,
    kept={
        "post": retention.PEOPLE,
        "post_revision": retention.PEOPLE,
        "space": retention.SMALL,
        "thread": retention.PEOPLE,
    },
)
