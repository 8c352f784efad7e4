"""What administrators do with help lines: confirm, change, hide, add. Every act is a new version; none is lost."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from peerspace.community.actions import CommunityAction
from peerspace.community.help_lines import (
    Country,
    Directory,
    Fields,
    Line,
    country_from,
    emergency_key,
    line_from,
)
from peerspace.community.help_lines_form import checked_country, checked_emergency, checked_line
from peerspace.community.help_lines_state import (
    AnyState,
    LineState,
    help_line_states,
    history,
    shipped_subjects,
)
from peerspace.community.models import HelpLineVersion
from peerspace.community.timeline import add_entry
from peerspace.kernel.actor import Role
from peerspace.kernel.errors import Conflict, NotFound
from peerspace.kernel.ids import new_public_id
from peerspace.kernel.uow import UnitOfWork

AUDITED = {
    "added": CommunityAction.HELP_LINE_ADDED,
    "edited": CommunityAction.HELP_LINE_EDITED,
    "confirmed": CommunityAction.HELP_LINE_CONFIRMED,
    "hidden": CommunityAction.HELP_LINE_HIDDEN,
    "shown": CommunityAction.HELP_LINE_SHOWN,
    "as_shipped": CommunityAction.HELP_LINE_AS_SHIPPED,
}
"""What is written into the audit chain for each act on a line."""


def confirm(uow: UnitOfWork, key: str, *, version: int, seal: str) -> None:
    """Say that the line was called or its source read, and that it is right as it stands.

    `version` and `seal` are what the person looked at. Raises NotAllowed unless an administrator acts (a person whose
    name stands for it: the installation cannot confirm), NotFound, Conflict(changed_meanwhile).
    """
    account_id = uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, key, version)
    if now.subject.seal != seal:
        raise Conflict("changed_meanwhile")
    _keep(uow, now, "confirmed", confirmed_by_id=account_id)


def edit_line(uow: UnitOfWork, key: str, typed: Fields, *, version: int) -> None:
    """Replace a line's content here; it has to be confirmed anew.

    The same content again changes nothing. Raises NotAllowed, NotFound, Invalid, TooLong, Conflict(changed_meanwhile).
    """
    uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, key, version)
    if not isinstance(now.subject, Line):
        raise NotFound("line_unknown")
    fields = checked_line(now.subject.country, typed)
    if fields != now.subject.fields:
        _keep(uow, now, "edited", becomes=line_from(key, fields))


def edit_emergency(uow: UnitOfWork, country: str, typed: Fields, *, version: int) -> None:
    """Replace a country's emergency numbers here. In production the shipped ones stay until somebody confirms these.

    Raises NotAllowed, NotFound, Invalid, TooLong, Conflict(changed_meanwhile).
    """
    uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, emergency_key(country), version)
    fields = checked_emergency(country, typed)
    if not isinstance(now.subject, Country):
        raise NotFound("line_unknown")
    if fields != now.subject.fields:
        _keep(uow, now, "edited", becomes=country_from(fields))


def hide(uow: UnitOfWork, key: str, *, version: int) -> None:
    """Show a line nowhere, until it is shown again. A confirmation of it is kept.

    Raises NotAllowed, NotFound (emergency numbers cannot be hidden), Conflict(changed_meanwhile).
    """
    uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, key, version)
    if isinstance(now.subject, Country):
        raise NotFound("line_unknown")
    if not now.is_hidden:
        _keep(uow, now, "hidden", hidden=True)


def show(uow: UnitOfWork, key: str, *, version: int) -> None:
    """Take hiding back.

    Raises NotAllowed, NotFound, Conflict(changed_meanwhile).
    """
    uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, key, version)
    if now.is_hidden:
        _keep(uow, now, "shown", hidden=False)


def as_shipped(uow: UnitOfWork, key: str, *, version: int) -> None:
    """Give up what was edited here: the line is again as PeerSpace ships it, and unconfirmed.

    Raises NotAllowed, NotFound for an own line, Conflict(changed_meanwhile).
    """
    uow.actor.require(Role.ADMINISTRATOR)
    now = _load(uow, key, version)
    there = shipped_subjects().get(key)
    if there is None or isinstance(there, Directory):
        raise NotFound("line_unknown")
    if now.is_edited:
        _keep(uow, now, "as_shipped", becomes=there)


def add_line(uow: UnitOfWork, country: object, typed: Fields) -> str:
    """Add a line of this installation's own, unconfirmed, and return its key.

    For a country without emergency numbers `typed["emergency"]` has to bring them. Raises NotAllowed, Invalid, TooLong.
    """
    uow.actor.require(Role.ADMINISTRATOR)
    code = checked_country(country)
    line = line_from(f"own-{new_public_id()}", checked_line(code, typed))
    if help_line_states(uow).country(code) is None:
        numbers = country_from(checked_emergency(code, typed))
        _keep(uow, LineState(numbers, is_own=True), "added", becomes=numbers)
    _keep(uow, LineState(line, is_own=True), "added", becomes=line)
    return line.key


def _load(uow: UnitOfWork, key: str, version: int) -> AnyState:
    now = help_line_states(uow).find(key)
    if now.version != version:
        raise Conflict("changed_meanwhile")
    return now


def _keep(
    uow: UnitOfWork,
    now: AnyState,
    act: str,
    *,
    becomes: Line | Country | None = None,
    hidden: bool | None = None,
    confirmed_by_id: int | None = None,
) -> None:
    """Write the next version. `becomes` is the new content; a shipped line that becomes as shipped keeps none.

    Who hides or shows leaves a confirmation as it was; any other act takes it back or gives it.
    """
    before = next(iter(history(uow, now.key)), None)
    there = shipped_subjects().get(now.key)
    content = before.content if before else None
    if becomes is not None:
        content = None if becomes == there else becomes.fields
    row = HelpLineVersion(
        line_key=now.key,
        number=now.version + 1,
        act=act,
        content=content,
        hidden=now.is_hidden if hidden is None else hidden,
        seal=(becomes or now.subject).seal,
        shipped_seal=there.seal if there else "",
        confirmed_at=uow.now if confirmed_by_id else None,
        confirmed_by_id=confirmed_by_id,
        at=uow.now,
        by_id=uow.actor.account_id,
    )
    if before is not None and hidden is not None:
        row.seal, row.shipped_seal = before.seal, before.shipped_seal
        row.confirmed_at, row.confirmed_by_id = before.confirmed_at, before.confirmed_by_id
    try:
        with uow.session.begin_nested():
            uow.session.add(row)
    except IntegrityError as error:  # somebody else wrote this version meanwhile
        raise Conflict("changed_meanwhile") from error
    uow.audit(AUDITED[act], "help_line", now.key, version_id=row.id)
    add_entry(uow, "setting", "help_lines", number=row.id)
