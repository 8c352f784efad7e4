"""A PeerSpace to browse: a fresh installation with invented people and places, and the server in front of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from bench.installation import Installation

PASSPHRASE = "a lamp beside the sink"

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
def peopled() -> Iterator[Installation]:
    """An installation with CAST and PLACES, serving."""
    with _elsewhere() as address, Installation("sqlite", EXIT_URL=address) as house:
        house.command("db", "upgrade")
        house.commands(PLACES)
        people = [{"name": name, "role": role, "passphrase": PASSPHRASE} for name, role in CAST.items()]
        house.add_people(people)
        house.start()
        yield house


@contextmanager
def demo() -> Iterator[tuple[Installation, dict[str, dict[str, str]]]]:
    """An installation filled by `peerspace demo`, serving; and its accounts by name."""
    with _elsewhere() as address, Installation("sqlite", EXIT_URL=address) as house:
        house.command("db", "upgrade")
        accounts = json.loads(house.command("demo", "--json"))
        house.start()
        yield house, {account["name"]: account for account in accounts}
