"""What people are told before they choose: versions that are never changed once published, each in some languages.

A version has one number, and a wording in each language it was put into. What a member read is the wording, so that is
what a record of consent names: number, language and the hash of the text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from peerspace.community.timeline import add_entry
from peerspace.consent.models import ConsentNotice
from peerspace.kernel.actor import Role
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import ENGLISH, Language
from peerspace.text.markdown import render
from peerspace.text.written import Written, write_markdown

LANGUAGE = "en"
"""The language in which a version is published first, and which is read where there is no other."""
LIMIT = 20_000
DEFAULTS = {code: Path(__file__).with_name(f"notice_{code}.md") for code in (LANGUAGE, "de")}
"""PeerSpace's own notice, by language: the same notice said again, to be changed together."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What stood on the page that a choice was made on.

    `number` is the notice's (none: the page did not show it), `notice_language` the one it was read in, and `language`
    the one in which everything else was asked. `state` says from which choices the form was drawn
    (`service.state_of`); none: no form was.
    """

    number: int | None = None
    notice_language: str = LANGUAGE
    language: Language = ENGLISH
    state: str | None = None


def content_hash(body: str) -> str:
    """SHA-256 of the notice's text, UTF-8, in hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def default_text(language: str = LANGUAGE) -> tuple[str, str]:
    """PeerSpace's own notice in `language`, or in English; and the language it is in."""
    code = language if language in DEFAULTS else LANGUAGE
    return DEFAULTS[code].read_text(encoding="utf-8"), code


def current_notice(uow: UnitOfWork, language: str = LANGUAGE) -> ConsentNotice | None:
    """The newest version, in `language` where it was put into it, else in English; None before the first.

    A version that nobody has put into `language` yet is read in another one: an older text would say what is no longer
    true.
    """
    newest = select(func.max(ConsentNotice.number)).scalar_subquery()
    wordings = uow.session.scalars(
        select(ConsentNotice).where(ConsentNotice.number == newest).order_by(ConsentNotice.id)
    ).all()
    by_language = {wording.language: wording for wording in reversed(wordings)}
    return by_language.get(language) or by_language.get(LANGUAGE) or (wordings[0] if wordings else None)


def shown_notice(uow: UnitOfWork, shown: Shown) -> ConsentNotice:
    """The wording that stood on the page; where the page showed none, the one in force in its language."""
    if shown.number is not None:
        found = uow.session.scalar(
            select(ConsentNotice).where(
                ConsentNotice.number == shown.number, ConsentNotice.language == shown.notice_language
            )
        )
        if found is not None:
            return found
    return current_notice(uow, shown.notice_language) or ensure_defaults(uow)


def is_in_force(uow: UnitOfWork, shown: Shown) -> bool:
    """Whether what stood on the page is what would stand there now: compared within the language it was read in."""
    now = current_notice(uow, shown.notice_language)
    return now is not None and (now.number, now.language) == (shown.number, shown.notice_language)


def ensure_defaults(uow: UnitOfWork) -> ConsentNotice:
    """Publish PeerSpace's own notice as the first version where none is published yet; return the one in force.

    Where the version in force is PeerSpace's own text, it is put into the other languages that PeerSpace brings. A
    text of the installation's own is not: nobody here knows what it would be called elsewhere.
    """
    own = {code: default_text(code)[0] for code in DEFAULTS}
    notice = current_notice(uow) or _publish(uow, own[LANGUAGE], render(own[LANGUAGE], heading=2), LANGUAGE)
    if notice.language == LANGUAGE and notice.content_hash == content_hash(own[LANGUAGE]):
        there = set(
            uow.session.scalars(select(ConsentNotice.language).where(ConsentNotice.number == notice.number))
        )
        for code in sorted(own.keys() - there):
            _add(uow, notice.number, own[code], render(own[code], heading=2), code)
            add_entry(uow, "consent", f"notice_worded_{code}", number=notice.number)
    return notice


def write_notice(body: object) -> Written:
    """A notice's text (Markdown), worked through before the unit of work that publishes it.

    Raises Invalid or TooLong (`body`).
    """
    return write_markdown(body, field="body", limit=LIMIT, heading=2)


def publish_notice(uow: UnitOfWork, body: Written, language: str = LANGUAGE) -> ConsentNotice:
    """Publish `body` (`write_notice`) as the next version, in `language`.

    Consent given under earlier ones stands as it was given. Raises NotAllowed unless an administrator or the
    installation acts.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    return _publish(uow, body.text, body.html, language)


def _publish(uow: UnitOfWork, body: str, html: str, language: str) -> ConsentNotice:
    before = current_notice(uow, language)
    if before is not None and (before.language, before.content_hash) == (language, content_hash(body)):
        return before
    notice = _add(uow, before.number + 1 if before else 1, body, html, language)
    add_entry(uow, "consent", "notice_published", number=notice.number)
    return notice


def _add(uow: UnitOfWork, number: int, body: str, html: str, language: str) -> ConsentNotice:
    notice = ConsentNotice(
        number=number,
        language=language,
        body=body,
        body_html=html,
        content_hash=content_hash(body),
        published_at=uow.now,
    )
    uow.session.add(notice)
    uow.session.flush()
    return notice
