"""What a page moves on a first visit, and how far it shifts by itself: thread, welcome, room and desk, in Chromium.

Bytes as they cross the wire (answer headers and all) and unpacked, by kind, beside two forums on alike pages.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.crowd import Crowd
from bench.installation import Installation
from bench.page_community import POSTS, WORDS, thread_of_posts
from bench.results import table, write_result
from bench.visitor import Visitor
from peerspace.forum.drafted import POST_LIMIT
from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.measure import PAGE_LIMIT, SCRIPT_LIMIT, SHIFT_LIMIT, measure

KINDS = {"Document": "HTML", "Stylesheet": "CSS", "Script": "script", "Font": "fonts"}
PEERS = (
    ("FlaskBB, thread", "760,000", "102,000", "308,000", "352,000"),
    ("NodeBB, thread", "1,200,000", "230,000", "452,000", "431,000"),
)
"""Measured on the same content, uncompressed as both send them: all, HTML, style, script."""


@dataclass
class Weight:
    """One page: bytes by kind as sent and unpacked, the number of requests, the layout shift."""

    sent: Counter[str] = field(default_factory=Counter)
    unpacked: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    shift: float = 0.0


def weigh(browser: Browser, installation: Installation, path: str, visitor: Visitor | None) -> Weight:
    """Open `path` in a browser that has seen nothing before."""
    context: BrowserContext = browser.new_context(
        base_url=installation.base, viewport={"width": 1280, "height": 860}, service_workers="block"
    )
    if visitor is not None:
        jar = visitor.http.cookies
        context.add_cookies(
            [{"name": each.name, "value": each.value or "", "url": installation.base} for each in jar]
        )
    page = context.new_page()
    session = context.new_cdp_session(page)
    found = Weight()
    kinds: dict[str, str] = {}

    def answered(said: dict[str, object]) -> None:
        kinds[str(said["requestId"])] = KINDS.get(str(said["type"]), "other")

    def unpacked(said: dict[str, object]) -> None:
        found.unpacked[kinds.get(str(said["requestId"]), "other")] += int(str(said["dataLength"]))

    def finished(said: dict[str, object]) -> None:
        found.requests += 1
        found.sent[kinds.get(str(said["requestId"]), "other")] += int(float(str(said["encodedDataLength"])))

    session.on("Network.responseReceived", answered)
    session.on("Network.dataReceived", unpacked)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    found.shift = float(measure(page)["shift"])
    context.close()
    return found


def main() -> int:
    """Weigh the pages, tell; exit status 1 when one is over what was promised."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    chromium = chromium_path()
    if chromium is None:
        sys.exit("Chromium is absent on this machine.")
    with Installation("sqlite") as installation, sync_playwright() as playwright:
        member, thread = thread_of_posts(installation)
        installation.command("room", "add", "kitchen", "The kitchen")
        crowd = Crowd(installation)
        crowd.add([], {"s0001": "supervisor"})
        crowd.sign_in(["s0001"])
        pages = {
            f"thread of {POSTS} posts": (thread, member),
            "welcome": ("/", None),
            "room": ("/rooms/kitchen", member),
            "desk": ("/desk", crowd.visitors["s0001"]),
        }
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = {name: weigh(browser, installation, *where) for name, where in pages.items()}
        browser.close()
    lines = _lines(found)
    print("\n" + "\n".join(lines))
    write_result("page-weight", lines)
    over = [
        name
        for name, one in found.items()
        if one.sent.total() > PAGE_LIMIT or one.sent["script"] > SCRIPT_LIMIT or one.shift > SHIFT_LIMIT
    ]
    if over:
        print(f"Over what was promised: {', '.join(over)}")
    return 1 if over else 0


def _lines(found: dict[str, Weight]) -> list[str]:
    kinds = (*KINDS.values(), "other")
    sent = [
        (
            name,
            f"{one.sent.total():,}",
            *(f"{one.sent[kind]:,}" for kind in kinds),
            str(one.requests),
            f"{one.shift:.3f}",
        )
        for name, one in found.items()
    ]
    plain = [
        (
            name,
            f"{one.unpacked.total():,}",
            *(f"{one.unpacked[kind]:,}" for kind in ("HTML", "CSS", "script")),
        )
        for name, one in found.items()
    ]
    (thread, *_) = found.values()
    left = (PAGE_LIMIT - thread.sent.total()) // POSTS
    return [
        "# What a page weighs",
        "",
        "Bytes on a first visit, with nothing in the cache.",
        f"At most {PAGE_LIMIT:,} a page, {SCRIPT_LIMIT:,} of script, a shift of {SHIFT_LIMIT}.",
        "",
        *table(("as sent", "all", *kinds, "requests", "shift"), sent),
        "",
        (
            f"A post here has {len(WORDS.strip())} characters. HTML is not compressed, because it holds secrets "
            "beside what others chose"
        ),
        (
            f"(peerspace/web/assets.py), so longer words weigh what they are: {POSTS} posts of more than about "
            f"{left + len(WORDS)} characters"
        ),
        f"each are over the limit, and {POSTS} of the longest ({POST_LIMIT:,}) by far.",
        "",
        "Unpacked, beside two forums on the same content, which both send theirs uncompressed:",
        "",
        *table(("unpacked", "all", "HTML", "CSS", "script"), [*plain, *PEERS]),
    ]


if __name__ == "__main__":
    sys.exit(main())
