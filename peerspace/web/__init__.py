"""The web adapter: one Flask blueprint a feature, forms, error pages and security headers."""

from __future__ import annotations

from peerspace.web import (
    accounts,
    admin,
    admissions,
    appearance,
    consent,
    forum,
    health,
    help_lines,
    inbox,
    leaving,
    links,
    moderation,
    mydata,
    offline,
    panel,
    parts,
    public,
    research,
    rooms,
    settings,
    studies,
    today,
)

BLUEPRINTS = (
    health.blueprint,
    public.blueprint,
    appearance.blueprint,
    leaving.blueprint,
    accounts.blueprint,
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
    moderation.blueprint,
    inbox.blueprint,
    consent.blueprint,
    mydata.blueprint,
    studies.blueprint,
    research.blueprint,
    panel.blueprint,
)
"""Every blueprint, in the order they are registered. A new page's file adds its line here."""
