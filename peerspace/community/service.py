"""The verbs of the community, in one place for callers."""

from peerspace.community.rules import ensure_defaults, publish_rules
from peerspace.community.settings import get_setting, set_setting
from peerspace.community.timeline import add_entry, entries_between

__all__ = ["add_entry", "ensure_defaults", "entries_between", "get_setting", "publish_rules", "set_setting"]
