"""A PeerSpace to browse: a fresh installation with invented people and places, and the server in front of it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from bench.installation import Installation
from tests.browser.pages import PASSPHRASE, Sitemap, read_sitemap

__all__ = ["CAST", "PASSPHRASE", "PLACES", "demo", "exit_of", "peopled"]

CAST = {
    "Marigold": "member",
    "slow_river": "member",
    "northbound": "member",
    "tidepool": "member",
    "hawthorn": "member",
    "Wren": "peer_worker",
    "Ines": "supervisor",
    "Sorrel": "supervisor",
    "Lindqvist": "researcher",
    "Pim": "panel",
    "Quill": "panel",
    "Rue": "panel",
    "Oda": "administrator",
}
"""Who lives here before a test begins, by name."""

PLACES = (
    ("space", "add", "nights", "Nights", "--description", "For when sleep stays away."),
    ("room", "add", "late-kitchen", "The late kitchen", "--description", "For when the house is asleep."),
    ("room", "add", "porch", "The porch", "--description", "A quiet seat outside."),
    ("room", "add", "landing", "The landing", "--description", "Halfway up the stairs."),
)


class _Weather(BaseHTTPRequestHandler):
    """A neutral page on another port: where *Leave quickly* leads in these tests."""

    def do_GET(self) -> None:
        page = (
            b"<!doctype html><html lang=en><link rel=icon href=data:,><title>Weather</title><h1>Weather</h1>"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing: the log of a test is for what went wrong."""


@contextmanager
def _elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Weather) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/weather"
        server.shutdown()


def exit_of(house: Installation) -> str:
    """Where *Leave quickly* leads from `house`."""
    return house.environ["PEERSPACE_EXIT_URL"]


@contextmanager
def peopled(kept: Path | None = None) -> Iterator[Installation]:
    """An installation with CAST and PLACES, serving; `kept`: where its files are once they were made."""
    with _elsewhere() as address, Installation("sqlite", EXIT_URL=address) as house:
        _furnish(house, kept, "peopled", _people)
        house.start()
        yield house


@contextmanager
def demo(kept: Path | None = None) -> Iterator[tuple[Installation, Sitemap]]:
    """An installation filled by `peerspace demo`, serving, and every page of it; `kept` as for `peopled`."""
    with _elsewhere() as address, Installation("sqlite", EXIT_URL=address) as house:
        written = _furnish(house, kept, "demo", _demo)
        house.start()
        yield house, Sitemap.from_text(written, house.base)


def _people(house: Installation) -> str:
    house.command("db", "upgrade")
    house.commands(PLACES)
    house.add_people({"name": name, "role": role, "passphrase": PASSPHRASE} for name, role in CAST.items())
    return ""


def _demo(house: Installation) -> str:
    house.command("db", "upgrade")
    accounts = json.loads(house.command("demo", "--json"))
    house.start()
    written = read_sitemap(house, accounts).as_text()
    house.stop()
    return written


def _furnish(house: Installation, kept: Path | None, name: str, fill: Callable[[Installation], str]) -> str:
    """Fill `house`, or copy what an earlier call, in whichever test process, kept under this name; what `fill` told."""
    if kept is None:
        return fill(house)
    whole, told = kept / name, kept / f"{name}.txt"
    with (kept / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first fills, the others wait for it
        if not told.exists():
            written = fill(house)
            house.keep_files(whole)
            told.write_text(written, encoding="utf-8")
            return written
    house.take_files(whole)
    return told.read_text(encoding="utf-8")
