"""The community's rules and their versions (invariant 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from peerspace.community.models import RulesVersion
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.uow import UnitOfWork
from peerspace.text.clean import clean
from peerspace.text.markdown import render

LIMIT = 20_000
DEFAULT = Path(__file__).with_name("rules_en.md")


@dataclass(frozen=True, slots=True)
class RulesPage:
    """One version as the rules page shows it. `html` is safe."""

    version: int
    published_at: datetime
    html: Markup
    body: str


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


def rules_page(uow: UnitOfWork, number: int | None = None) -> RulesPage | None:
    """Version `number`, or the one in force; None before the first.

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
    return RulesPage(row.number, row.published_at, Markup(row.body_html), row.body)  # noqa: S704 - rendered safe


def rules_versions(uow: UnitOfWork) -> list[RulesLine]:
    """Every version, newest first, with how many lines came and went."""
    rows = list(uow.session.scalars(select(RulesVersion).order_by(RulesVersion.number)))
    lines, before = [], ""
    for row in rows:
        lines.append(RulesLine(row.number, row.published_at, _changed(before, row.body)))
        before = row.body
    return lines[::-1]


def publish_rules(uow: UnitOfWork, body: object) -> RulesVersion:
    """Publish `body` (Markdown) as the next version. The same text again changes nothing.

    Raises NotAllowed unless an administrator or the installation acts, Invalid for an empty or overlong text.
    """
    if not uow.actor.is_installation:
        uow.actor.require(Role.ADMINISTRATOR)
    return _publish(uow, clean(body, field="body", limit=LIMIT))


def ensure_defaults(uow: UnitOfWork) -> RulesVersion:
    """Publish PeerSpace's own rules as the first version where none is published yet; return those in force."""
    return current_rules(uow) or _publish(uow, DEFAULT.read_text(encoding="utf-8").strip())


def _publish(uow: UnitOfWork, body: str) -> RulesVersion:
    before = current_rules(uow)
    if before is not None and before.body == body:
        return before
    row = RulesVersion(
        number=before.number + 1 if before else 1,
        body=body,
        body_html=render(body, heading=2),
        published_at=uow.now,
        published_by_id=uow.actor.account_id,
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(row)
    except IntegrityError as error:  # somebody else published this number meanwhile
        raise Conflict("changed_meanwhile") from error
    uow.audit("rules_published", "rules", row.number)
    add_entry(uow, "rules", "published", number=row.number)
    return row


def _changed(before: str, after: str) -> str:
    if not before:
        return "The first version."
    old, new = (set(filter(None, map(str.strip, body.splitlines()))) for body in (before, after))
    came, went = len(new - old), len(old - new)
    return f"{came} line{'' if came == 1 else 's'} new, {went} taken out."
