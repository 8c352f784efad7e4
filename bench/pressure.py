"""Another member's page and message before, during and after what one address can do, on both databases, in one run.

Everything comes from one loopback address, the watchers from another. The limits are those of production. Target:
another person's page stays under 500 ms while it lasts, and no worker restarts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import text

from bench import attacks
from bench.attacks import Target
from bench.crowd import Crowd, go_on_duty
from bench.installation import Installation, processes
from bench.results import machine, table, write_result
from bench.visitor import Visitor
from bench.watching import Member, Watchers, told

LIMIT_MS = 500.0
REST_S = 2.0
WATCHERS = 6
ROOM, OTHER_ROOM = "kitchen", "elsewhere"
HEADINGS = "# a\n" * 5000
DISGUISED = "overdos" + "_" * 3900
PHRASE = [{"text": "overdos* now"}]

Attack = Callable[[Target, float], int]
"""Goes on until a moment; returns how many connections or requests it took."""


def attacks_of(only: str) -> dict[str, Attack]:
    """Every attack by name; `only`: those whose name holds this."""
    found: dict[str, Attack] = {}
    for kind in attacks.BURSTS:
        who = "guest" if kind.guest else "member"
        found[f"burst of {kind.name}, {who}"] = partial(_burst, kind.name)
    preview = urlencode({"body": HEADINGS}).encode()
    thread = urlencode({"title": "Words", "body": DISGUISED * 5, "preview": "1"}).encode()
    found |= {
        "polling bodies, guest": attacks.polling,
        "slow bodies, guest": attacks.slow,
        "slow heads, guest": partial(_slow_heads),
        "slow readers, member": attacks.deaf,
        "pages, guest": lambda target, until: attacks.flood(target, until, path="/", member=False),
        "pages, member": lambda target, until: attacks.flood(target, until, path=target.page, member=True),
        "previews, guest": _posted("/write/preview", preview, member=False),
        "previews, member": _posted("/write/preview", preview, member=True),
        "screening of threads, member": _posted("/spaces/bench/new", thread, member=True),
        "screening of messages, member": _screened_messages,
    }
    return {name: attack for name, attack in found.items() if only in name}


def _burst(name: str, target: Target, until: float) -> int:
    return attacks.burst(target, name, until)


def _slow_heads(target: Target, until: float) -> int:
    return attacks.slow(target, until, body=False)


def _posted(path: str, form: bytes, *, member: bool) -> Attack:
    return lambda target, until: attacks.flood(target, until, path=path, member=member, form=form)


def _screened_messages(target: Target, until: float) -> int:
    """Messages of one watched word and 3,900 underscores, as fast as one may send."""
    sent = 0
    while time.monotonic() < until:
        raw = target.member()
        for number in range(8):
            asked = {
                "room": target.room,
                "client_id": f"00000000-0000-4000-8000-{sent:012d}",
                "body": DISGUISED,
            }
            if raw.pour(attacks.frame(f"42{number}" + json.dumps(["message:send", asked]))):
                sent += 1
        raw.read_until(b"437[")
        raw.close()
        time.sleep(0.2)
    return sent


@dataclass
class Line:
    """What one attack did to the others."""

    database: str
    name: str
    before: tuple[list[float], list[float]]
    during: tuple[list[float], list[float]]
    after: tuple[list[float], list[float]]
    used: int
    restarts: int
    failed: int

    @property
    def holds(self) -> bool:
        return not self.restarts and not self.failed and max(self.during[0], default=0.0) < LIMIT_MS

    def cells(self) -> list[str]:
        shown = [told(values) for phase in (self.before, self.during, self.after) for values in phase]
        return [self.name, *shown, f"{self.used:,}", str(self.restarts), "yes" if self.holds else "no"]


def people(installation: Installation) -> tuple[list[Member], Target]:
    """Members with a session each, a room on duty, a thread; then the server once more, with its limits on."""
    names = [f"p{number:02}" for number in range(WATCHERS + 1)]
    crowd = Crowd(installation)
    rooms = [["room", "add", room, room] for room in (ROOM, OTHER_ROOM)]
    installation.commands([["db", "upgrade"], ["space", "add", "bench", "Bench"], *rooms])
    crowd.add(names, {"Bench keeper": "peer_worker"})
    installation.environ["PEERSPACE_RATE_LIMITS"] = "off"
    installation.start()
    crowd.sign_in(crowd.passphrases)
    go_on_duty(crowd.visitors["Bench keeper"], [ROOM, OTHER_ROOM])
    page = _thread(crowd.visitors[names[0]], installation.base)
    with installation.engine.begin() as connection:
        values = {"value": json.dumps(PHRASE), "at": "2026-01-01 00:00:00+00:00"}
        connection.execute(
            text("INSERT INTO setting_value (key, value, set_at) VALUES ('watch_phrases', :value, :at)"),
            values,
        )
    for visitor in crowd.visitors.values():
        visitor.get("/my/data")  # any page has the token
    installation.stop()
    installation.environ["PEERSPACE_RATE_LIMITS"] = "on"
    installation.start()
    watching = [*names[1:-1], "Bench keeper"]
    members = [_member(crowd.visitors[name]) for name in watching]
    attacker = _member(crowd.visitors[names[-1]])
    return members, Target(installation.port, attacker.cookie, attacker.csrf, OTHER_ROOM, page)


def _member(visitor: Visitor) -> Member:
    return Member(visitor.cookie_header(), visitor.csrf)


def _thread(visitor: Visitor, base: str) -> str:
    visitor.get("/spaces/bench/new")
    visitor.send(visitor.form_with("title", "body"), {"title": "An evening", "body": "It was quiet. " * 20})
    return visitor.url.split("#")[0].removeprefix(base)


def measure(
    installation: Installation, members: list[Member], target: Target, name: str, seconds: float
) -> Line:
    """Watch, attack, watch on."""
    attack = attacks_of(name)[name]
    workers = set(processes(installation.pid))
    used: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    with Watchers(target.port, members, target.page, ROOM) as watchers:
        watchers.there.wait(30)
        time.sleep(REST_S)
        began = time.monotonic()
        attacking = multiprocessing.Process(
            target=lambda: used.put(attack(target, began + seconds)), daemon=True
        )
        attacking.start()
        attacking.join(seconds + 120)
        ended = time.monotonic()
        time.sleep(REST_S)
    seen = watchers.seen
    for failure in sorted(set(seen.failed)):
        print(f"    {seen.failed.count(failure)} x {failure}")
    return Line(
        installation.kind,
        name,
        seen.within(began - REST_S, began),
        seen.within(began, began + seconds),
        seen.within(ended, ended + REST_S),
        0 if used.empty() else used.get(),
        len(workers - set(processes(installation.pid))),  # one that was ended; a text's child may have come
        len(seen.failed),
    )


def main() -> int:
    """Every attack on every database; tells and writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each attack goes on")
    parser.add_argument("--only", default="", help="only attacks whose name holds this")
    asked = parser.parse_args()
    multiprocessing.set_start_method(
        "fork"
    )  # before any thread is started; the attack shares no lock with us
    kinds = ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)
    lines: list[Line] = []
    print(f"Each attack for {asked.seconds:.0f} s; {machine()}")
    for kind in kinds:
        with Installation(kind) as installation:
            members, target = people(installation)
            for name in attacks_of(asked.only):
                lines.append(measure(installation, members, target, name, asked.seconds))
                print(f"  {kind}: {' | '.join(lines[-1].cells())}", flush=True)
    return _tell(asked, kinds, lines)


def _tell(asked: argparse.Namespace, kinds: tuple[str, ...], lines: list[Line]) -> int:
    header = (
        "attack from one address",
        "page before",
        "message before",
        "page during",
        "message during",
        "page after",
        "message after",
        "connections or requests",
        "worker restarts",
        "holds",
    )
    aim = (
        "Milliseconds of another member's page and message, 95th percentile / longest, with each attack going on for "
        f"{asked.seconds:.0f} s. Server, attack and watchers share the same cores. Target: no page of another person "
        f"takes {LIMIT_MS:.0f} ms or more during an attack, nothing of theirs fails, and no worker restarts."
    )
    shown = ["# What others notice while one address does its worst", "", aim]
    for kind in kinds:
        mine = [line for line in lines if line.database == kind]
        held = sum(line.holds for line in mine)
        shown += ["", f"## {kind}", "", *table(header, (line.cells() for line in mine))]
        shown += ["", f"{held} of {len(mine)} hold."]
    print("\n" + "\n".join(shown))
    if not asked.only and asked.database == "both":
        write_result("pressure", shown)
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
