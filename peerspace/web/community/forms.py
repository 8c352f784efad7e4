"""What administrators type: roles, spaces, rooms, rules, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from peerspace.kernel.actor import Role
from peerspace.kernel.errors import BadRequest
from peerspace.moderation.settings import TARGETS
from peerspace.web.forms import Form, parsed


def role_from(typed: str) -> Role:
    """The role of that name. Raises BadRequest."""
    try:
        return Role(typed)
    except ValueError as error:
        raise BadRequest("choice_unknown") from error


def _ends(typed: str) -> bool:
    if typed not in ("end", "grant", ""):
        raise BadRequest("bad_request")
    return typed == "end"


@dataclass(frozen=True, slots=True)
class RoleForm(Form):
    """Grant a role to the person called `name`, or end it (`what`: True ends it)."""

    name: str = ""
    what: bool = field(default=False, metadata=parsed(_ends))
    role: Role = field(default=Role.MEMBER, metadata=parsed(role_from))
    training: str = "not_recorded"
    pay: str = "not_recorded"


@dataclass(frozen=True, slots=True)
class LinkForm(Form):
    """Ask for a one-time link for the person called `name`. `note`: how one knows that it is them."""

    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SpaceForm(Form):
    """A new space. `hold_first_posts`: when a new member's first posts wait for a human."""

    slug: str = ""
    name: str = ""
    description: str = ""
    hold_first_posts: str = ""


@dataclass(frozen=True, slots=True)
class RoomForm(Form):
    """A new room."""

    slug: str = ""
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class RulesForm(Form):
    """The next version of the rules, and the code of the language it is written in."""

    body: str = ""
    language: str = ""


def typed_setting(form: Mapping[str, str]) -> str:
    """What was typed for one setting, as lines; times by priority come in a field each."""
    if any(name in form for name in TARGETS):
        return "\n".join(f"{name}: {form.get(name, '')}" for name in TARGETS)
    return form.get("value", "")
