"""The web adapter: a package a feature with its pages and forms; beside them what all pages share."""

from __future__ import annotations

from flask import Blueprint

from peerspace.web import appearance, health, leaving, offline, parts, public, today
from peerspace.web.accounts import admissions, joining, links, settings, signing, waiting
from peerspace.web.chat import rooms
from peerspace.web.community import admin, help_lines, people, places
from peerspace.web.consent import mydata
from peerspace.web.consent import pages as consent
from peerspace.web.forum import reading, writing
from peerspace.web.moderation import desk, reporting
from peerspace.web.notifications import inbox
from peerspace.web.research import pages as research
from peerspace.web.research import panel, studies

PAGES = (
    health, public, appearance, leaving, joining, signing, waiting, settings, admissions, links, today, admin, people,
    places, help_lines, offline, parts, reading, writing, rooms, reporting, desk, inbox, consent, mydata, studies,
    research, panel,
)  # fmt: skip
"""Every module with pages. A new page's file adds its name here."""

BLUEPRINTS: tuple[Blueprint, ...] = tuple(dict.fromkeys(module.blueprint for module in PAGES))
"""Every blueprint, in the order they are registered; several modules may put their pages on one."""
