"""The main navigation, worked out from the reader's roles: at most six entries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from peerspace.kernel.wording import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go to. `label` is to be translated; the entry is current on its own addresses and those below them."""

    label: str
    href: str
    icon: str
    belong: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """True where `path` is one of its addresses. Blocking somebody is part of no place of work."""
        return any(
            path == one
            or (path.startswith(f"{one}/") and not (one == "/members" and path.endswith("/block")))
            for one in self.belong
        )


WORKPLACES: tuple[tuple[str, Entry], ...] = (
    (
        "supervisor",
        Entry(
            N_("Desk"),
            "/desk",
            "clipboard-list",
            ("/desk", "/admissions", "/members", "/links", "/supervision", "/duty"),
        ),
    ),
    ("administrator", Entry(N_("Admin"), "/admin", "settings", ("/admin", "/links"))),
    ("panel", Entry(N_("Panel"), "/panel", "gavel", ("/panel",))),
    ("researcher", Entry(N_("Research"), "/research", "flask-conical", ("/research",))),
    ("peer_worker", Entry(N_("Duty"), "/duty", "lamp-desk", ("/duty", "/talk", "/supervision"))),
)
"""Where people with a role work. Navigation leads to the first of a person's, Today to the others."""
COMMUNITY = (
    Entry(N_("Today"), "/today", "sun", ("/today",)),
    Entry(N_("Spaces"), "/spaces", "message-square-text", ("/spaces", "/threads", "/posts")),
    Entry(N_("Rooms"), "/rooms", "armchair", ("/rooms", "/talk")),
)
INBOX = Entry(N_("Inbox"), "/inbox", "inbox", ("/inbox",))
OWN_DATA = Entry(N_("My data"), "/my/data", "hand-heart", ("/my",))


def workplaces(roles: Collection[str]) -> list[Entry]:
    """Where somebody with `roles` works, in their order."""
    return [entry for role, entry in WORKPLACES if role in roles]


def navigation(roles: Collection[str]) -> list[Entry]:
    """The entries for somebody with `roles`. Whoever only does research has no part in the community."""
    is_only_research = "researcher" in roles and len(roles) == 1
    return [*(() if is_only_research else COMMUNITY), INBOX, OWN_DATA, *workplaces(roles)[:1]]
