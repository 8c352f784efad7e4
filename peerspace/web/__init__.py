"""The web adapter: a package a feature with its pages and forms; beside them what all pages share."""

from __future__ import annotations

from peerspace.web import appearance, health, leaving, offline, parts, public, today
from peerspace.web.accounts import admissions, joining, links, settings
from peerspace.web.chat import rooms
from peerspace.web.community import admin, help_lines
from peerspace.web.consent import mydata
from peerspace.web.consent import pages as consent
from peerspace.web.forum import writing as forum
from peerspace.web.moderation import desk
from peerspace.web.notifications import inbox
from peerspace.web.research import pages as research
from peerspace.web.research import panel, studies

BLUEPRINTS = (
    health.blueprint,
    public.blueprint,
    appearance.blueprint,
    leaving.blueprint,
    joining.blueprint,
    settings.blueprint,
    admissions.blueprint,
    links.blueprint,
    today.blueprint,
    admin.blueprint,
    help_lines.blueprint,
    offline.blueprint,
    parts.blueprint,
    forum.blueprint,
    rooms.blueprint,
    desk.blueprint,
    inbox.blueprint,
    consent.blueprint,
    mydata.blueprint,
    studies.blueprint,
    research.blueprint,
    panel.blueprint,
)
"""Every blueprint, in the order they are registered. A new page's file adds its line here."""
