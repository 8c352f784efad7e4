"""The people of a bench: their accounts, their signing in and their consent, through the pages members use."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gevent.pool import Pool

from bench.installation import Installation
from bench.visitor import Visitor

AT_ONCE = 12
STAFF = {
    "Bench keeper": "peer_worker",
    "Bench guide": "supervisor",
    "Bench second guide": "supervisor",
    "Bench researcher": "researcher",
    "Bench panel": "panel",
    "Bench administrator": "administrator",
}


@dataclass
class Crowd:
    """Everybody with an account, by pseudonym; `visitors` once they have signed in."""

    installation: Installation
    passphrases: dict[str, str] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def add(self, members: Iterable[str], staff: dict[str, str] | None = None) -> None:
        """Make the accounts: established members, and staff with their roles."""
        roles = dict.fromkeys(members, "member") | (STAFF if staff is None else staff)
        made = {name: secrets.token_urlsafe(18) for name in roles}
        self.passphrases |= made
        self.installation.add_people(
            {"name": name, "role": role, "passphrase": made[name]} for name, role in roles.items()
        )

    def sign_in(self, names: Iterable[str]) -> None:
        """Everybody signs in through the form, a dozen at a time."""

        def one(name: str) -> None:
            visitor = Visitor(self.installation.base)
            visitor.sign_in(name, self.passphrases[name])
            self.visitors[name] = visitor

        each(one, names)

    def consent(self, names: Iterable[str]) -> None:
        """Each ticks every scope on the consent page and sends it."""
        each(lambda name: give_consent(self.visitors[name]), names)


def each(work: Callable[[str], None], names: Iterable[str]) -> None:
    """Do `work` for each name, a dozen at a time; the first error is raised."""
    pool = Pool(AT_ONCE)
    for done in [pool.spawn(work, name) for name in names]:
        done.get()


def give_consent(visitor: Visitor) -> None:
    """Consent to every scope on the page."""
    visitor.get("/my/consent")
    form = next((form for form in visitor.forms if form.boxes), None)
    assert form is not None, f"{visitor.name} finds no scopes to tick at {visitor.url}"
    visitor.send(form, dict(form.boxes.items()))


def go_on_duty(visitor: Visitor, rooms: Iterable[str]) -> None:
    """The peer worker goes on duty in each room through the form of the duty page, and stays connected as it does."""
    for room in rooms:
        visitor.get("/duty")
        visitor.send(visitor.form(f"/rooms/{room}/duty"), {"what": "on"})
    visitor.get("/duty")
    visitor.stay_connected()
