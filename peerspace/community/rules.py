"""The community's rules and their versions (invariant 13).

A version has one number and the language it was published in. PeerSpace's own rules can be read in other languages too;
whoever agrees, agrees to the version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from peerspace.community.actions import CommunityAction
from peerspace.community.models import RulesVersion, RulesWording
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Actor, Role
from peerspace.kernel.errors import Conflict, Invalid, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.kernel.wording import gettext, ngettext
from peerspace.text.apart import write_markdown_for
from peerspace.text.markdown import render
from peerspace.text.written import Written

LIMIT = 20_000
LANGUAGE = "en"
DEFAULTS = {code: Path(__file__).with_name(f"rules_{code}.md") for code in (LANGUAGE, "de")}
"""PeerSpace's own rules, by language: the same rules said again, to be changed together."""
_CODE = re.compile(r"([a-z]{2,3}(-[A-Z]{2})?)?")


@dataclass(frozen=True, slots=True)
class RulesPage:
    """One version as the rules page shows it. `html` is safe, `language` that of the text ('' where nobody said)."""

    version: int
    published_at: datetime
    html: Markup
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class RulesLine:
    """One version in the list of what changed."""

    version: int
    published_at: datetime
    changed: str


def current_rules(uow: UnitOfWork) -> RulesVersion | None:
    """The version in force, or None before the first."""
    return uow.session.scalars(select(RulesVersion).order_by(RulesVersion.number.desc()).limit(1)).first()


def current_number(uow: UnitOfWork) -> int | None:
    """The number of the version in force, or None before the first: nobody can join then."""
    return uow.session.scalar(select(func.max(RulesVersion.number)))


def rules_page(uow: UnitOfWork, number: int | None = None, *, language: str = "") -> RulesPage | None:
    """Version `number`, or the one in force; None before the first.

    In `language` where it can be read in it, else in the language it was published in.

    Raises NotFound for a version that does not exist.
    """
    if number is None:
        row = current_rules(uow)
    elif not 0 < number < 2**31:
        raise NotFound("not_found")
    else:
        row = uow.session.scalars(select(RulesVersion).where(RulesVersion.number == number)).first()
        if row is None:
            raise NotFound("not_found")
    if row is None:
        return None
    said: RulesVersion | RulesWording = row
    if language not in ("", row.language):
        other = select(RulesWording).where(
            RulesWording.rules_version_id == row.id, RulesWording.language == language
        )
        said = uow.session.scalar(other) or row
    html = Markup(said.body_html)  # noqa: S704 - rendered safe
    return RulesPage(row.number, row.published_at, html, said.body, said.language)


def rules_versions(uow: UnitOfWork) -> list[RulesLine]:
    """Every version, newest first, with how many lines came and went."""
    rows = list(uow.session.scalars(select(RulesVersion).order_by(RulesVersion.number)))
    lines, before = [], ""
    for row in rows:
        lines.append(RulesLine(row.number, row.published_at, _changed(before, row.body)))
        before = row.body
    return lines[::-1]


def write_rules(actor: Actor, body: object) -> Written:
    """What `actor` typed as rules (Markdown), worked through before the unit of work that publishes it.

    Raises Invalid or TooLong (`body`), TooMany.
    """
    return write_markdown_for(actor.account_id or 0, body, field="body", limit=LIMIT, heading=2)


def publish_rules(uow: UnitOfWork, body: Written, language: str = "") -> RulesVersion:
    """Publish `body` (`write_rules`), which is in `language`, as the next version. The same text changes nothing.

    Raises NotAllowed unless an administrator or the installation acts, Invalid for what is no language's code.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    if not _CODE.fullmatch(language):
        raise Invalid(fields={"language": "rules_language"})
    return _publish(uow, body.text, body.html, language)


def ensure_defaults(uow: UnitOfWork) -> RulesVersion:
    """Publish PeerSpace's own rules as the first version where none is published yet; return those in force.

    Where those in force are PeerSpace's own, they are put into the other languages that PeerSpace brings. Rules that a
    community wrote are not: nobody here can say them for it.
    """
    own = {code: path.read_text(encoding="utf-8").strip() for code, path in DEFAULTS.items()}
    row = current_rules(uow) or _publish(uow, own[LANGUAGE], render(own[LANGUAGE], heading=2), LANGUAGE)
    if row.body == own[LANGUAGE]:
        row.language = LANGUAGE  # an installation from before languages were kept
        there = set(
            uow.session.scalars(select(RulesWording.language).where(RulesWording.rules_version_id == row.id))
        )
        for code in sorted(own.keys() - there - {LANGUAGE}):
            uow.session.add(
                RulesWording(
                    rules_version_id=row.id,
                    language=code,
                    body=own[code],
                    body_html=render(own[code], heading=2),
                    published_at=uow.now,
                )
            )
            uow.session.flush()
            uow.audit(CommunityAction.RULES_WORDED, "rules", row.number, language=code)
            add_entry(uow, "rules", f"worded_{code}", number=row.number)
    return row


def _publish(uow: UnitOfWork, body: str, html: str, language: str) -> RulesVersion:
    before = current_rules(uow)
    if before is not None and before.body == body:
        return before
    row = RulesVersion(
        number=before.number + 1 if before else 1,
        body=body,
        body_html=html,
        published_at=uow.now,
        published_by_id=uow.actor.account_id,
        language=language,
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(row)
    except IntegrityError as error:  # somebody else published this number meanwhile
        raise Conflict("changed_meanwhile") from error
    uow.audit(CommunityAction.RULES_PUBLISHED, "rules", row.number)
    add_entry(uow, "rules", "published", number=row.number)
    return row


def _changed(before: str, after: str) -> str:
    """What came and went between two texts, in the reader's language."""
    if not before:
        return gettext("The first version.")
    old, new = (set(filter(None, map(str.strip, body.splitlines()))) for body in (before, after))
    came, went = len(new - old), len(old - new)
    told = []
    if came:
        told.append(ngettext("%(num)s line is new.", "%(num)s lines are new.", came))
    if went:
        told.append(ngettext("%(num)s line was taken out.", "%(num)s lines were taken out.", went))
    return " ".join(told) or gettext("The same words in another order.")
