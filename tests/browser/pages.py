"""Which pages there are: found by following every link as each role, so that a new page is looked at without a list."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from urllib.parse import urldefrag, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from bench.installation import Installation
from bench.visitor import Visitor
from peerspace.app import create_app
from peerspace.config import Config

PASSPHRASE = "a lamp beside the sink"
ROLES = ("guest", "member", "peer_worker", "supervisor", "researcher", "panel", "administrator", "waiting")
A_KIND = 4
"""Pages of one kind that a role opens while looking for links: a thread of theirs, one of somebody else, ..."""

STARTS = ("/", "/today", "/desk", "/admissions", "/duty", "/research", "/panel", "/admin", "/waiting",
          "/my/settings", "/my/data", "/my/reports", "/my/contact", "/links", "/inbox", "/recover", "/offline",
          "/no-such-page")  # fmt: skip

NOT_PAGES = frozenset({"static", "appearance.words", "health.healthz", "health.readyz", "health.metrics",
                       "research.figure", "offline.worker", "offline.icon", "offline.manifest",
                       "leaving.leave", "leaving.paused", "accounts.waiting_news"})  # fmt: skip
"""Addresses that answer programs or a page's pictures, and the way out with what it leaves behind."""

SAME_AGAIN = "/admin/parts?"
"""The page of parts in a theme that its address names, whatever the device wants: it would hide what is looked for."""

UNSEEN = "unknown address"


@dataclass(frozen=True)
class Found:
    """One page to look at: the kind of page (its endpoint), who looks, and where it is."""

    kind: str
    role: str
    path: str
    size: int = 0

    def __str__(self) -> str:
        return f"{self.path} as {self.role}"


@dataclass(frozen=True)
class Sitemap:
    """Every kind of page once, at its fullest; the cookies of each role; kinds that no link leads to."""

    pages: tuple[Found, ...]
    cookies: dict[str, list[dict[str, str]]]
    unreached: frozenset[str]

    def as_text(self) -> str:
        """The sitemap as JSON, to be read by another test process."""
        return json.dumps({**asdict(self), "unreached": sorted(self.unreached)})

    @classmethod
    def from_text(cls, text: str, base: str) -> Sitemap:
        """What `as_text` wrote, for a copy of the installation that answers at `base`."""
        told = json.loads(text)
        cookies = {
            role: [{**cookie, "url": base} for cookie in each] for role, each in told["cookies"].items()
        }
        return cls(tuple(Found(**page) for page in told["pages"]), cookies, frozenset(told["unreached"]))


def read_sitemap(house: Installation, accounts: Iterable[dict[str, str]]) -> Sitemap:
    """Follow the links of `house` as a guest, as the first of `accounts` in each role, and as somebody at the door."""
    app = create_app(Config.from_env(house.environ))
    routes = app.url_map.bind("127.0.0.1")
    found: list[Found] = []
    cookies = {}
    for role in ROLES:
        visitor = _visitor(house, role, list(accounts))
        found += _walk(visitor, role, routes)
        cookies[role] = [
            {"name": c.name, "value": c.value or "", "url": house.base} for c in visitor.http.cookies
        ]
    fullest: dict[str, Found] = {}
    for page in found:
        if page.kind not in fullest or page.size > fullest[page.kind].size:
            fullest[page.kind] = page
    gets = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return Sitemap(tuple(fullest.values()), cookies, frozenset(gets - NOT_PAGES - set(fullest)))


def _visitor(house: Installation, role: str, accounts: list[dict[str, str]]) -> Visitor:
    visitor = Visitor(house.base)
    if role == "waiting":
        visitor.get("/join")
        form = visitor.form("/join")
        ticks: dict[str, str | list[str]] = dict.fromkeys(form.boxes, "yes")
        words = "I would like to talk with people who know."
        name = f"doorstep{secrets.randbelow(10**6)}"
        visitor.send(form, {**ticks, "pseudonym": name, "passphrase": PASSPHRASE, "own_words": words})
    elif role != "guest":
        account = next(one for one in accounts if one["role"] == role)
        visitor.sign_in(account["name"], account["passphrase"])
    return visitor


def _walk(visitor: Visitor, role: str, routes: MapAdapter) -> list[Found]:
    seen: set[str] = set()
    opened: Counter[str] = Counter()
    found = []
    waiting = list(STARTS)
    while waiting:
        path = waiting.pop(0)
        kind = _kind(routes, path)
        if path in seen or path.startswith(SAME_AGAIN) or kind in NOT_PAGES or opened[kind] >= A_KIND:
            continue
        seen.add(path)
        opened[kind] += 1
        answer = visitor.http.get(visitor.base + path, timeout=60)
        if "html" not in answer.headers.get("Content-Type", ""):
            found.append(Found(kind, role, ""))  # a download: there is no page to look at
            continue
        visitor.answer, visitor._read = answer, None
        landed = answer.url.removeprefix(visitor.base)
        if _kind(routes, landed) != kind:
            found.append(Found(kind, role, ""))  # it only leads on: a post to its place in the thread
        if answer.status_code == 200 or kind == UNSEEN:
            found.append(Found(_shape(_kind(routes, landed), answer.text), role, landed, len(answer.text)))
        waiting += [link for link in map(_local, visitor.links()) if link and link not in seen]
    return found


def _shape(kind: str, page: str) -> str:
    """The kind of a page, and whether it shows who answers whom: a flat thread says nothing of that."""
    return f"{kind} with answers" if kind == "forum.thread" and "has-line" in page else kind


def _kind(routes: MapAdapter, path: str) -> str:
    try:
        return str(routes.match(urlsplit(path).path, "GET")[0])
    except HTTPException:
        return UNSEEN


def _local(link: str) -> str:
    path = urldefrag(link)[0]
    return path if path.startswith("/") and not path.startswith("//") else ""
