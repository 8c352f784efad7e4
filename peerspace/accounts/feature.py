"""What accounts brings."""

from __future__ import annotations

from peerspace.accounts import models
from peerspace.accounts.actions import AccountAction
from peerspace.accounts.sentences import SENTENCES
from peerspace.kernel.feature import Feature

FEATURE = Feature(
    name="accounts",
    models=models,
    sentences=SENTENCES,
    actions=AccountAction,
)
