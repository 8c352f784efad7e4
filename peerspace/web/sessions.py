"""Who is looking: the secret in Flask's signed cookie, checked against its row on every request.

Flask-Login keeps the answer for the length of one request. Its own session protection stays off: it would keep a hash
of address and browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Request, g, session
from flask_login import LoginManager, UserMixin, current_user

from peerspace.accounts.models import Account
from peerspace.accounts.queries import ROLE_WORDS, SHOWN_ROLES
from peerspace.accounts.sessions import Asking, SignedIn
from peerspace.accounts.status import AccountStatus
from peerspace.kernel.actor import Actor, guest
from peerspace.kernel.wording import gettext
from peerspace.notifications.queries import unread_of
from peerspace.web.cookie import PatientSessions
from peerspace.web.running import running
from peerspace.web.visits import is_fetched_ahead

SESSION_KEY = "session"
"""The name under which the cookie holds the session's secret."""


_ASKING = Asking(unread=unread_of(Account.id))
"""One statement a request: session, account, roles and what is unread."""

HOMES = (
    ("member", "/today"),
    ("researcher", "/research"),
    ("panel", "/panel"),
    ("supervisor", "/desk"),
    ("administrator", "/admin"),
)
"""The first page by role; the first role held wins."""


@dataclass(frozen=True, slots=True, eq=False)
class Viewer(UserMixin):
    """The person who looks at a page: what templates and blueprints may know of them."""

    id: int
    public_id: str
    pseudonym: str
    token_symbol: str
    token_colour: str
    status: str
    roles: frozenset[str]
    inbox_unread: int
    actor: Actor
    session_id: int

    @property
    def itself(self) -> Viewer:
        """The viewer behind Flask-Login's stand-in for the length of a request."""
        return self

    @property
    def is_authenticated(self) -> bool:
        """True: a viewer has signed in. Flask-Login would take `is_active` for it, and so shut out who waits."""
        return True

    @property
    def is_active(self) -> bool:
        """True for an admitted person; the others (waiting, suspended, ...) see only where they stand."""
        return self.status == AccountStatus.ACTIVE

    @property
    def name(self) -> str:
        return self.pseudonym

    @property
    def symbol(self) -> str:
        return self.token_symbol

    @property
    def colour(self) -> str:
        return self.token_colour

    @property
    def role_label(self) -> str:
        return gettext(next((ROLE_WORDS[role] for role in SHOWN_ROLES if role in self.roles), ""))


def viewer() -> Viewer | None:
    """Who looks at this request's page, or None for a guest.

    Raises Unavailable when that cannot be read just now.
    """
    if g.get("without_viewer"):
        return None
    if "looked_up" in g:  # by a page that could not wait for it: see help_now
        found: Viewer | None = g.looked_up
        return found
    if not current_user.is_authenticated:
        return None
    who: Viewer = current_user.itself
    return who


def remember(secret: str) -> None:
    """Sign this browser in with `secret`. Everything else the cookie held is dropped, the CSRF token too."""
    session.clear()
    session[SESSION_KEY] = secret
    session.permanent = True


def forget() -> None:
    """Sign this browser out."""
    session.clear()


def register_sessions(app: Flask) -> None:
    """Let Flask-Login ask for the viewer of each request."""
    app.session_interface = PatientSessions()
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    # Not init_app: it would touch the session after every answer to see to a remember-me cookie that we do not use,
    # and so make static files vary by cookie.
    app.login_manager = manager  # type: ignore[attr-defined]


def home(reader: Viewer | None) -> str:
    """Where a person belongs after signing in."""
    if reader is None:
        return "/"
    if not reader.is_active:
        return "/waiting"
    for role, address in HOMES:
        if role in reader.roles:
            return address
    return "/my/settings"


def _load(_request: Request) -> Viewer | None:
    secret = session.get(SESSION_KEY)
    return look_up(secret, seen=not is_fetched_ahead()) if isinstance(secret, str) else None


def look_up(secret: str, *, seen: bool = True) -> Viewer | None:
    """Whom `secret` signs in now, or None. `seen`: notes that the session was seen, to be written later."""
    services = running()
    with services.database.read(guest()) as uow:
        found = _ASKING.by_secret(uow, secret)
        if found is None:
            return None
        person, figures = found
        if seen and person.needs_touch:
            services.touches.add((person.session_id, uow.now))
    return _viewer(person, figures.unread if person.is_active else 0)


def _viewer(person: SignedIn, unread: int) -> Viewer:
    return Viewer(
        id=person.account_id,
        public_id=person.public_id,
        pseudonym=person.pseudonym,
        token_symbol=person.token_symbol,
        token_colour=person.token_colour,
        status=person.status,
        roles=frozenset(role.value for role in person.roles) if person.is_active else frozenset(),
        inbox_unread=unread,
        actor=person.actor(),
        session_id=person.session_id,
    )
