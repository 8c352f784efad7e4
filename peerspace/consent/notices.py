"""What people are told before they choose: versions that are never changed once published."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import select

from peerspace.community.timeline import add_entry
from peerspace.consent.models import ConsentNotice
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean
from peerspace.text.markdown import render

LANGUAGE = "en"
LIMIT = 20_000
DEFAULT = Path(__file__).with_name("notice_en.md")


def content_hash(body: str) -> str:
    """SHA-256 of the notice's text, UTF-8, in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def current_notice(uow: UnitOfWork, language: str = LANGUAGE) -> ConsentNotice | None:
    """The newest published notice in `language`, or None before the first."""
    return uow.session.scalar(
        select(ConsentNotice)
        .where(ConsentNotice.language == language)
        .order_by(ConsentNotice.number.desc())
        .limit(1)
    )


def ensure_defaults(uow: UnitOfWork) -> ConsentNotice:
    """Publish PeerSpace's own notice as the first version where none is published yet; return the one in force."""
    return current_notice(uow) or _publish(uow, DEFAULT.read_text(encoding="utf-8"))


def publish_notice(uow: UnitOfWork, body: object) -> ConsentNotice:
    """Publish the next version. Consent given under earlier ones stands as it was given.

    Raises NotAllowed unless an administrator or the installation acts, Invalid for an empty or overlong text.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    return _publish(uow, clean(body, field="body", limit=LIMIT))


def _publish(uow: UnitOfWork, body: str) -> ConsentNotice:
    before = current_notice(uow)
    digest = content_hash(body)
    if before is not None and before.content_hash == digest:
        return before
    notice = ConsentNotice(
        number=before.number + 1 if before else 1,
        language=LANGUAGE,
        body=body,
        body_html=render(body, heading=2),
        content_hash=digest,
        published_at=uow.now,
    )
    uow.session.add(notice)
    add_entry(uow, "consent", "notice_published", number=notice.number)
    return notice
