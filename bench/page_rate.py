"""Pages a second, signed in, beside a bare Flask page of the same bytes served alike in the same run.

200 members and 500 threads of 20,000 posts, written and read by Zipf's law; one client and eight, cold and warm. The
server has one core; whoever asks, and PostgreSQL, have the other. The reference does nothing: no session, no database,
no template. A reply is a form sent and answered by 303; its reference reads a form and answers as much.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from sqlalchemy import event

from bench.chat_rate import wait_alive
from bench.installation import ROOT, Installation, cpu_seconds, free_port, pin
from bench.page_asker import Asker, parts_of, request_of
from bench.page_community import WORDS, Size, application, settle
from bench.page_load import Found, Plan
from bench.results import machine, middle, quantile, table, write_result
from peerspace.web.running import running

CLIENTS = (1, 8)
GOALS = {"today": (0.10, 0.08), "space": (0.10, 0.08), "thread": (0.08, 0.06), "reply": (0.06, 0.05)}
"""The least share of the bare page with one and with eight clients, on SQLite; on PostgreSQL three quarters of it."""
COLD = 100
"""So many first requests of a server that has just started are cold."""
PREPARED = 2_000


@dataclass
class Run:
    """One run: requests a second, 95th percentile and server CPU in milliseconds a request, bytes of the largest."""

    rate: float
    p95: float
    cpu: float
    size: int


@dataclass
class Measured:
    """The runs of one page by (what, clients), `what` being `bare`, `plain`, `cold` or `warm`, and its statements."""

    runs: dict[tuple[str, int], list[Run]] = field(default_factory=dict)
    statements: int = 0

    def add(self, what: str, clients: int, run: Run) -> None:
        self.runs.setdefault((what, clients), []).append(run)

    def share(self, clients: int, of: str = "warm") -> list[float]:
        """Each run's rate as a share of the bare page's just before it."""
        pairs = zip(self.runs[of, clients], self.runs["bare", clients], strict=False)
        return [run.rate / bare.rate for run, bare in pairs]


def pin_database(installation: Installation, core: int) -> bool:
    """Keep PostgreSQL's processes for this database off the server's core; False where that is not allowed."""
    if installation.kind != "postgresql":
        return True
    rows = installation.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    try:
        for row in rows:
            os.sched_setaffinity(row.pid, {core})
    except (PermissionError, ProcessLookupError):
        return False
    return True


def measure(group: int, plan: Plan) -> Run:
    """Ask as the plan says, from a process on the other core."""
    cores = sorted(os.sched_getaffinity(0))
    before = cpu_seconds(group)
    asker = subprocess.run(
        [sys.executable, "-m", "bench.page_load"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=json.dumps(asdict(plan)),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {cores[-1]}),
    )
    found = Found(**json.loads(asker.stdout))
    cpu = 1000 * (cpu_seconds(group) - before) / len(found.times)
    assert not found.failed, f"{len(found.failed)} of {len(found.times)} requests failed: {found.failed[0]}"
    return Run(len(found.times) / found.took, quantile(found.times, 0.95), cpu, found.size)


@contextmanager
def bare_server(folder: Path, *options: str) -> Any:
    """The reference with the pages in `folder`; (port, process)."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.echo_server", str(port), str(folder), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        wait_alive(port, server)
        pin(server.pid, 0)
        yield port, server.pid
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def bare_pages(installation: Installation, asker: Asker, folder: Path) -> None:
    """One page of each kind for the reference: the one of middle size among some that were asked for."""
    folder.mkdir()
    for name in GOALS:
        ask: Callable[[], str] = getattr(asker, name)
        answers = []
        for _ in range(15):
            method, path, headers, body = parts_of(ask())
            answer = requests.request(
                method,
                installation.base + path,
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=60,
            )
            answers.append(answer.text)
        answers.sort(key=len)
        (folder / name).write_text(answers[len(answers) // 2], encoding="utf-8")


def statements_of(installation: Installation, asker: Asker) -> dict[str, int]:
    """How many statements PeerSpace sends for each page, counted in this process on the same database."""
    app = application(installation)
    client = app.test_client(use_cookies=False)
    counts = {}
    sent: list[str] = []
    event.listen(running(app).database.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    for name in GOALS:
        method, path, headers, body = parts_of(getattr(asker, name)())
        for _ in range(2 if method == "GET" else 1):
            sent.clear()
            answer = client.open(path, method=method, headers=headers, data=body, base_url=installation.base)
            assert answer.status_code in (200, 303), answer.status
        counts[name] = sum(
            not one.lstrip().upper().startswith(("BEGIN", "SAVEPOINT", "RELEASE")) for one in sent
        )
    running(app).database.close()
    return counts


def main() -> int:
    """Make the community, ask both in turns, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--posts", type=int, default=Size.posts, help="of the whole community")
    parser.add_argument("--only", choices=tuple(GOALS), action="append", help="measure these pages")
    parser.add_argument("--write", action="store_true", help="keep the figures under docs/results")
    asked = parser.parse_args()
    size = Size(posts=asked.posts, threads=min(Size.threads, asked.posts // 4))
    print(f"{size.members} members, {size.threads} threads, {size.posts:,} posts; {machine()}")
    found = {name: Measured() for name in asked.only or GOALS}
    with Installation(asked.database) as installation:
        community = settle(installation, size)
        asker = Asker(community, installation.base, seed=2)
        installation.start()
        pages = installation.folder / "pages"
        bare_pages(installation, asker, pages)
        counts = statements_of(installation, asker)
        is_apart = pin_database(installation, 1)
        for name, measured in found.items():
            measured.statements = counts[name]
            for number in range(asked.runs):
                _measure_one(installation, asker, pages, name, measured, asked.seconds, plain=not number)
                print(f"{name}, run {number + 1} of {asked.runs}", file=sys.stderr)
        shutil.rmtree(pages)
    lines = _told(asked, size, found, is_apart)
    print("\n" + "\n".join(lines))
    if asked.write:
        write_result(f"page-rate-{asked.database}", lines)
    return 0


def _measure_one(
    installation: Installation,
    asker: Asker,
    pages: Path,
    name: str,
    measured: Measured,
    seconds: float,
    *,
    plain: bool,
) -> None:
    """One run of one page: the bare page, then a server that has just started, then the same server warm."""
    expect = 303 if name == "reply" else 200
    fields = urlencode({"csrf_token": "x" * 90, "body": WORDS, "client_id": str(uuid.uuid4())})
    bare = [
        request_of("POST" if name == "reply" else "GET", f"/{name}", "", fields if name == "reply" else "")
    ]
    for options in ((), ("--plain",)) if plain else ((),):
        with bare_server(pages, *options) as (port, group):
            measure(group, Plan(port, bare, 1, 0.5, expect=expect))
            for clients in CLIENTS:
                run = measure(group, Plan(port, bare, clients, seconds, expect=expect))
                measured.add("plain" if options else "bare", clients, run)
    installation.stop()
    installation.start()
    pin(installation.pid, 0)
    ask: Callable[[], str] = getattr(asker, name)
    port, group = installation.port, installation.pid
    measured.add("cold", 1, measure(group, Plan(port, [ask() for _ in range(COLD)], 1, 60, COLD, expect)))
    pin_database(installation, 1)
    for clients in CLIENTS:
        # Each reply is sent once: as many are made as could be sent.
        many = int(seconds * 1000) if name == "reply" else PREPARED
        plan = Plan(port, [ask() for _ in range(many)], clients, seconds, expect=expect)
        if name == "reply":
            plan.most = many
        measured.add("warm", clients, measure(group, plan))


def _told(asked: argparse.Namespace, size: Size, found: dict[str, Measured], is_apart: bool) -> list[str]:
    rows = []
    for name, measured in found.items():
        for (what, clients), runs in sorted(measured.runs.items(), key=lambda one: (one[0][1], one[0][0])):
            share = middle(measured.share(clients, what), 3) if what in ("cold", "warm") else ""
            rows.append(
                (
                    f"{name}, {what}",
                    str(clients),
                    middle([run.rate for run in runs], 0),
                    share,
                    middle([run.p95 for run in runs]),
                    middle([run.cpu for run in runs], 2),
                    f"{max(run.size for run in runs):,}",
                    str(measured.statements) if what in ("cold", "warm") else "0",
                )
            )
    header = (
        f"median of {asked.runs} (least to most)",
        "clients",
        "requests/s",
        "share of bare",
        "p95 ms",
        "server CPU ms a request",
        "bytes",
        "statements",
    )
    return [
        f"# Pages beside a bare Flask page ({asked.database})",
        "",
        f"{size.members} members read {size.threads} threads of {size.posts:,} posts by Zipf's law,",
        f"{asked.seconds:.0f} s a run. `bare` is served as PeerSpace is, with the same bytes; `plain` is the same by",
        f"gunicorn's own gevent worker; `cold` are the first {COLD} requests of a server that has just started.",
        "Every commit is synced. The server has a core of its own, whoever asks the other",
        "(so has PostgreSQL)." if is_apart else "(PostgreSQL could not be kept there).",
        "",
        *table(header, rows),
        "",
        *_goals(asked.database, found),
    ]


def _goals(database: str, found: dict[str, Measured]) -> list[str]:
    part = 0.75 if database == "postgresql" else 1.0
    rows = []
    for name, measured in found.items():
        for clients, goal in zip(CLIENTS, GOALS[name], strict=True):
            shares = measured.share(clients)
            cpu = [
                bare.cpu / run.cpu
                for run, bare in zip(
                    measured.runs["warm", clients], measured.runs["bare", clients], strict=True
                )
            ]
            reached = "yes" if sorted(shares)[len(shares) // 2] >= goal * part else "no"
            rows.append(
                (name, str(clients), f"{goal * part:.3f}", middle(shares, 3), middle(cpu, 3), reached)
            )
    return table(("page", "clients", "goal", "share of the bare page", "by CPU", "reached"), rows)


if __name__ == "__main__":
    sys.exit(main())
