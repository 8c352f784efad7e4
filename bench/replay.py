"""Plays recorded conversations through a real server and checks what came of them; exit status 1 if anything differs.

    make replay                                     all of it on SQLite
    make replay ARGS="--database postgresql --kill" with kill -9 in the middle of the forum, of the chat, and of acts of
                                                    every other kind (bench/acts.py)

Members sign in and consent through the pages, posts go through the forms, messages through live sockets, and the
researcher's way to a dataset is walked to its end.
"""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402 (patched first: everything below may wait for the network)
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from datetime import UTC, date, datetime  # noqa: E402
from pathlib import Path  # noqa: E402

from bench import corpus as recorded  # noqa: E402
from bench import research  # noqa: E402
from bench.acts import MEMBERS, Acts, check_acts  # noqa: E402
from bench.checks import Report, check_captured, check_delivered, check_stored  # noqa: E402
from bench.crowd import Crowd, go_on_duty  # noqa: E402
from bench.installation import Installation  # noqa: E402
from bench.play import Player  # noqa: E402
from bench.results import machine, table, write_result  # noqa: E402

_PARTS = ("forum", "chat", "acts")
_KILLS = {
    "": frozenset[str](),
    "all": frozenset(_PARTS),
    **{one: frozenset({one}) for one in _PARTS},
}


class Phases:
    """How long each part took."""

    def __init__(self) -> None:
        self.took: list[tuple[str, float]] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a part and say when it is done."""
        began = time.monotonic()
        yield
        self.took.append((name, time.monotonic() - began))
        print(f"{time.monotonic() - began:8.1f} s  {name}", flush=True)


def replay(
    asked: argparse.Namespace, corpus: recorded.Corpus, installation: Installation
) -> tuple[Report, Phases]:
    """The whole of it on one installation."""
    phases, report = Phases(), Report()
    crowd = Crowd(installation)
    player = Player(corpus, installation, crowd, kills=_KILLS[asked.kill], speed=asked.speed)
    first_day = datetime.now(UTC).date()
    takers = [person for person in corpus.people if recorded.consents(person)]
    with phases.phase("database, spaces, rooms and accounts"):
        places = [["db", "upgrade"]]
        places += [["space", "add", space, space.replace("-", " ").capitalize()] for space in corpus.spaces]
        places += [["room", "add", room, room.replace("-", " ").capitalize()] for room in corpus.rooms]
        installation.commands(places)
        crowd.add(corpus.people)
    with phases.phase("server alive"):
        installation.start()
    with phases.phase(f"{len(crowd.passphrases)} people sign in"):
        crowd.sign_in(crowd.passphrases)
    with phases.phase(f"{len(takers)} of them consent"):
        crowd.consent(takers)
    with phases.phase("a peer worker goes on duty"):
        go_on_duty(crowd.visitors["Bench keeper"], corpus.rooms)
    with phases.phase(f"forum: {len(corpus.posts)} posts"):
        player.forum()
    with phases.phase("sockets join the rooms"):
        player.connect(asked.sockets)
    with phases.phase(f"chat: {len(corpus.messages)} messages over {len(player.played.sockets)} sockets"):
        player.chat()
        player.settle()
    player.disconnect()
    package = installation.folder / "downloaded"
    if asked.research:
        with phases.phase("study, panel, release, download"):
            _release(crowd, installation, first_day, package)
    with phases.phase("checks"):
        check_stored(report, corpus, installation, player.played)
        check_delivered(report, corpus, player.played, asked.sockets)
        check_captured(report, corpus, installation)
        if asked.research:
            research.check_tables(report, corpus, package)
            research.check_package(report, package)
            research.check_traces(report, corpus, package, installation)
    if "acts" in player.kills:
        crowd.add(MEMBERS, {})
        crowd.sign_in(MEMBERS)
        with phases.phase(f"choices, words, reports and decisions, killed up to {asked.crashes} times"):
            done = Acts(player, asked.rounds, asked.crashes).play()
        with phases.phase("checks of those"):
            check_acts(report, corpus, installation, done)
    for kill in player.played.kills:
        report.note(f"kill -9 at {kill}")
    return report, phases


def _release(crowd: Crowd, installation: Installation, first_day: date, package: Path) -> None:
    researcher, panel = crowd.visitors["Bench researcher"], crowd.visitors["Bench panel"]
    slug = research.register_study(researcher, first_day)
    research.approve(panel, slug)
    address = research.ask(researcher, slug, first_day)
    built = research.wait_until_ready(researcher, address, installation)
    files = research.download(researcher, address, package)
    print(f"            release ready after {built:.1f} s, {files} files", flush=True)


def main() -> int:
    """Parse, play, check, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--posts", type=int, default=recorded.POSTS, help="how many posts of the forum")
    parser.add_argument(
        "--messages", type=int, default=recorded.MESSAGES, help="how many messages of the chats"
    )
    parser.add_argument(
        "--kill",
        nargs="?",
        choices=("all", *_PARTS),
        const="all",
        default="",
        help="kill -9 the server in the middle of one part or of each",
    )
    parser.add_argument("--rounds", type=int, default=9, help="how often each chooser says yes and no")
    parser.add_argument(
        "--crashes", type=int, default=6, help="how often the server is killed while people choose and decide"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="divides the pauses in the rooms")
    parser.add_argument("--sockets", type=int, default=40, help="at least so many at once in every room")
    parser.add_argument("--data", type=Path, help="folder of the recorded conversations")
    parser.add_argument("--keep", action="store_true", help="keep the installation's folder to look into")
    parser.add_argument(
        "--no-research", dest="research", action="store_false", help="stop before the release"
    )
    parser.add_argument("--write", action="store_true", help="write the outcome to docs/results/")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server and the database go even then
    os.umask(0o077)  # what is downloaded is nobody else's to read, and PeerSpace's own verifier looks at that
    folder = recorded.find_data(asked.data)
    if folder is None:
        print("The recorded conversations are not here. Give --data or set PEERSPACE_DATA.", file=sys.stderr)
        return 2
    corpus = recorded.load(folder, posts=asked.posts, messages=asked.messages)
    print(
        f"{len(corpus.posts)} posts and {len(corpus.messages)} messages of {len(corpus.people)} people in "
        f"{len(corpus.spaces)} spaces and {len(corpus.rooms)} rooms on {asked.database}; {machine()}"
    )
    with Installation(asked.database, keep=asked.keep) as installation:
        try:
            report, phases = replay(asked, corpus, installation)
        except BaseException:
            print(f"the end of the server's log:\n{installation.log_tail()}", file=sys.stderr)
            raise
    report.print()
    if asked.write:
        write_result(f"replay-{asked.database}{'-kill' if asked.kill else ''}", _told(asked, report, phases))
    print("\nEverything is as it should be." if report.right else "\nSomething differs.")
    return 0 if report.right else 1


def _told(asked: argparse.Namespace, report: Report, phases: Phases) -> list[str]:
    parts = " and of the ".join(sorted(_KILLS[asked.kill]))
    kill = f"with a kill -9 in the middle of the {parts}" if parts else "without a crash"
    checks = [
        (what, wanted, found if right else f"{found} (differs)")
        for right, what, wanted, found in report.lines
    ]
    times = [(name, f"{took:.1f}") for name, took in phases.took]
    return [
        f"# Replay on {asked.database}, {kill}",
        "",
        *table(("check", "wanted", "found"), checks),
        "",
        *table(("part", "seconds"), times),
        "",
        *(f"- {detail}" for detail in report.details),
    ]


if __name__ == "__main__":
    sys.exit(main())
