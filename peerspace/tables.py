"""All mapped tables, imported in one place: for migrations' tests, the inventory, and creating test databases."""

from __future__ import annotations

from sqlalchemy import MetaData

from peerspace.accounts import models as _accounts
from peerspace.chat import models as _chat
from peerspace.community import models as _community
from peerspace.consent import models as _consent
from peerspace.forum import models as _forum
from peerspace.kernel import models as _kernel
from peerspace.kernel.db import Base
from peerspace.moderation import models as _moderation
from peerspace.notifications import models as _notifications
from peerspace.research import models as _research

MODULES = (_kernel, _accounts, _community, _consent, _forum, _chat, _moderation, _notifications, _research)


def metadata() -> MetaData:
    """The metadata holding every table of PeerSpace."""
    return Base.metadata
